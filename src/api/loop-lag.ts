/** How far the process is behind: what nobody can mend by asking more. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { RequestHandler } from 'express';
import { Failure } from '../domain/failures.js';

/** Milliseconds by which the process was late on average, lately. */
export type LoopLag = () => number;

const resolutionMs = 20;
const windowMs = 500;

/** Measured from now on. */
export function watchLoopLag(): LoopLag {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  let beganAtMs = performance.now();
  let lagMs = 0;
  return () => {
    const nowMs = performance.now();
    if (nowMs - beganAtMs >= windowMs && delays.count > 0) {
      lagMs = Math.max(0, delays.mean / 1e6 - resolutionMs);
      beganAtMs = nowMs;
      delays.reset();
    }
    return lagMs;
  };
}

/** Unavailable while the process is too far behind, before anything is done for the request. */
export function refuseWhenBehind(
  lag: LoopLag,
  mostMs: number,
  refused: () => void = () => {},
): RequestHandler {
  return (_request, _response, next) => {
    const lagMs = lag();
    if (lagMs <= mostMs) return next();
    refused();
    throw new Failure('Unavailable', 'This replica is overloaded', {
      ...{ seen: `${Math.round(lagMs)} ms late`, limit: `${mostMs} ms` },
      ...{ next: 'ask again in a moment', retryAfterMs: 2000 },
    });
  };
}
