/** The HTTP face: authentication, limits, faults, headers, ETags, links around every operation. */
import { createHash, randomUUID } from 'node:crypto';
import type { Express, Request, Response } from 'express';
import express from 'express';
import { actorOf, demand, fingerprint } from './auth.js';
import type { Fault } from './faults.js';
import { limitProblem } from './faults.js';
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
    redirectFormer(world, request, response) ?? next();
  });
  for (const one of parts.operations) {
    const path = one.path.replace(/\{\+(\w+)\}/g, '*$1').replace(/\{(\w+)\}/g, ':$1');
    const method = one.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    app[method](path, (request, response) => serve(parts, one, request, response));
  }
}

/** A renamed repository answers 301 to a GET and 307 to everything else. */
function redirectFormer(world: World, request: Request, response: Response): true | null {
  const match = /^\/repos\/([^/?]+)\/([^/?]+)(.*)$/.exec(request.url);
  if (match === null) return null;
  const [, owner = '', name = '', rest = ''] = match;
  if (world.findRepository(owner, name) !== null) return null;
  const id = world.formerNames.get(`${owner}/${name}`.toLowerCase());
  if (id === undefined) return null;
  const location = `${world.url}/repositories/${id}${rest}`;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const body = {
    message: 'Moved Permanently',
    url: location,
    documentation_url: 'https://docs.github.com/v3/#http-redirects',
  };
  response
    .status(isRead ? 301 : 307)
    .set('location', location)
    .json(body);
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
  const query = Object.fromEntries(
    Object.entries(request.query).map(([key, value]) => [key, String(value)]),
  );
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
    const call = callOf(world, one, request, who, query);
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
    isWrite,
    status,
    atMs: world.clock.now(),
    actor: actor?.account.login ?? '',
    query,
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

function callOf(
  world: World,
  one: Operation,
  request: Request,
  actor: Actor,
  query: Readonly<Record<string, string>>,
): Call {
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
    query,
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

export function limitHeaders(meter: Meter, token: string, resource: string) {
  const { limit, used, resetS } = meter.look(token, resource);
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(Math.max(0, limit - used)),
    'x-ratelimit-reset': String(resetS),
    'x-ratelimit-used': String(used),
    'x-ratelimit-resource': resource,
  };
}

/** Not the same for another token: hourly tokens break it, as they do at GitHub. */
function etagOf(actor: Actor | null, reply: Reply): string | null {
  if (reply.status > 201 || reply.body === undefined) return null;
  const token = fingerprint(actor?.token ?? '');
  const text = JSON.stringify(reply.body);
  return `W/"${createHash('sha256').update(token).update(text).digest('hex')}"`;
}

/** What stands on every answer alike. */
const fixedHeaders: Readonly<Record<string, string>> = {
  server: 'github.com',
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-Poll-Interval, X-GitHub-Media-Type, Deprecation, Sunset',
  'content-security-policy': "default-src 'none'",
  'referrer-policy': 'origin-when-cross-origin, strict-origin-when-cross-origin',
  'strict-transport-security': 'max-age=31536000; includeSubdomains; preload',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'deny',
  'x-xss-protection': '0',
};

function headersOf(
  world: World,
  actor: Actor | null,
  one: Operation,
  reply: Reply,
  request: Request,
  limits: Record<string, string>,
): Record<string, string> {
  const isPerson = actor !== null && actor.app === null;
  return {
    ...fixedHeaders,
    date: new Date(world.clock.now()).toUTCString(),
    'cache-control': 'private, max-age=60, s-maxage=60',
    vary: 'Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With',
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
    'x-github-request-id': randomUUID().toUpperCase(),
    ...(isPerson
      ? { 'x-oauth-scopes': 'repo, admin:repo_hook', 'x-accepted-oauth-scopes': '' }
      : {}),
    ...(one.needs === undefined
      ? {}
      : { 'x-accepted-github-permissions': one.needs.replace(':', '=') }),
    ...limits,
    ...linkHeader(world, request, reply),
    ...locationHeader(reply),
    ...reply.headers,
  };
}

/** What was made says where it is. */
function locationHeader({ status, body }: Reply): Record<string, string> {
  const { url } = (body ?? {}) as { url?: unknown };
  return status === 201 && typeof url === 'string' ? { location: url } : {};
}

/** Links lead to `/repositories/{id}/…`, not to the address that was asked. */
function linkHeader(world: World, request: Request, reply: Reply): Record<string, string> {
  if (reply.page === undefined || reply.page.last <= 1) return {};
  const { page, last } = reply.page;
  const [path = '', search = ''] = request.url.split('?');
  const match = /^\/repos\/([^/]+)\/([^/]+)(.*)$/.exec(path);
  const repository = match === null ? null : world.findRepository(match[1] ?? '', match[2] ?? '');
  const target = repository === null ? path : `/repositories/${repository.id}${match?.[3] ?? ''}`;
  const to = (number: number, rel: string) => {
    const query = new URLSearchParams(search);
    query.set('page', String(number));
    return `<${world.url}${target}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [to(page - 1, 'prev')] : []),
    ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
    ...(page > 1 ? [to(1, 'first')] : []),
  ];
  return { link: links.join(', ') };
}

export function createExpress(): Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.set('query parser', 'simple');
  return app;
}
