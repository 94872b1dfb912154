/** Bodies as the very bytes they came in, with a bound on each and on all that are held at the same time. */
import type { Request, RequestHandler } from 'express';
import { Failure } from '../domain/failures.js';

export interface ByteLimits {
  /** Of one body. */
  readonly largestBytes: number;
  /** Of all bodies together, whoever sends them: nobody has shown a secret before his body is here. */
  readonly mostBytesHeld: number;
}

/**
 * Puts a `Buffer` into `request.body`. What counts is what has arrived and not what was announced,
 * for an announcement costs its sender nothing and would lock everybody else out.
 */
export function readBytes({ largestBytes, mostBytesHeld }: ByteLimits): RequestHandler {
  let held = 0;
  const tooLarge = (seen: string): Failure =>
    new Failure('PayloadTooLarge', 'The body is too large', {
      ...{ seen, limit: `${largestBytes} bytes` },
    });

  return async (request, response, next) => {
    requirePlain(request);
    const said = Number(request.get('content-length'));
    if (said > largestBytes) {
      // What it goes on to send is not waited for.
      response.set('Connection', 'close');
      throw tooLarge(`${said} bytes`);
    }
    const parts: Buffer[] = [];
    let here = 0;
    let isGone = false;
    response.once('close', () => {
      isGone = true;
      held -= here;
    });
    for await (const part of partsOf(request)) {
      if (isGone) return;
      here += part.length;
      held += part.length;
      if (here > largestBytes) throw tooLarge(`more than ${largestBytes} bytes`);
      if (held > mostBytesHeld) {
        throw new Failure('NotReady', 'Too many bodies are under way', {
          ...{ limit: `${mostBytesHeld} bytes`, retryAfterMs: 5_000 },
        });
      }
      parts.push(part);
    }
    request.body = Buffer.concat(parts, here);
    next();
  };
}

/** What comes after an early answer is read and forgotten by the server, so that the sender hears the answer. */
async function* partsOf(request: Request): AsyncGenerator<Buffer> {
  try {
    yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new Failure('InvalidInput', 'The body broke off', { where: 'body' }, error);
  }
}

function requirePlain(request: Request): void {
  const encoding = request.get('content-encoding') ?? 'identity';
  const [, charset = 'utf-8'] =
    /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(request.get('content-type') ?? '') ?? [];
  const isPlain = encoding.toLowerCase() === 'identity' && /^utf-?8$/i.test(charset);
  if (isPlain) return;
  throw new Failure('UnsupportedMediaType', 'The body must be JSON in UTF-8, not compressed', {
    where: encoding.toLowerCase() === 'identity' ? 'Content-Type' : 'Content-Encoding',
    next: 'send Content-Type: application/json; charset=utf-8',
  });
}
