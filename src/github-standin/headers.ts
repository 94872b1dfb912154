/** Headers of an answer: what stands on all, limits, links, ETags. */
import { createHash, randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { fingerprint } from './auth.js';
import type { Meter } from './limits.js';
import type { Operation, Reply } from './rest/call.js';
import type { Actor } from './state.js';
import type { World } from './world.js';

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
export function etagOf(actor: Actor | null, reply: Reply): string | null {
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

export function headersOf(
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
