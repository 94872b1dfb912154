/** Says every second that the process of a running activity lives, so that a killed one is missed within seconds. */
import { heartbeat } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';

const beatMs = 1_000;

/** For activities without heartbeat details of their own; it also is how they hear of being cancelled. */
export function livenessInterceptor(): ActivityInterceptors {
  return {
    inbound: {
      execute: (input, next) => staysAlive(() => next(input)),
    },
  };
}

/** Inside of an activity, for as long as the work takes. */
export async function staysAlive<T>(work: () => Promise<T>): Promise<T> {
  const beats = setInterval(() => heartbeat(), beatMs);
  try {
    return await work();
  } finally {
    clearInterval(beats);
  }
}
