/** What one caller may ask for: requests per minute by lane, and the size and depth of a body. */
import { rateLimit } from 'express-rate-limit';
import type { Request, RequestHandler } from 'express';
import { Failure } from '../domain/failures.js';
import { holdsSecret } from '../domain/secret-text.js';
import type { Refusals } from './api-metrics.js';
import { isWatch } from './is-watch.js';
import type { Bearer } from './tokens.js';

/** `rescue` (abort, rollback) is counted apart, so that nobody's polling can stand in its way. */
export type Lane = 'read' | 'write' | 'rescue';

export interface ApiLimits {
  /** Requests per minute and token. */
  readonly perMinute: Readonly<Record<Lane, number>>;
  /** Requests under way at once, of all callers; one token may have three quarters of them. */
  readonly atOnce: Readonly<Record<Lane, number>>;
  /** Long polls and streams at once. */
  readonly watches: { readonly perToken: number; readonly inAll: number };
  /** Bodies on their way, of all callers. */
  readonly bodies: { readonly mostBytesHeld: number; readonly mostAtOnce: number };
  /** A process that is later than this on average does not begin what can wait. */
  readonly lagMs: number;
  readonly bodyBytes: number;
  readonly bodyDepth: number;
  readonly bodyNodes: number;
  /** Temporal, its workers included, must answer a query or command within this. */
  readonly answerMs: number;
  /** A delivery of a webhook must be durable within this, or its sender is asked to come again. */
  readonly deliveryMs: number;
}

export const defaultLimits: ApiLimits = {
  perMinute: { read: 3000, write: 600, rescue: 600 },
  // Three quarters of them for one token, which makes 200, 100 and 50.
  atOnce: { read: 266, write: 133, rescue: 66 },
  watches: { perToken: 200, inAll: 1500 },
  bodies: { mostBytesHeld: 16 * 1024 * 1024, mostAtOnce: 500 },
  lagMs: 1000,
  bodyBytes: 256 * 1024,
  bodyDepth: 32,
  bodyNodes: 5000,
  answerMs: 5000,
  deliveryMs: 800,
};

const minuteMs = 60_000;

/**
 * A place for each request that is under way, by lane: when the others are full, a rescue still gets through.
 * Long polls and streams have places of their own, by token.
 */
export function admitAtOnce(lane: Lane, limits: ApiLimits, told?: Refusals): RequestHandler {
  const limit = limits.atOnce[lane];
  const ofOneToken = Math.ceil((limit * 3) / 4);
  const byToken = new Map<string, number>();
  let underWay = 0;
  return (request, response, next) => {
    if (isWatch(request)) return next();
    if (underWay >= limit) {
      told?.refused('places');
      throw new Failure('Unavailable', `Too many ${lane} requests are under way`, {
        ...{ seen: `${underWay} at once`, limit: `${limit} at once`, retryAfterMs: 1000 },
        next: 'ask again in a moment',
      });
    }
    const { tokenId } = response.locals.bearer as Bearer;
    const own = byToken.get(tokenId) ?? 0;
    if (own >= ofOneToken) {
      told?.refused('places');
      throw new Failure('RateLimited', `Too many ${lane} requests of this token are under way`, {
        ...{ seen: `${own} at once`, limit: `${ofOneToken} at once`, retryAfterMs: 1000 },
        next: 'ask again in a moment',
      });
    }
    underWay += 1;
    byToken.set(tokenId, own + 1);
    // Whoever does not take his answer keeps his place, and so no more than his share of them.
    response.once('close', () => {
      underWay -= 1;
      const left = (byToken.get(tokenId) ?? 1) - 1;
      if (left === 0) byToken.delete(tokenId);
      else byToken.set(tokenId, left);
    });
    next();
  };
}

/** Counts a lane's requests by token; past the limit the request fails with RateLimited. */
export function limitLane(lane: Lane, limits: ApiLimits, told?: Refusals): RequestHandler {
  const limit = limits.perMinute[lane];
  return rateLimit({
    windowMs: minuteMs,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: lane,
    keyGenerator: (_request, response) => (response.locals.bearer as Bearer).tokenId,
    handler: (request, _response, next) => {
      told?.refused('rate');
      next(tooMany(request, lane, limit));
    },
  });
}

function tooMany(request: Request, lane: Lane, limit: number): Failure {
  const { rateLimit: seen } = request as Request & {
    rateLimit?: { used: number; resetTime?: Date };
  };
  const retryAfterMs = Math.max(1000, (seen?.resetTime?.getTime() ?? 0) - Date.now());
  return new Failure('RateLimited', `Too many ${lane} requests with this token`, {
    ...(seen === undefined ? {} : { seen: `${seen.used} per minute` }),
    limit: `${limit} per minute`,
    next: `ask again in ${Math.ceil(retryAfterMs / 1000)} s`,
    retryAfterMs,
  });
}

const [quote, backslash] = ['"', '\\'].map((letter) => letter.charCodeAt(0));
const opening = new Set(['[', '{'].map((letter) => letter.charCodeAt(0)));
const closing = new Set([']', '}'].map((letter) => letter.charCodeAt(0)));

/**
 * PayloadTooLarge for the text of a body with more brackets open at once than values may be nested. Looks no further
 * than the first of them that is too many. Of a text that is no JSON it says nothing of use: its parser does.
 */
export function checkBracketDepth(text: Iterable<Buffer>, mostDepth: number): void {
  let depth = 0;
  let isQuoted = false;
  let isEscaped = false;
  for (const block of text) {
    for (const byte of block) {
      if (isEscaped) isEscaped = false;
      else if (byte === quote) isQuoted = !isQuoted;
      else if (isQuoted) isEscaped = byte === backslash;
      else if (closing.has(byte)) depth -= 1;
      else if (opening.has(byte)) depth += 1;
      if (depth > mostDepth) throw tooLarge('is nested too deeply', mostDepth);
    }
  }
}

/**
 * PayloadTooLarge for a parsed body that is nested too deeply or has too many values.
 * Walks without recursion, because the depth is exactly what cannot be trusted.
 */
export function checkBodyShape(body: unknown, limits: ApiLimits): void {
  const open: { value: unknown; depth: number }[] = [{ value: body, depth: 1 }];
  let nodes = 0;
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    nodes += 1;
    if (nodes > limits.bodyNodes) throw tooLarge('has too many values', limits.bodyNodes);
    if (item.depth > limits.bodyDepth) throw tooLarge('is nested too deeply', limits.bodyDepth);
    if (typeof item.value !== 'object' || item.value === null) continue;
    for (const value of Object.values(item.value)) open.push({ value, depth: item.depth + 1 });
  }
}

/** InvalidInput for a body with what looks like a secret: what is posted is kept, and shown to many. */
export function refuseSecrets(body: unknown): void {
  const open: { value: unknown; pointer: string }[] = [{ value: body, pointer: '' }];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    const { value, pointer } = item;
    if (typeof value === 'string' && holdsSecret(value)) {
      const message = 'holds what looks like a secret, and would be kept';
      throw new Failure('InvalidInput', `The body ${message}`, {
        where: pointer,
        next: 'leave it out, and revoke it if it was sent anywhere before',
        faults: [{ where: pointer, message }],
      });
    }
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, part] of Object.entries(value)) {
      const escaped = name.replaceAll('~', '~0').replaceAll('/', '~1');
      open.push({ value: part, pointer: `${pointer}/${escaped}` });
    }
  }
}

function tooLarge(how: string, limit: number): Failure {
  return new Failure('PayloadTooLarge', `The body ${how}`, { seen: `more than ${limit}`, limit });
}
