/** The HTTP face: authentication, limits, faults, headers, ETags, links around every operation. */
import type { Express, Request, Response } from 'express';
import express from 'express';
import { actorOf, demand } from './auth.js';
import type { Fault } from './faults.js';
import { limitProblem } from './faults.js';
import { etagOf, headersOf, limitHeaders } from './headers.js';
import type { Meter } from './limits.js';
import { Problem } from './problem.js';
import type { Actor, Repository } from './state.js';
import type { Call, Operation, Reply } from './rest/call.js';
import type { World } from './world.js';

/** One request as it was answered. */
export interface LogEntry {
  readonly method: string;
  readonly path: string;
  /** GitHub's operation id; `graphql` for all of those. */
  readonly operation: string;
  /** Of GraphQL: the fields asked for at the root. */
  readonly fields: readonly string[];
  readonly isWrite: boolean;
  readonly status: number;
  readonly atMs: number;
  readonly actor: string;
}

/** What a watcher of every exchange is told. */
export interface Exchange extends LogEntry {
  readonly template: string;
  readonly query: Readonly<Record<string, string>>;
  readonly requestBody: unknown;
  readonly responseBody: unknown;
  readonly responseHeaders: Readonly<Record<string, string>>;
}

export interface ServerParts {
  readonly world: World;
  readonly meter: Meter;
  readonly operations: readonly Operation[];
  readonly note: (exchange: Exchange) => void;
  readonly log: (line: string) => void;
}

const contentOperations = new Set([
  'issues/create',
  'issues/create-comment',
  'issues/update-comment',
  'pulls/create',
  'pulls/create-review',
  'git/create-commit',
]);

export function mountOperations(app: Express, parts: ServerParts): void {
  const { world } = parts;
  // An address at an enterprise server has a prefix; ids stand for names everywhere.
  app.use((request, response, next) => {
    request.url = request.url
      .replace(/^\/api\/v3(?=\/|$)/, '')
      .replace(/^\/api\/graphql/, '/graphql');
    const byId = /^\/repositories\/(\d+)(?=\/|\?|$)/.exec(request.url);
    const named = byId === null ? undefined : world.repositories.get(Number(byId[1]));
    if (byId !== null && named !== undefined) {
      const rest = request.url.slice(byId[0].length);
      request.url = `/repos/${named.owner.login}/${named.name}${rest}`;
    }
    if (!redirectFormer(parts, request, response)) next();
  });
  for (const one of parts.operations) {
    const path = one.path.replace(/\{\+(\w+)\}/g, '*$1').replace(/\{(\w+)\}/g, ':$1');
    const method = one.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    app[method](path, (request, response) => serve(parts, one, request, response));
  }
}

/** A renamed repository answers 301 to a GET and 307 to everything else. */
function redirectFormer(parts: ServerParts, request: Request, response: Response): boolean {
  const { world } = parts;
  const match = /^\/repos\/([^/?]+)\/([^/?]+)(.*)$/.exec(request.url);
  if (match === null) return false;
  const [, owner = '', name = '', rest = ''] = match;
  if (world.findRepository(owner, name) !== null) return false;
  const id = world.formerNames.get(`${owner}/${name}`.toLowerCase());
  if (id === undefined) return false;
  const location = `${world.url}/repositories/${id}${rest}`;
  const isRead = request.method === 'GET';
  const documentation_url = 'https://docs.github.com/v3/#http-redirects';
  const reply: Reply = {
    status: isRead ? 301 : 307,
    headers: { location },
    body: { message: 'Moved Permanently', url: location, documentation_url },
  };
  const known = world.tokens.get((request.get('authorization') ?? '').split(' ')[1] ?? '');
  const method = request.method as Operation['method'];
  const former = { id: 'redirect', method, path: '/repos/{owner}/{repo}', handle: () => reply };
  finish(parts, former, { request, response, actor: known?.actor ?? null, reply });
  return true;
}

async function serve(
  parts: ServerParts,
  one: Operation,
  request: Request,
  response: Response,
): Promise<void> {
  const { world, meter } = parts;
  const isWrite = one.method !== 'GET';
  let actor: Actor | null = null;
  let reply: Reply;
  try {
    actor = actorOf(world, request.get('authorization'));
    const who = actor;
    if (one.isOfApp !== true) demand(who, one.needs);
    else if (!who.token.startsWith('app ')) {
      throw new Problem(401, 'A JSON web token could not be decoded');
    }
    meter.spendSecondary(who.token, isWrite, contentOperations.has(one.id));
    const call = callOf(world, one, request, who);
    throwFault(parts, who, one.id, ['primaryLimit', 'secondaryLimit', 'errorBeforeEffect']);
    const work = async () => await one.handle(call);
    reply = isWrite ? await world.inOrder(work) : await work();
    throwFault(parts, who, one.id, ['errorAfterEffect']);
    if (world.faults.take(one.id, ['hangUp']) !== null) {
      request.socket.destroy();
      return;
    }
  } catch (error) {
    reply = replyOf(parts, error);
  }
  finish(parts, one, { request, response, actor, reply });
}

interface Exchanged {
  readonly request: Request;
  readonly response: Response;
  readonly actor: Actor | null;
  readonly reply: Reply;
}

function finish(parts: ServerParts, one: Operation, exchanged: Exchanged): void {
  const { world } = parts;
  const { request, response, actor, reply } = exchanged;
  const limits = account(parts, actor, one, request, reply);
  const headers = headersOf(world, actor, one, reply, request, limits);
  const etag = etagOf(actor, reply);
  const isFresh = reply.status === 200 && etag !== null && request.get('if-none-match') === etag;
  const status = isFresh ? 304 : reply.status;
  response.status(status).set(headers);
  if (etag !== null) response.set('etag', etag);
  if (isFresh || reply.body === undefined) response.end();
  else if (typeof reply.body === 'string') response.type('text/plain').send(reply.body);
  else response.type('application/json; charset=utf-8').send(JSON.stringify(reply.body));
  parts.note({
    method: one.method,
    path: request.originalUrl,
    template: one.path,
    operation: one.id,
    fields: [],
    isWrite: one.method !== 'GET',
    status,
    atMs: world.clock.now(),
    actor: actor?.account.login ?? '',
    query: queryOf(request),
    requestBody: request.body as unknown,
    responseBody: isFresh ? undefined : reply.body,
    responseHeaders: headers,
  });
}

/** @throws Problem when a fault of these kinds is planned for the operation */
export function throwFault(
  { world, meter }: ServerParts,
  actor: Actor,
  operation: string,
  kinds: readonly Fault['kind'][],
): void {
  const fault = world.faults.take(operation, kinds);
  if (fault === null) return;
  if (fault.kind === 'primaryLimit' || fault.kind === 'secondaryLimit') {
    throw limitProblem(fault, meter.look(actor.token, 'core').resetS);
  }
  throw new Problem(fault.status ?? 502, 'Server Error');
}

const queryOf = (request: Request): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.query as Record<string, string | string[]>).map(([key, value]) => [
      key,
      String(value),
    ]),
  );

function callOf(world: World, one: Operation, request: Request, actor: Actor): Call {
  const params = Object.fromEntries(
    Object.entries(request.params).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.join('/') : String(value),
    ]),
  );
  const repository = (): Repository =>
    world.repository(params['owner'] ?? '', params['repo'] ?? '');
  const raw: unknown = request.body ?? {};
  // Labels may come as a bare list.
  const body = (Array.isArray(raw) ? { labels: raw } : raw) as Record<string, unknown>;
  if (one.method !== 'GET' && params['repo'] !== undefined && repository().isArchived) {
    throw new Problem(403, 'Repository was archived so is read-only.');
  }
  return {
    world,
    actor,
    params,
    query: queryOf(request),
    body,
    repository,
    scene: () => ({ world, repository: repository(), actor }),
    accept: request.get('accept') ?? '',
  };
}

export function replyOf({ log }: Pick<ServerParts, 'log'>, error: unknown): Reply {
  if (error instanceof Problem) {
    return { status: error.status, body: error.body, headers: error.headers };
  }
  log(String((error as Error).stack ?? error));
  return { status: 500, body: { message: 'Server Error' } };
}

/** A 304 is free; everything else, refusals too, costs one. */
function account(
  { meter }: ServerParts,
  actor: Actor | null,
  one: Operation,
  request: Request,
  reply: Reply,
): Record<string, string> {
  if (actor === null) return {};
  const etag = etagOf(actor, reply);
  const isFree =
    (etag !== null && request.get('if-none-match') === etag) || one.id === 'rate-limit/get';
  try {
    if (!isFree) meter.spend(actor.token, 'core', 1);
  } catch (error) {
    if (error instanceof Problem) Object.assign(reply, replyOf({ log: () => undefined }, error));
  }
  return limitHeaders(meter, actor.token, 'core');
}

export function createExpress(): Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.set('query parser', 'simple');
  return app;
}
