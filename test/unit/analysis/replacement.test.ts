/** One bad instance: when it is replaced in place of a roll back, and how the comparison goes on without it. */
import assert from 'node:assert/strict';
import { defaultComparison } from '../../../src/domain/analysis/comparison-policy.js';
import {
  defaultHealthPolicy,
  type HealthPolicy,
} from '../../../src/domain/analysis/health-policy.js';
import { judge } from '../../../src/domain/analysis/judge.js';
import { readEvidenceRecord } from '../../../src/domain/analysis/record-schema.js';
import {
  afterReplacement,
  instanceToReplace,
  replacementIn,
} from '../../../src/domain/analysis/replacement.js';
import { type EvidenceRecord, replayRecord } from '../../../src/domain/analysis/replay.js';
import type { HealthSample, RevisionCounters } from '../../../src/domain/analysis/sample.js';
import type { Verdict } from '../../../src/domain/analysis/verdict.js';
import {
  beginWatch,
  observe,
  openWindow,
  type WatchState,
} from '../../../src/domain/analysis/watch.js';
import { recordOf } from '../../support/recorded-verdict.js';
import { status } from './looks.js';
import { looksOf } from './two-sides.js';

const policyOf = (oneBadInstance: 'replace' | 'rollBack'): HealthPolicy => ({
  ...defaultHealthPolicy,
  errorRate: { rollBackAbove: 0.2, succeedBelow: 0.1 },
  comparison: { ...defaultComparison, oneBadInstance },
});
const replacing = policyOf('replace');
const step = { minimumMs: 150_000, maximumMs: 600_000, until: 'judged', weight: 10 } as const;
const most = 0.15;
const usual = 0.002;

/** Four instances, of which those fail that are named. */
function looks(bad: readonly number[], { errors = most, seconds = 160, at = 0 } = {}) {
  const errorsOf = (n: number): number => (bad.includes(n) ? errors : usual);
  const stable = { instances: 6, errors: usual };
  const candidate = { ...stable, instances: 4, errorsOf };
  const all = looksOf({ perSecond: 200, weight: 10, candidate, stable, seconds, seed: 7 + at });
  return all.map((look) => ({ ...look, atMs: look.atMs + at * 1000 }));
}

/** What the same instances count when the one is followed by the other. */
function inTurn(first: readonly HealthSample[], second: readonly HealthSample[]): HealthSample[] {
  const [end, start] = [first.at(-1), second[0]];
  const onTop = (now: RevisionCounters, base?: RevisionCounters, less?: RevisionCounters) => ({
    ...now,
    instances: now.instances.map((one) => {
      const [a, b] = [base, less].map((of) =>
        of?.instances.find(({ instance }) => instance === one.instance),
      );
      const sum = (of: (from: typeof one) => number) => of(one) + (a ? of(a) : 0) - (b ? of(b) : 0);
      return {
        ...one,
        requests: sum(({ requests }) => requests),
        errors: sum(({ errors }) => errors),
        buckets: one.buckets.map(({ leMs }, n) => ({
          leMs,
          count: sum(({ buckets }) => buckets[n]?.count ?? 0),
        })),
      };
    }),
  });
  const later = second.slice(1).map((look) => ({
    ...look,
    candidate: onTop(look.candidate, end?.candidate, start?.candidate),
    stable: look.stable && onTop(look.stable, end?.stable ?? undefined, start?.stable ?? undefined),
  }));
  return [...first, ...later];
}

/** Up to the first verdict. */
function judged(all: readonly HealthSample[], policy = replacing) {
  let state = openWindow(beginWatch(null), step);
  for (const look of all) {
    state = observe(state, look, policy);
    const verdict = judge(state, look.atMs, policy);
    if (verdict) return { verdict, state };
  }
  throw new Error('no verdict');
}

function toReplace(
  { verdict, state }: { verdict: Verdict; state: WatchState },
  policy = replacing,
) {
  return instanceToReplace(verdict, state, policy);
}

function recordFrom(all: readonly HealthSample[], kept = Infinity): EvidenceRecord {
  const record = recordOf({ looks: all, step, health: replacing, kept, judgedAfterMs: 3 });
  assert.ok(record);
  return record;
}

describe('one bad instance', () => {
  it('is replaced where the policy says so and failures beside stable are all there is', () => {
    const seen = judged(looks([1]));
    assert.deepEqual(
      seen.verdict.evidence.map(({ check, eLimit }) => [check, eLimit]),
      [['errorsBesideStable', 400]],
      'two tests share the one percent',
    );
    assert.equal(toReplace(seen), 'next-1');
    assert.equal(toReplace(seen, policyOf('rollBack')), null);
    assert.equal(judged(looks([1]), policyOf('rollBack')).verdict.evidence[0]?.eLimit, 200);
  });

  it('is not beside other harm, after another, among equals, or counted by what divides the requests', () => {
    const seen = judged(looks([1]));
    const [found] = seen.verdict.evidence;
    assert.ok(found);
    const evidence = [found, { ...found, check: 'restarts' as const }];
    assert.equal(toReplace({ ...seen, verdict: { ...seen.verdict, evidence } }), null);
    const { comparison } = seen.state;
    assert.ok(comparison);
    const again = { ...comparison, replaced: { instance: 'next-3', atMs: 1 } };
    assert.equal(toReplace({ ...seen, state: { ...seen.state, comparison: again } }), null);
    const pass = { ...seen.verdict, kind: 'pass' as const };
    assert.equal(toReplace({ ...seen, verdict: pass }), null);
    assert.equal(toReplace(judged(looks([0, 1, 2, 3], { errors: 0.04 }))), null);
    const atSplit = looks([1]).map((look) => ({
      ...look,
      candidate: { ...look.candidate, countedAtSplit: true as const },
      candidateInstances: [status('ready', 0)],
    }));
    const byGateway = judged(atSplit);
    assert.equal(byGateway.verdict.kind, 'fail');
    assert.doesNotMatch(byGateway.verdict.reason, /carries it all/);
    assert.equal(toReplace(byGateway), null);
  });

  it('leaves the comparison at its beginning, and the limits as they were', () => {
    const { state } = judged(looks([1]));
    const after = afterReplacement(state, 'next-1');
    const { comparison: anew, ...rest } = after;
    const { comparison: before, ...kept } = state;
    assert.deepEqual(rest, kept);
    assert.ok(anew?.keys && before?.keys);
    for (const { highest } of Object.values(anew.keys)) {
      assert.deepEqual(highest, { logOdds: 0, logSpread: 0 });
    }
    const learnt = ({ keys }: typeof before) => keys?.errors.parts.map((part) => part.dispersion);
    assert.deepEqual(learnt(anew), learnt(before));
    assert.deepEqual([anew.byInstance, anew.stable], [[], { requests: 0, bad: 0 }]);
    assert.deepEqual(anew.marks, before.marks);
    assert.deepEqual(replacementIn(after), { instance: 'next-1', atMs: state.lookedAtMs });
    assert.equal(judge(after, state.lookedAtMs ?? 0, replacing), null);
  });

  it('is passed over while it goes, and the candidate passes', () => {
    const { replaced, verdict, observations } = recordFrom(looks([1]));
    assert.equal(replaced?.instance, 'next-1');
    assert.equal(verdict.kind, 'pass', verdict.reason);
    const beside = verdict.evidence.find(({ check }) => check === 'errorsBesideStable');
    const last = observations.at(-1);
    assert.ok(last && 'candidate' in last);
    assert.ok(last.candidate.instances.some(({ instance }) => instance === 'next-1'));
    assert.match(beside?.sentence ?? '', /, since next-1 was replaced$/);
    assert.ok((beside?.bad ?? 99) < 20, `${beside?.bad} bad`);
  });

  it('rolls back at the second one, and says what was replaced before', () => {
    const { verdict, replaced } = recordFrom(
      inTurn(looks([1], { seconds: 60 }), looks([2], { at: 61, errors: 0.3 })),
    );
    assert.equal(replaced?.instance, 'next-1');
    assert.equal(verdict.kind, 'fail');
    assert.match(verdict.reason, /≥ 400.*, since next-1 was replaced(?:; next-2 carries it all)?$/);
  });

  it('takes no exits with it that would count twice', () => {
    const exits = (look: HealthSample, candidateRestarts: number) => ({
      ...look,
      candidateRestarts,
    });
    const [one, two, three] = looks([1]).slice(-3);
    assert.ok(one && two && three);
    const { state } = judged(looks([1]));
    const seen = (from: WatchState, all: readonly HealthSample[]) =>
      all.reduce((now, look) => observe(now, look, replacing), from).restarts.counted;
    const fallen = [exits(one, 2), exits(two, 1), exits(three, 1)];
    assert.equal(seen(afterReplacement(state, 'next-1'), fallen), 2);
    assert.equal(seen(state, fallen), 3, 'a platform that began anew');
  });

  it('comes out of its record bit for bit, however few looks are kept', () => {
    const all = inTurn(looks([1], { seconds: 60 }), looks([2], { at: 61, errors: 0.3 }));
    const { replaced, observations } = recordFrom(all);
    const since = observations.filter(({ atMs }) => atMs > (replaced?.atMs ?? 0)).length;
    for (const kept of [1, since - 1, since, since + 1, since + 2, 500]) {
      const record = recordFrom(all, kept);
      assert.deepEqual(readEvidenceRecord(record).issues, []);
      assert.deepEqual(replayRecord(record).differences, [], `${kept} kept`);
    }
    const { replaced: _, ...without } = recordFrom(all);
    assert.equal(replayRecord(without).equal, false, 'the replacement is part of the record');
  });
});
