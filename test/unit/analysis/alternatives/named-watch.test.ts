/** A named judge inside a watch: from cumulative counters to a verdict, beside the guards that always stand. */
import assert from 'node:assert/strict';
import type { NamedJudge } from '../../../../src/domain/analysis/alternatives/named-judge.js';
import { resolveJudge } from '../../../../src/domain/analysis/alternatives/schema.js';
import {
  intervalOf,
  nothingObserved,
} from '../../../../src/domain/analysis/alternatives/observed-sides.js';
import { judgeSchema } from '../../../../src/domain/analysis/alternatives/schema.js';
import {
  defaultHealthPolicy,
  type HealthPolicy,
} from '../../../../src/domain/analysis/health-policy.js';
import { judge, recomputeVerdict } from '../../../../src/domain/analysis/judge.js';
import type { Observation } from '../../../../src/domain/analysis/sample.js';
import {
  beginWatch,
  observe,
  openWindow,
  type WatchStep,
} from '../../../../src/domain/analysis/watch.js';
import type { Verdict } from '../../../../src/domain/analysis/verdict.js';
import { rolloutHealth, soakHealth } from '../../../../src/domain/target/rollout-health.js';
import { counters, look, missedLook } from '../looks.js';
import { looksOf, type Side } from '../two-sides.js';

const named = (spec: unknown): NamedJudge =>
  resolveJudge(judgeSchema.parse(spec)) ?? assert.fail('no judge');

function policyOf(spec: unknown): HealthPolicy {
  const { comparison: _none, ...limits } = defaultHealthPolicy;
  return { ...limits, judge: named(spec) };
}

const argo = policyOf({
  ...{ kind: 'thresholds', style: 'argo' },
  metrics: [
    {
      ...{ metric: 'successRate', window: '30s', interval: '10s', initialDelay: '30s' },
      ...{ failureLimit: 2, successCondition: 'result[0] >= 0.99' },
    },
  ],
});
const flagger = policyOf({
  ...{ kind: 'thresholds', style: 'flagger', interval: '10s', threshold: 2 },
  metrics: [
    { name: 'request-success-rate', interval: '30s', thresholdRange: { min: 99 } },
    { name: 'request-duration', interval: '30s', thresholdRange: { max: 800 } },
  ],
});
const kayenta = policyOf({
  ...{ kind: 'mannWhitney', step: '5s' },
  metrics: [
    { metric: 'errorRate', direction: 'increase', critical: true },
    { metric: 'latencyP95' },
  ],
});

const window: WatchStep = {
  ...{ minimumMs: 120_000, maximumMs: 240_000, until: 'judged', weight: 20 },
};
const stable: Side = { instances: 4, errors: 0.002 };

function world(candidate: Partial<Side> = {}, seconds = 125): readonly Observation[] {
  const side = { ...stable, instances: 2, ...candidate };
  return looksOf({ perSecond: 200, weight: 20, candidate: side, stable, seconds });
}

function firstVerdict(
  looks: readonly Observation[],
  policy: HealthPolicy,
  step: Partial<WatchStep> = {},
): Verdict | null {
  let state = openWindow(beginWatch(null), { ...window, ...step });
  for (const one of looks) {
    state = JSON.parse(JSON.stringify(observe(state, one, policy))) as typeof state;
    const verdict = judge(state, one.atMs, policy);
    if (verdict) return verdict;
  }
  return null;
}

describe('a judge by name in a watch', () => {
  const judges = { argo, flagger, kayenta };
  for (const [name, policy] of Object.entries(judges)) {
    it(`${name} passes a candidate that is like stable, at the end of the step`, () => {
      const verdict = firstVerdict(world(), policy);
      assert.deepEqual([verdict?.kind, verdict?.evidence[0]?.check], ['pass', 'namedJudge']);
      assert.ok(verdict !== null && verdict.atMs >= 121_000 && verdict.atMs <= 123_000);
      assert.equal(verdict.reason, verdict.evidence[0]?.sentence);
    });

    it(`${name} fails one with 3 % errors, which keeps the limit of 5 %`, () => {
      const verdict = firstVerdict(world({ errors: 0.03 }), policy);
      assert.deepEqual([verdict?.kind, verdict?.evidence[0]?.check], ['fail', 'namedJudge']);
    });

    it(`${name} leaves the absolute limits as they are: 40 % errors, within seconds`, () => {
      const verdict = firstVerdict(world({ errors: 0.4 }), policy);
      assert.deepEqual([verdict?.kind, verdict?.evidence[0]?.check], ['fail', 'errorRate']);
      assert.ok(verdict !== null && verdict.atMs < 10_000);
    });

    it(`${name} is recomputed from its record, bit for bit`, () => {
      const looks = world({ errors: 0.03 });
      const verdict = firstVerdict(looks, policy);
      const until = looks.filter(({ atMs }) => atMs <= (verdict?.atMs ?? 0));
      const steps = [{ ...window, fromObservation: 0 }];
      assert.deepEqual(recomputeVerdict(until, null, steps, policy), verdict);
    });
  }

  it('says when and why: the third failed measurement, the tick after the second failed check', () => {
    const byArgo = firstVerdict(world({ errors: 0.03 }), argo);
    assert.equal(byArgo?.atMs, 51_000);
    assert.match(
      byArgo.reason,
      /^successRate: 3 of 3 measurements failed, failureLimit 2; the last: 0\.9/,
    );
    const byFlagger = firstVerdict(world({ errors: 0.03 }), flagger);
    assert.equal(byFlagger?.atMs, 31_000);
    assert.match(
      byFlagger.reason,
      /^2 failed checks, threshold 2, the newest: request-success-rate 9/,
    );
    const slow = firstVerdict(world({ medianMs: 70 }), flagger);
    assert.match(slow?.reason ?? '', /request-duration \d+ ms > 800 ms/);
  });

  it('holds where scores are marginal: as bad in errors, slower than stable', () => {
    const verdict = firstVerdict(world({ medianMs: 70 }), kayenta);
    assert.deepEqual([verdict?.kind, verdict?.undecided], ['inconclusive', 'doubt']);
    assert.match(
      verdict?.reason ?? '',
      /^score 50, pass 75, marginal 50: latencyP95 is classified as High/,
    );
  });

  it('has no say while no traffic is meant for the candidate, and none in a pause but to fail', () => {
    const preview = firstVerdict(world(), argo, { weight: 0, minimumMs: 5_000 });
    assert.deepEqual([preview?.kind, preview?.atMs], ['pass', 5_000]);
    const blind = world().map((one, n) => (n < 5 ? one : missedLook(n)));
    const unseen = firstVerdict(blind, flagger, { weight: 0, minimumMs: 9_000, maximumMs: 60_000 });
    assert.deepEqual([unseen?.undecided, unseen?.evidence[0]?.check], ['noData', 'data']);
    const paused = firstVerdict(world(), kayenta, { until: 'elapsed', minimumMs: 10_000 });
    assert.match(
      paused?.reason ?? '',
      /^the pause is over with doubt on record \(the judge has not answered yet\)/,
    );
    const failing = firstVerdict(world({ errors: 0.03 }), flagger, { until: 'resumed' });
    assert.equal(failing?.kind, 'fail');
  });

  it('measures nothing in a preview that would count later', () => {
    const looks = looksOf({
      ...{ perSecond: 200, weight: 20, seconds: 60, quietS: 60, stable },
      candidate: { ...stable, instances: 2 },
    });
    const steps = [
      { ...window, weight: 0, fromObservation: 0 },
      { ...window, minimumMs: 30_000, fromObservation: 60 },
    ];
    assert.equal(recomputeVerdict(looks, null, steps, flagger)?.kind, 'pass');
  });

  it('is blind where looks fail: no pass, and errors of Argo beyond their limit are no data', () => {
    const looks = world().map((one, n) => (n < 60 ? one : missedLook(n)));
    const verdict = firstVerdict(looks, argo);
    assert.deepEqual([verdict?.kind, verdict?.undecided], ['inconclusive', 'noData']);
    assert.match(verdict?.reason ?? '', /5 measurements in a row had errors/);
  });

  it('is named for rollouts with a stable revision beside them only', () => {
    assert.equal(rolloutHealth(argo, 'canary', 'rollout', null).judge, argo.judge);
    assert.equal(rolloutHealth(argo, 'install', 'rollout', null).judge, undefined);
    assert.equal(rolloutHealth(argo, 'canary', 'switchBack', null).judge, undefined);
    const { judge: _named, ...limits } = argo;
    assert.deepEqual(soakHealth(argo), limits);
  });
});

describe('intervals from looks', () => {
  const twoLooks = (first: Observation, second: Observation, hasHistogram = true) => {
    const { state } = intervalOf(nothingObserved, first, hasHistogram);
    return intervalOf(state, second, hasHistogram).interval;
  };

  it('add up what instances did, histograms too, and nothing twice', () => {
    const first = look(1, [counters({ requests: 10 }), counters({ instance: 'b', requests: 5 })]);
    const second = look(2, [
      counters({ requests: 14, errors: 1, slow: 2 }),
      // Began anew, and a new one.
      counters({ instance: 'b', requests: 3 }),
      counters({ instance: 'c', requests: 2, slack: 1 }),
    ]);
    assert.deepEqual(twoLooks(first, second), {
      ...{ atMs: 2_000, edgesMs: [100, 500, 1000, 5000], stable: null },
      candidate: { requests: 9, errors: 1, within: [6, 6, 7, 9] },
    });
    const without = twoLooks(first, second, false);
    assert.deepEqual([without.edgesMs, without.candidate?.within], [undefined, undefined]);
  });

  it('have no histogram where an instance lacks an edge, and no side where nobody counts', () => {
    const first = look(1, [counters({ requests: 10 }), counters({ instance: 'b' }, [250])]);
    const second = look(2, [
      counters({ requests: 11 }),
      counters({ instance: 'b', requests: 5 }, [250]),
    ]);
    assert.deepEqual(twoLooks(first, second).candidate, { requests: 6, errors: 0 });
    assert.equal(twoLooks(first, look(2, [])).candidate, null);
    const split = {
      ...look(2, []),
      candidate: { revision: 'a', instances: [], countedAtSplit: true },
    };
    assert.deepEqual(twoLooks(first, split as Observation).candidate, { requests: 0, errors: 0 });
    assert.equal(twoLooks(first, missedLook(2)).missed, 'http://metrics did not answer');
  });
});
