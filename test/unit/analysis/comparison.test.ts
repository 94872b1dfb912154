/** The comparison with stable as a watch uses it: what rolls back, what does not, and what it says. */
import assert from 'node:assert/strict';
import { placeboAlarmed } from '../../../src/domain/analysis/placebo.js';
import type { ComparisonPolicy } from '../../../src/domain/analysis/comparison-policy.js';
import { defaultComparison } from '../../../src/domain/analysis/comparison-policy.js';
import { dispersionToSave } from '../../../src/domain/analysis/comparison.js';
import {
  defaultHealthPolicy,
  type HealthPolicy,
} from '../../../src/domain/analysis/health-policy.js';
import { judge, recomputeVerdict } from '../../../src/domain/analysis/judge.js';
import type { HealthSample } from '../../../src/domain/analysis/sample.js';
import type { Verdict } from '../../../src/domain/analysis/verdict.js';
import {
  beginWatch,
  observe,
  openWindow,
  type WatchState,
} from '../../../src/domain/analysis/watch.js';
import { counters, look, status } from './looks.js';
import { looksOf, type Side, type TwoSides } from './two-sides.js';

const policyWith = (given: Partial<ComparisonPolicy> = {}): HealthPolicy => ({
  ...defaultHealthPolicy,
  comparison: { ...defaultComparison, ...given },
});

const window = { minimumMs: 300_000, maximumMs: 600_000, until: 'judged', weight: 10 } as const;
const stable: Side = { instances: 6, errors: 0.002 };
const like = (given: Partial<Side> = {}): Side => ({ ...stable, instances: 2, ...given });

function world(given: Partial<TwoSides> = {}): TwoSides {
  return { perSecond: 200, weight: 10, candidate: like(), stable, seconds: 299, ...given };
}

/** The first verdict, or null; and the state then. */
function watched(
  looks: readonly HealthSample[],
  policy = policyWith(),
): { verdict: Verdict | null; state: WatchState } {
  let state = openWindow(beginWatch(null), window);
  for (const look of looks) {
    state = observe(state, look, policy);
    const verdict = judge(state, look.atMs, policy);
    if (verdict) return { verdict, state };
  }
  return { verdict: null, state };
}

describe('the comparison with stable', () => {
  it('rolls back a candidate that fails 20 times as often, though it keeps every limit', () => {
    const { verdict } = watched(looksOf(world({ candidate: like({ errors: 0.04 }) })));
    assert.equal(verdict?.kind, 'fail');
    assert.match(
      verdict.reason,
      /^\d+ of \d+ requests failed \([\d.]+ %\), \d+ of \d+ of stable's \([\d.]+ %\): E = .* ≥ 200, dispersion 1 assumed \(before traffic: too short\)$/,
    );
    assert.equal(verdict.evidence[0]?.check, 'errorsBesideStable');
    assert.ok(verdict.atMs < 60_000, `after ${verdict.atMs} ms`);
  });

  it('holds a candidate that is slower than it tolerates, and bears one that is not', () => {
    const slower = watched(looksOf(world({ candidate: like({ medianMs: 160 }) })));
    assert.equal(slower.verdict?.kind, 'fail');
    assert.match(
      slower.verdict.reason,
      /requests took longer than \d+ ms \([\d.]+ %\), \d+ of \d+ of stable's longer than \d+ ms/,
    );
    const borne = watched(looksOf(world({ candidate: like({ medianMs: 48 }) })));
    assert.equal(borne.verdict, null);
    const none = watched(
      looksOf(world({ candidate: like({ medianMs: 160 }) })),
      policyWith({ latency: { ...defaultComparison.latency, dryRun: true } }),
    );
    assert.equal(none.verdict, null, 'dry run');
  });

  it('passes one that is like stable at the end of its step, and says on what ground', () => {
    const { verdict } = watched(looksOf(world({ seconds: 302 })));
    assert.equal(verdict?.kind, 'pass');
    assert.match(verdict.reason, /; (no evidence of harm|clearly harmless) beside stable/);
  });

  it('ends a step early where the policy says so, as soon as harm is known to be small', () => {
    const many = world({ perSecond: 4000, weight: 50, candidate: like({ instances: 6 }) });
    const early = watched(looksOf(many), policyWith({ advance: 'whenSafe' }));
    assert.equal(early.verdict?.kind, 'pass');
    assert.match(early.verdict.reason, /clearly harmless beside stable: at most/);
    assert.ok(early.verdict.atMs < 120_000, `after ${early.verdict.atMs} ms`);
    assert.equal(watched(looksOf(many)).verdict, null, 'by default it lasts its time');
  });

  it('needs as many requests and instances as the policy says', () => {
    const bad = looksOf(world({ candidate: like({ errors: 0.04 }), seconds: 60 }));
    assert.equal(watched(bad, policyWith({ minimumRequests: 5000 })).verdict, null);
    assert.equal(watched(bad, policyWith({ minimumInstances: 3 })).verdict, null);
    assert.equal(watched(bad, policyWith({ minimumInstances: 2 })).verdict?.kind, 'fail');
  });

  it('names the instance that carries it all', () => {
    const errorsOf = (n: number): number => (n === 0 ? 0.12 : 0.002);
    const one = watched(looksOf(world({ candidate: like({ instances: 4, errorsOf }) })));
    assert.match(one.verdict?.reason ?? '', /; next-0 carries it all$/);
  });

  it('gives an only metric the whole of the false alarms', () => {
    const only = policyWith({ latency: { ...defaultComparison.latency, weight: 0 } });
    const { verdict } = watched(looksOf(world({ candidate: like({ errors: 0.04 }) })), only);
    assert.equal(verdict?.evidence[0]?.eLimit, 100);
  });

  it('is not moved by resets, repeated looks and looks that come late', () => {
    const looks = looksOf(world({ candidate: like({ errors: 0.01 }), seconds: 90 }));
    const { state } = watched(looks);
    const twice = watched(looks.flatMap((look) => [look, look]));
    assert.deepEqual(twice.state.comparison, state.comparison);
    const late = watched(looks.flatMap((look, n) => [look, ...(n > 3 ? [looks[n - 2]!] : [])]));
    assert.deepEqual(late.state.comparison, state.comparison);
    const { bad, requests } = state.comparison?.keys?.errors.parts[0]?.candidate ?? {};
    const after = watched(resetAt(looks, 40)).state.comparison?.keys?.errors.parts[0]?.candidate;
    assert.deepEqual([after?.bad, after?.requests], [bad, requests]);
  });

  it('lets looks at one side wait for the other, where there is little traffic', () => {
    const turns = (errors: number): HealthSample[] =>
      Array.from({ length: 120 }, (_, second) => {
        const asked = Math.max(0, Math.floor((second - 1) / 2));
        const failed = Math.floor(asked * errors);
        return {
          ...look(second, { instance: 'next', requests: asked, errors: failed }),
          stable: {
            revision: 'now',
            instances: [counters({ requests: 100 + 4 * Math.floor(second / 2) })],
          },
        };
      });
    const lenient = { ...policyWith(), errorRate: { rollBackAbove: 0.9, succeedBelow: 0.9 } };
    const { verdict } = watched(turns(0.6), lenient);
    assert.equal(verdict?.evidence[0]?.check, 'errorsBesideStable');
    assert.equal(watched(turns(0), lenient).verdict, null);
  });

  it('is the same from its record, bit for bit', () => {
    const looks = looksOf(world({ candidate: like({ errors: 0.04 }) }));
    const { verdict } = watched(looks);
    const { observations, steps, policy } = JSON.parse(
      JSON.stringify({
        observations: looks.filter(({ atMs }) => atMs <= (verdict?.atMs ?? 0)),
        steps: [{ ...window, fromObservation: 0 }],
        policy: policyWith(),
      }),
    );
    assert.deepEqual(recomputeVerdict(observations, null, steps, policy), verdict);
  });

  it('counts a gateway’s requests for the pods behind it', () => {
    const looks = looksOf(world({ candidate: like({ errors: 0.03, instances: 1 }), seconds: 20 }));
    const behind = (pods: number): HealthSample[] =>
      looks.map((look) => ({
        ...look,
        candidate: { ...look.candidate, countedAtSplit: true },
        stable: look.stable && { ...look.stable, countedAtSplit: true },
        candidateInstances: Array.from({ length: pods }, (_, n) => status('ready', 0, `pod-${n}`)),
        stableInstances: 60,
      }));
    assert.equal(watched(behind(3)).state.comparison?.instances, 3);
    assert.equal(watched(behind(3), policyWith({ minimumInstances: 4 })).verdict, null);
    const [one = 0, many = 0] = [1, 30].map(
      (pods) => watched(behind(pods)).state.comparison?.keys?.errors.highest.logSpread,
    );
    assert.ok(many > one + 0.3, `thirty pods say more than one: ${many}, ${one}`);
  });

  it('keeps what stable’s instances have shown for the next rollout, and begins with it', () => {
    const looks = looksOf(
      world({ seconds: 700, candidate: like(), stable: { ...stable, errors: 0.02 } }),
    );
    let state = openWindow(beginWatch(null), window);
    const policy = policyWith();
    for (const look of looks) state = observe(state, look, policy);
    assert.ok(state.comparison);
    const saved = dispersionToSave(state.comparison, null);
    assert.ok((saved.errors ?? 9) < 0.5, JSON.stringify(saved));
    const next = watched(
      looksOf(world({ candidate: like({ errors: 0.04 }) })),
      policyWith({ saved }),
    );
    assert.match(next.verdict?.reason ?? '', /of an earlier rollout/);
  });

  it('asks stable about itself, where nothing may be found', () => {
    const { state } = watched(looksOf(world({ candidate: like({ errors: 0.002 }) })));
    assert.ok(state.comparison?.placebo);
    assert.equal(placeboAlarmed(state.comparison.placebo), false);
    const errorsOf = (n: number): number => (n % 4 === 0 ? 0.05 : 0.002);
    const odd = watched(looksOf(world({ stable: { ...stable, errorsOf } }))).state.comparison;
    assert.equal(odd?.placebo && placeboAlarmed(odd.placebo), true, 'it can');
  });

  it('has nothing to say without stable, and when it is off', () => {
    const bad = looksOf(world({ candidate: like({ errors: 0.04 }), seconds: 100 }));
    const alone = bad.map((look) => ({ ...look, stable: null }));
    assert.equal(watched(alone).verdict, null);
    const { comparison: _, ...off } = defaultHealthPolicy;
    const without = watched(bad, off);
    assert.equal(without.verdict, null);
    assert.equal(without.state.comparison, undefined);
  });
});

/** The same requests, by instances that began anew at that look. */
function resetAt(looks: readonly HealthSample[], at: number): HealthSample[] {
  const base = looks[at]?.candidate.instances ?? [];
  return looks.map((look, n) => {
    if (n <= at) return look;
    const instances = look.candidate.instances.map((now) => {
      const then = base.find(({ instance }) => instance === now.instance);
      const minus = (a: number, b = 0): number => a - b;
      return {
        ...now,
        requests: minus(now.requests, then?.requests),
        errors: minus(now.errors, then?.errors),
        buckets: now.buckets.map(({ leMs, count }, edge) => ({
          ...{ leMs, count: minus(count, then?.buckets[edge]?.count) },
        })),
      };
    });
    return { ...look, candidate: { ...look.candidate, instances } };
  });
}
