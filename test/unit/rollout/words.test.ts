/** The small words of a rollout: fences, names, splits, capacity, outcomes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareFences, type Fence, formatFence } from '../../../src/domain/rollout/fence.js';
import {
  describeCause,
  outcomeOf,
  type RollbackCause,
} from '../../../src/domain/rollout/outcome.js';
import { digestPattern, revisionName } from '../../../src/domain/rollout/revision.js';
import { emptySplit, sameSplit, stableOnly } from '../../../src/domain/rollout/split.js';
import { instancesFor, readyInstances } from '../../../src/domain/rollout/workload.js';
import { testers } from './sample-strategies.js';

describe('fences', () => {
  const fence = (rollout: number, sequence: number): Fence => ({ rollout, sequence });

  it('order writes by rollout first, then by decision', () => {
    const ordered = [fence(1, 0), fence(1, 9), fence(2, 0), fence(2, 1), fence(10, 0)];
    for (const [at, a] of ordered.entries()) {
      for (const [bt, b] of ordered.entries()) {
        assert.equal(Math.sign(compareFences(a, b)), Math.sign(at - bt), `${at} ${bt}`);
      }
    }
  });

  it('are written with a point', () => assert.equal(formatFence(fence(12, 3)), '12.3'));
});

describe('revisionName', () => {
  it('is the version and eight digits of the artifact', () => {
    const digest = `sha256:4f2a9c1b${'0'.repeat(56)}`;
    assert.match(digest, digestPattern);
    assert.equal(revisionName({ version: '1.1.0', digest }), '1.1.0-4f2a9c1b');
  });

  it('takes a digest for none without its algorithm, length or digits', () => {
    for (const bad of ['4f', `sha256:${'0'.repeat(63)}`, `sha256:${'G'.repeat(64)}`]) {
      assert.doesNotMatch(bad, digestPattern);
    }
  });
});

describe('splits', () => {
  const split = { stable: 'a', candidate: 'b', weight: 5, headerRoute: testers };

  it('are the same when all parts are', () => {
    assert.ok(sameSplit(split, { ...split, headerRoute: { ...testers } }));
    assert.ok(sameSplit(emptySplit, stableOnly(null)));
    for (const change of [
      { stable: 'c' },
      { candidate: null },
      { weight: 6 },
      { headerRoute: null },
      { mirror: 5 },
      { headerRoute: { ...testers, header: 'x-other' } },
      { headerRoute: { ...testers, value: 'no' } },
    ]) {
      assert.ok(!sameSplit(split, { ...split, ...change }), JSON.stringify(change));
    }
  });

  it('go back to stable with nothing attached', () => {
    assert.deepEqual(stableOnly('a'), {
      stable: 'a',
      candidate: null,
      weight: 0,
      headerRoute: null,
    });
  });
});

describe('capacity', () => {
  const rows = [
    [5, 3, 1],
    [50, 3, 2],
    [100, 3, 3],
    [0, 3, 1],
    [1, 1000, 10],
    [34, 3, 2],
    [100, 1, 1],
  ] as const;
  for (const [weight, fullScale, want] of rows) {
    it(`${weight} % of ${fullScale} is ${want}`, () => {
      assert.equal(instancesFor(weight, fullScale), want);
    });
  }

  it('is enough, and one less is not', () => {
    const weights = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 1000 }), (weight, fullScale) => {
        const instances = instancesFor(weight, fullScale);
        assert.ok(instances * 100 >= fullScale * weight && instances <= fullScale);
        assert.ok(instances === 1 || (instances - 1) * 100 < fullScale * weight);
      }),
    );
  });

  it('counts ready instances only', () => {
    const states = ['ready', 'starting', 'unready', 'exited', 'ready'] as const;
    const instances = states.map((state, index) => ({
      id: `${index}`,
      state,
      url: '',
      probeFailures: 0,
      reason: null,
    }));
    const status = { name: 'a', version: '1', digest: '', desiredInstances: 5, restarts: 0 };
    assert.equal(readyInstances({ ...status, instances }), 2);
    assert.equal(readyInstances(undefined), 0);
  });
});

describe('outcomes', () => {
  const rows: readonly (readonly [RollbackCause, string, string])[] = [
    [{ kind: 'verdict', reason: '30 % errors', evidenceRef: null }, 'rolledBack', '30 % errors'],
    [{ kind: 'gate', reason: 'it said 503' }, 'rolledBack', 'it said 503'],
    [{ kind: 'deadline', reason: 'not ready' }, 'rolledBack', 'not ready'],
    [{ kind: 'failure', reason: 'no such file' }, 'rolledBack', 'no such file'],
    [
      { kind: 'aborted', actor: 'ann', reason: 'wrong one' },
      'aborted',
      'aborted by ann: wrong one',
    ],
    [{ kind: 'cancelled' }, 'aborted', 'the workflow was cancelled'],
    [{ kind: 'superseded', by: '1.2.0' }, 'superseded', 'superseded by 1.2.0'],
  ];
  for (const [cause, outcome, sentence] of rows) {
    it(`${cause.kind}: ${outcome}`, () => {
      assert.equal(outcomeOf(cause), outcome);
      assert.equal(describeCause(cause), sentence);
    });
  }
});
