/** Reads the counters of what serves at a target twice, a few seconds apart, for a plan that wants to know its traffic. */
import { sleep } from '@temporalio/activity';
import type { TargetKey } from '../domain/names.js';
import { type Reading, type TrafficAnswer, trafficBetween } from '../domain/rollout/traffic.js';
import type { Platform } from '../ports/platform.js';

/** Somebody waits for the plan. */
const atLeastMs = 2_000;
const atMostMs = 4_500;
const everyMs = 500;

/**
 * Never fails: a plan without its traffic is a plan all the same.
 * @param pauseMs between two readings
 */
export async function measureTraffic(
  platform: Platform,
  target: TargetKey,
  now: () => number,
  pauseMs = everyMs,
): Promise<TrafficAnswer> {
  try {
    const { split } = await platform.router.readSplit(target);
    const names = [split.stable, split.candidate].filter((name) => name !== null);
    if (names.length === 0) return { kind: 'unknown', reason: 'nothing serves there yet' };
    const read = async (): Promise<Reading> => {
      const counters = await platform.metrics.readCounters(target, names);
      return { atMs: now(), counters };
    };
    const first = await read();
    for (;;) {
      await sleep(pauseMs);
      const last = await read();
      const waitedMs = last.atMs - first.atMs;
      const traffic = waitedMs < atLeastMs ? null : trafficBetween(first, last);
      if (traffic !== null) return { kind: 'known', traffic };
      if (waitedMs >= atMostMs) return { kind: 'unknown', reason: silenceOf(last, waitedMs) };
    }
  } catch (error) {
    return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) };
  }
}

function silenceOf({ counters }: Reading, waitedMs: number): string {
  const hasCounters = counters.some(({ instances }) => instances.length > 0);
  const seconds = Math.round(waitedMs / 1000);
  return hasCounters
    ? `the counters were not read anew within ${seconds} s`
    : 'what serves there has no counters';
}
