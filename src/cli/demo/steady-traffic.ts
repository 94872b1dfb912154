/** Users of a stack who never stop: steady requests to every target as soon as it serves. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad } from './load.js';
import type { StackClient } from './stack-client.js';

export interface SteadyTraffic {
  /** Sends nothing more; resolves when every request has its answer. */
  stop(): Promise<void>;
}

const lookEveryMs = 200;

/** @param perSecond to each target, whatever it answers */
export function sendTraffic(
  { targets }: Pick<StackClient, 'targets'>,
  perSecond: number,
): SteadyTraffic {
  const stopping = new AbortController();
  const { signal } = stopping;
  const load = startLoad(() => undefined);
  const aiming = (async () => {
    while (!signal.aborted) {
      for (const { url, stable } of await targets().catch(() => [])) {
        // Before the first install there is nobody to answer. By address: services share the names of environments.
        if (url !== null && stable !== null) load.aim(url, url, perSecond);
      }
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await aiming;
      await load.stop();
    },
  };
}
