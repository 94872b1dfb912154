/** Bodies as the very bytes they came in, with a bound on each and on all that are held at the same time. */
import type { Request, RequestHandler } from 'express';
import { Failure } from '../domain/failures.js';
import type { Refusals } from './api-metrics.js';

export interface ByteLimits {
  /** Of one body. */
  readonly largestBytes: number;
  /** Of all bodies together, whoever sends them: for webhooks nobody has shown a secret before his body is here. */
  readonly mostBytesHeld: number;
  /** Bodies that are on their way at once. */
  readonly mostAtOnce: number;
}

/** In their order; in blocks, because one run of them would have to be copied while it grows. */
export type Bytes = readonly Buffer[];

interface Arriving {
  held: number;
  refuse: (failure: Failure) => void;
}

const smallestBlock = 1024;
const largestBlock = 64 * 1024;
/** A network's pieces hold more than five hundred bytes; so many smaller ones are borne with, as slow senders send them. */
const smallPieces = 1000;
const bytesAPiece = 64;

/**
 * Puts `Bytes` into `request.body`. What counts is what has arrived and not what was announced, for an announcement
 * costs its sender nothing and would lock everybody else out. When there is too much, the largest body gives way, and
 * when there are too many, the one that has taken longest: whoever sends little and at once gets through.
 */
export function readBytes(
  { largestBytes, mostBytesHeld, mostAtOnce }: ByteLimits,
  told?: Refusals,
): RequestHandler {
  /** The oldest first. */
  const arriving = new Set<Arriving>();
  let heldByAll = 0;

  return async (request, response, next) => {
    requirePlain(request);
    const said = Number(request.get('content-length'));
    if (said > largestBytes) {
      // What it goes on to send is not waited for.
      response.set('Connection', 'close');
      told?.refused('bytes');
      throw tooLarge(`${said} bytes`, largestBytes);
    }
    const self: Arriving = { held: 0, refuse: () => {} };
    response.once('close', () => {
      heldByAll -= self.held;
    });
    const hold = (bytes: number): void => {
      self.held += bytes;
      heldByAll += bytes;
      if (heldByAll > mostBytesHeld) largestOf(arriving)?.refuse(tooMany(`${mostBytesHeld} bytes`));
    };
    const whole = new Promise<Bytes>((resolve, reject) => {
      const giveUp = (failure: Failure): void => {
        response.set('Connection', 'close');
        self.refuse(failure);
      };
      const refuse = (failure: Failure): void => self.refuse(failure);
      const drop = takeBlocks(request, { largestBytes, hold, resolve, refuse, giveUp });
      self.refuse = (failure) => {
        // At once: whoever comes next is not refused for what is not kept any more.
        if (arriving.delete(self) && failure.code !== 'InvalidInput') told?.refused('bytes');
        drop();
        hold(-self.held);
        reject(failure);
      };
    });
    arriving.add(self);
    if (arriving.size > mostAtOnce) [...arriving][0]?.refuse(tooMany(`${mostAtOnce} at once`));
    request.body = await whole;
    arriving.delete(self);
    next();
  };
}

interface Taking {
  readonly largestBytes: number;
  /** Called before a block is. */
  readonly hold: (bytes: number) => void;
  readonly resolve: (whole: Bytes) => void;
  readonly refuse: (failure: Failure) => void;
  /** Also of whatever is yet to come. */
  readonly giveUp: (failure: Failure) => void;
}

/**
 * Copied out of the pieces they come in, each of which would hold all of the network's memory that it was read into.
 * @returns what forgets them, and all that is yet to come
 */
function takeBlocks(
  request: Request,
  { largestBytes, hold, resolve, refuse, giveUp }: Taking,
): () => void {
  let full: Buffer[] = [];
  let block = Buffer.alloc(0);
  let filled = 0;
  let here = 0;
  let pieces = 0;
  const nextBlock = (): void => {
    if (filled > 0) full.push(block);
    const size = Math.min(largestBlock, Math.max(smallestBlock, here));
    hold(size);
    block = Buffer.allocUnsafe(size);
    filled = 0;
  };
  const take = (piece: Buffer): void => {
    here += piece.length;
    pieces += 1;
    if (here > largestBytes)
      return refuse(tooLarge(`more than ${largestBytes} bytes`, largestBytes));
    const mostPieces = smallPieces + here / bytesAPiece;
    if (pieces > mostPieces) return giveUp(tooSmall(pieces, mostPieces));
    for (let at = 0; at < piece.length; ) {
      if (filled === block.length) nextBlock();
      const taken = piece.copy(block, filled, at);
      filled += taken;
      at += taken;
    }
  };
  request.on('data', take);
  request.once('end', () => resolve([...full, block.subarray(0, filled)]));
  const broken = (error?: Error): void =>
    refuse(new Failure('InvalidInput', 'The body broke off', { where: 'body' }, error));
  request.once('error', broken).once('close', () => broken());
  return () => {
    // What comes after an early answer is read and forgotten, so that the sender hears the answer.
    request.off('data', take).resume();
    full = [];
    block = Buffer.alloc(0);
  };
}

function largestOf(all: Iterable<Arriving>): Arriving | null {
  let largest: Arriving | null = null;
  for (const one of all) if (largest === null || one.held > largest.held) largest = one;
  return largest;
}

function tooLarge(seen: string, largestBytes: number): Failure {
  return new Failure('PayloadTooLarge', 'The body is too large', {
    ...{ seen, limit: `${largestBytes} bytes` },
  });
}

function tooSmall(pieces: number, mostPieces: number): Failure {
  return new Failure('PayloadTooLarge', 'The body comes in too many pieces', {
    ...{ seen: pieces, limit: Math.floor(mostPieces) },
  });
}

function tooMany(limit: string): Failure {
  return new Failure('NotReady', 'Too many bodies are under way', { limit, retryAfterMs: 5_000 });
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
