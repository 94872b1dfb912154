/** Bodies as JSON: said to be, in UTF-8, and no larger, deeper or longer than the limits. */
import type { RequestHandler } from 'express';
import { Failure } from '../domain/failures.js';
import type { Refusals } from './api-metrics.js';
import { type ApiLimits, checkBodyShape, checkBracketDepth } from './limits.js';
import { type Bytes, readBytes } from './read-bytes.js';

/** Into `request.body`; undefined when there is none, and left as it is when it was read before. */
export function readJson(limits: ApiLimits, told?: Refusals): readonly RequestHandler[] {
  const read = readBytes({ largestBytes: limits.bodyBytes, ...limits.bodies }, told);
  return [
    (request, response, next) => {
      if (request.body !== undefined) return next();
      if (request.is('application/json') === false) {
        throw new Failure('UnsupportedMediaType', 'Only application/json is understood here', {
          where: 'Content-Type',
          seen: (request.get('content-type') ?? 'none').slice(0, 100),
          limit: 'application/json',
          next: 'send Content-Type: application/json',
        });
      }
      return read(request, response, (error?: unknown) => {
        if (error !== undefined) return next(error);
        const bytes = request.body as Bytes;
        // Before it is taken apart, because what is made of it is a hundred times as large.
        checkBracketDepth(bytes, limits.bodyDepth);
        request.body = bytes.every(({ length }) => length === 0) ? undefined : parseJson(bytes);
        next();
      });
    },
    (request, _response, next) => {
      checkBodyShape(request.body, limits);
      next();
    },
  ];
}

/** InvalidInput for what is none, as nothing is. */
export function parseJson(bytes: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(bytes)));
  } catch {
    throw new Failure('InvalidInput', 'The request cannot be read as JSON', {
      where: 'body',
      next: 'check the JSON with: jq . < file',
    });
  }
}
