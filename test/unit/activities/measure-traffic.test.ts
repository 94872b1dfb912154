/** The traffic of a target, measured by two readings a few seconds apart; never a reason for a plan to fail. */
import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { measureTraffic } from '../../../src/activities/measure-traffic.js';
import type { RevisionCounters } from '../../../src/domain/analysis/sample.js';
import type { TrafficAnswer } from '../../../src/domain/rollout/traffic.js';
import { stableOnly } from '../../../src/domain/rollout/split.js';
import type { Platform } from '../../../src/ports/platform.js';
import { counters } from '../analysis/looks.js';

const target = { service: 'checkout', environment: 'production' };

interface World {
  readonly stable: string | null;
  readonly readingAt: (reading: number) => RevisionCounters['instances'];
}

/** Every reading comes a second after the one before. */
async function measured({ stable, readingAt }: World): Promise<TrafficAnswer> {
  let readings = 0;
  const asked: (readonly string[])[] = [];
  const platform = {
    router: {
      readSplit: async () => ({ split: stableOnly(stable) }),
    },
    metrics: {
      readCounters: async (_target: unknown, names: readonly string[]) => {
        asked.push(names);
        return names.map((revision) => ({ revision, instances: readingAt(readings++) }));
      },
    },
  } as unknown as Platform;
  const now = () => readings * 1000;
  const run = new MockActivityEnvironment().run(() => measureTraffic(platform, target, now, 1));
  const answer = (await run) as TrafficAnswer;
  for (const names of asked) assert.deepEqual(names, [stable]);
  return answer;
}

describe('measureTraffic', () => {
  it('takes what grew between two readings two seconds apart', async () => {
    const answer = await measured({
      stable: 'old',
      readingAt: (n) => [counters({ requests: 1000 + 50 * n, errors: 10 })],
    });
    const traffic = { requestsPerS: 50, errorShare: 10 / 1100, overMs: 2000 };
    assert.deepEqual(answer, { kind: 'known', traffic });
  });

  it('waits for a store to read anew, and says so when it does not', async () => {
    const stored = (n: number) => ({ ...counters({ requests: n }), asOfMs: n });
    const moved = await measured({
      stable: 'old',
      readingAt: (n) => [n < 4 ? stored(1000) : stored(2000)],
    });
    assert.deepEqual(moved.kind === 'known' && moved.traffic.requestsPerS, 1000);
    const still = await measured({ stable: 'old', readingAt: () => [stored(1000)] });
    assert.deepEqual(still, {
      kind: 'unknown',
      reason: 'the counters were not read anew within 5 s',
    });
  });

  it('says why it is not known: nothing serves, no counters, no answer', async () => {
    const reasonOf = async (world: World) => {
      const answer = await measured(world);
      return answer.kind === 'unknown' ? answer.reason : 'known';
    };
    assert.equal(await reasonOf({ stable: null, readingAt: () => [] }), 'nothing serves there yet');
    const silent = await reasonOf({ stable: 'old', readingAt: () => [] });
    assert.equal(silent, 'what serves there has no counters');
    const down = await reasonOf({
      stable: 'old',
      readingAt: () => {
        throw new Error('http://metrics does not answer');
      },
    });
    assert.equal(down, 'http://metrics does not answer');
  });
});
