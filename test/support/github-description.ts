/** GitHub's published descriptions as a judge: of requests, answers, webhooks and queries of the stand-in. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse, validate } from 'graphql';
import { githubSchema } from '../../src/github-standin/graphql/schema.js';
import type { Exchange } from '../../src/github-standin/server.js';
import type { Delivery } from '../../src/github-standin/state.js';

type Json = Record<string, unknown>;

const formats = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  // Empty where there is none, by the description's own defaults.
  uri: /^$|^[a-z][a-z0-9+.-]*:\S+$/i,
  email: /^\S+@\S+$/,
};

function load(name: string, file: string): Json {
  const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Json;
}

/** `nullable` beside a reference or a choice says nothing to a JSON schema; beside a list of values, null is one. */
function rewriteNullable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(rewriteNullable);
  if (typeof node !== 'object' || node === null) return node;
  const copy: Json = {};
  for (const [key, value] of Object.entries(node)) {
    if (key !== 'example' && key !== 'examples') copy[key] = rewriteNullable(value);
  }
  if (copy['nullable'] !== true) return copy;
  const { nullable: _, ...rest } = copy;
  return { anyOf: [rest, { type: 'null' }] };
}

function judge(id: string, document: Json) {
  const ajv = new Ajv({
    strict: false,
    validateSchema: false,
    allErrors: true,
    formats,
    logger: false,
  });
  ajv.addSchema(document, id);
  const compiled = new Map<string, ValidateFunction>();
  return (path: readonly string[], value: unknown): readonly string[] => {
    const pointer = path
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    let check = compiled.get(pointer);
    if (check === undefined) {
      check = ajv.compile({ $ref: `${id}#/${pointer}` });
      compiled.set(pointer, check);
    }
    if (check(value)) return [];
    return (check.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
  };
}

type Judge = ReturnType<typeof judge>;

let rest: { readonly document: Json; readonly judge: Judge } | null = null;
let hooks: { readonly document: Json; readonly judge: Judge } | null = null;

function restDescription() {
  if (rest !== null) return rest;
  const document = rewriteNullable(
    load('@octokit/openapi', 'generated/api.github.com.json'),
  ) as Json;
  // In this one place an account is said to be a person and an enterprise at once.
  const list = ['paths', '/app/installations', 'get', 'responses', '200', 'content'];
  Object.assign(at(document, [...list, 'application/json', 'schema']) as Json, {
    items: { $ref: '#/components/schemas/installation' },
  });
  rest = { document, judge: judge('rest', document) };
  return rest;
}

function hookDescription() {
  if (hooks !== null) return hooks;
  const document = load('@octokit/openapi-webhooks', 'generated/api.github.com.json');
  hooks = { document, judge: judge('hooks', document) };
  return hooks;
}

function at(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (node as Json | undefined)?.[key], document);
}

/** Follows `$ref`s, as described answers are often shared. */
function resolved(document: Json, path: readonly string[]): readonly string[] {
  const reference = at(document, [...path, '$ref']);
  if (typeof reference !== 'string') return path;
  return resolved(document, reference.slice(2).split('/'));
}

export interface Violation {
  readonly where: string;
  readonly faults: readonly string[];
}

/** @returns what the exchange breaks of the description; null when nothing */
export async function judgeExchange(exchange: Exchange): Promise<Violation | null> {
  const where = `${exchange.method} ${exchange.template} ${exchange.status}`;
  const faults =
    exchange.template === '/graphql' ? await judgeQuery(exchange) : judgeRest(exchange);
  return faults.length === 0 ? null : { where, faults };
}

async function judgeQuery({ requestBody }: Exchange): Promise<readonly string[]> {
  const { query } = requestBody as { query: string };
  return validate(await githubSchema(), parse(query)).map(({ message }) => message);
}

function judgeRest(exchange: Exchange): readonly string[] {
  const { document, judge: check } = restDescription();
  // The description has no address for the root of a folder, nor names that take slashes.
  const template = exchange.template
    .replace('{+', '{')
    .replace(/\/contents$/, '/contents/{path}')
    .replace('/git/refs/{ref}/', '/git/refs/{ref}');
  const method = exchange.method.toLowerCase();
  const base = ['paths', template, method];
  if (at(document, base) === undefined) return [`no such operation: ${method} ${template}`];
  const faults: string[] = [];
  const isSuccess = exchange.status < 300;
  const body = [...base, 'requestBody', 'content', 'application/json', 'schema'];
  if (isSuccess && at(document, body) !== undefined && exchange.requestBody !== undefined) {
    faults.push(...check(body, exchange.requestBody).map((fault) => `request ${fault}`));
  }
  faults.push(...unknownQuery(document, base, exchange.query));
  faults.push(...judgeAnswer(document, check, base, exchange));
  return faults;
}

function unknownQuery(document: Json, base: readonly string[], query: Exchange['query']) {
  const listed = (at(document, [...base, 'parameters']) ?? []) as Json[];
  const names = listed.map((one) => {
    const reference = one['$ref'];
    const found = typeof reference === 'string' ? at(document, reference.slice(2).split('/')) : one;
    return (found as { name?: string }).name;
  });
  return (
    Object.keys(query)
      // GitHub passes over a size where there are no pages.
      .filter((name) => !names.includes(name) && name !== 'per_page')
      .map((name) => `request query ${name} is not described`)
  );
}

function judgeAnswer(
  document: Json,
  check: Judge,
  base: readonly string[],
  { status, responseBody, operation }: Exchange,
): readonly string[] {
  const own = [...base, 'responses', String(status)];
  if (at(document, own) === undefined) {
    // Refusals that every operation may meet are not described for each.
    const isCommon = [304, 307, 301, 401, 403, 404, 409, 422, 429, 500, 502].includes(status);
    if (!isCommon || (status < 400 && status !== 304)) return [`status ${status} is not described`];
    return status === 304 ? [] : judgeRefusal(check, responseBody);
  }
  const answer = resolved(document, own);
  const content = at(document, [...answer, 'content']) as Json | undefined;
  if (content === undefined) {
    return responseBody === undefined || status >= 400 ? [] : ['a body where none is described'];
  }
  const type =
    ['application/json', 'application/vnd.github.object'].find((one) => one in content) ??
    Object.keys(content)[0] ??
    '';
  const schema = [...answer, 'content', type, 'schema'];
  if (typeof responseBody === 'string' && operation === 'repos/get-content') return [];
  if (at(document, schema) === undefined) return [];
  return check(schema, responseBody);
}

function judgeRefusal(check: Judge, body: unknown): readonly string[] {
  return check(['components', 'schemas', 'basic-error'], body);
}

export function judgeDelivery({ event, action, payload }: Delivery): Violation | null {
  const { document, judge: check } = hookDescription();
  const name = [event, ...(action === null ? [] : [action])].join('-').replaceAll('_', '-');
  const where = `webhook ${name}`;
  const schema = ['webhooks', name, 'post', 'requestBody', 'content', 'application/json', 'schema'];
  if (at(document, schema) === undefined) return { where, faults: ['is not described'] };
  const faults = check(schema, payload);
  return faults.length === 0 ? null : { where, faults };
}
