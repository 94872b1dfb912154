/** What a plan's steps can find, in words and numbers, and the traffic that it is reckoned from. */
import assert from 'node:assert/strict';
import { defaultHealthPolicy } from '../../../src/domain/analysis/health-policy.js';
import type { RevisionCounters } from '../../../src/domain/analysis/sample.js';
import { planReach, printReach } from '../../../src/domain/rollout/reach.js';
import type { RolloutPlan, Step, WatchWindow } from '../../../src/domain/rollout/step.js';
import { trafficBetween } from '../../../src/domain/rollout/traffic.js';
import { counters } from '../analysis/looks.js';

function window(minimumMs: number): WatchWindow {
  return { minimumMs, maximumMs: minimumMs, until: 'judged' };
}

function shift(weight: number, instances: number, forMs: number): Step {
  return {
    ...{ kind: 'shift', title: `traffic to ${weight} %` },
    ...{ weight, instances, headerRoute: null, window: window(forMs) },
  };
}

function planOf(steps: readonly Step[]): RolloutPlan {
  const timing = { progressDeadlineMs: 1, keepPreviousMs: 1 } as unknown as RolloutPlan['timing'];
  return { strategy: 'canary', steps, timing, fullScale: 4 };
}

const traffic = { requestsPerS: 41.3, errorShare: 0.002, overMs: 2000 };

describe('reach of a plan', () => {
  const steps: readonly Step[] = [
    shift(0, 1, 60_000),
    shift(20, 1, 300_000),
    { kind: 'watch', title: 'watch', window: window(600_000) },
    shift(50, 2, 0),
    shift(100, 4, 300_000),
    { kind: 'promote', title: 'promote' },
  ];

  it('has a line for each step that has traffic for a time', () => {
    const reach = planReach(planOf(steps), defaultHealthPolicy, traffic);
    assert.deepEqual(
      reach.map(({ step, weight, forMs }) => [step, weight, forMs]),
      [
        [2, 20, 300_000],
        [3, 20, 600_000],
        [5, 100, 300_000],
      ],
    );
    const [first, , last] = printReach(reach, traffic);
    assert.match(
      first ?? '',
      /^step 2 \(20 % for 5m at ~41 rps, 0\.2 % errors\): finds [\d.]+x or worse; smaller harms may pass$/,
    );
    assert.match(
      last ?? '',
      /^step 5 \(100 % .*finds \d+x or worse \([\d.]+ % errors\), by its limit alone/,
    );
  });

  it('without the comparison, or with fewer instances than it asks for, the limit alone is left', () => {
    const { comparison, ...limits } = defaultHealthPolicy;
    assert.ok(comparison);
    const dryRun = { ...comparison, errors: { weight: 1, dryRun: true } };
    const many = { ...comparison, minimumInstances: 3 };
    for (const policy of [
      limits,
      { ...limits, comparison: dryRun },
      { ...limits, comparison: many },
    ]) {
      const [first] = planReach(planOf(steps), policy, traffic);
      assert.equal(first?.harm?.by, 'limit');
    }
  });

  it('needs a little more where an instance may be replaced, since the tests then run twice', () => {
    const { comparison, ...limits } = defaultHealthPolicy;
    assert.ok(comparison);
    const replacing = {
      ...limits,
      comparison: { ...comparison, oneBadInstance: 'replace' },
    } as const;
    const shares = (policy: typeof defaultHealthPolicy) =>
      [60, 90, 120, 180, 240, 300, 400, 500].map((seconds) => {
        const [first] = planReach(planOf([shift(20, 1, seconds * 1000)]), policy, traffic);
        return first?.harm?.share ?? 1;
      });
    const [more, usual] = [shares(replacing), shares(defaultHealthPolicy)];
    assert.ok(more.every((share, n) => share >= (usual[n] ?? 1)));
    assert.notDeepEqual(more, usual);
  });

  it('says it as a share beside a stable without errors, and that there is too little traffic', () => {
    const clean = { ...traffic, errorShare: 0 };
    const [share] = printReach(planReach(planOf(steps), defaultHealthPolicy, clean), clean);
    assert.match(
      share ?? '',
      /0 % errors\): finds [\d.]+ % errors or worse; smaller harms may pass$/,
    );
    const none = { ...traffic, requestsPerS: 0 };
    const [silent] = printReach(planReach(planOf(steps), defaultHealthPolicy, none), none);
    assert.match(silent ?? '', /~0 rps.*: too little traffic to find any harm for sure$/);
  });
});

describe('traffic between two readings', () => {
  const of = (...instances: RevisionCounters['instances']): RevisionCounters[] => [
    { revision: 'r', instances },
  ];

  it('is the growth of all instances over time, and the failed of all that was counted', () => {
    const first = { atMs: 0, counters: of(counters({ instance: 'a', requests: 1000, errors: 2 })) };
    const grown = counters({ instance: 'a', requests: 1060, errors: 2 });
    const found = counters({ instance: 'b', requests: 940, errors: 2 });
    const now = trafficBetween(first, { atMs: 3000, counters: of(grown, found) });
    assert.deepEqual(now, { requestsPerS: 20, errorShare: 0.002, overMs: 3000 });
  });

  it('goes by the times of a store, and says nothing while they have not moved', () => {
    const at = (asOfMs: number, requests: number) => ({ ...counters({ requests }), asOfMs });
    const first = { atMs: 10_000, counters: of(at(2_000, 100)) };
    assert.equal(trafficBetween(first, { atMs: 13_000, counters: of(at(2_000, 100)) }), null);
    const moved = trafficBetween(first, { atMs: 13_000, counters: of(at(12_000, 200)) });
    assert.deepEqual(moved, { requestsPerS: 10, errorShare: 0, overMs: 10_000 });
  });

  it('a counter that began anew counts from zero', () => {
    const first = { atMs: 0, counters: of(counters({ requests: 1000 })) };
    const now = trafficBetween(first, { atMs: 1000, counters: of(counters({ requests: 5 })) });
    assert.equal(now?.requestsPerS, 5);
  });
});
