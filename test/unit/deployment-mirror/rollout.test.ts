/** Rollouts without a release: which those are, which were missed, and how their mirror is named and described. */
import assert from 'node:assert/strict';
import {
  beginRolloutMirror,
  describeRolloutMirror,
  isOfRelease,
  isReplaced,
  recentRollouts,
  type RolloutMirrorView,
} from '../../../src/domain/deployment-mirror/rollout.js';
import type { TargetHistoryEntry } from '../../../src/domain/target/view.js';
import { aRevision } from '../../support/builders.js';

const target = { service: 'shop', environment: 'production', region: 'eu' };
const repository = { owner: 'acme', name: 'shop' };

function ended(n: number, outcome: TargetHistoryEntry['outcome'] = 'promoted'): TargetHistoryEntry {
  const { version, digest } = aRevision(`1.${n}.0`);
  return { n, version, digest, outcome, reason: 'test', endedAtMs: n * 1_000 };
}

describe('mirror of rollouts without a release', () => {
  it('leaves to a release what that asked for, and nothing that was repeated by hand', () => {
    const candidate = aRevision('1.0.0');
    const of = (releaseId: string | null, requestId: string) =>
      isOfRelease({ runId: 'r', requestId, releaseId, candidate });
    assert.equal(of(null, 'shop/production:back:4'), false);
    assert.equal(of('release:shop:1.0.0', 'release:shop:1.0.0:production:1:17'), true);
    assert.equal(of('release:shop:1.0.0', 'release:shop:1.0.0:production:1:17:retry:5'), false);
  });

  it('finds what runs and what ended lately, oldest first', () => {
    const history = [ended(3), ended(2), ended(1)];
    const current = {
      rolloutId: 'rollout:shop:production:eu:4',
      n: 4,
      candidate: aRevision('2.0.0'),
    };
    const view = { target, current, history };
    const ids = (...ns: number[]) => ns.map((n) => `rollout:shop:production:eu:${n}`);
    assert.deepEqual(recentRollouts(view, 2_000), ids(2, 3, 4));
    assert.deepEqual(recentRollouts({ ...view, current: null }, 3_001), []);
  });

  it('takes for replaced only what a later rollout that promoted has followed', () => {
    assert.equal(isReplaced({ target, n: 2 }, [ended(2), ended(1)]), false);
    assert.equal(isReplaced({ target, n: 2 }, [ended(3, 'rolledBack'), ended(2)]), false);
    assert.equal(isReplaced({ target, n: 2 }, [ended(3), ended(2)]), true);
  });

  it('is begun under one id for each run of a rollout', () => {
    const origin = { runId: 'r1', requestId: 'x', releaseId: null, candidate: aRevision('1.0.0') };
    const place = { repository, isProduction: true, logUrl: null };
    const { workflowId, input, summary } = beginRolloutMirror({ target, n: 7 }, origin, place);
    assert.equal(workflowId, 'deployment-rollout:shop:production:eu:7:r1');
    assert.equal(summary, '1.0.0 of shop at production/eu in acme/shop');
    assert.deepEqual([input.rollout.n, input.runId, input.dryRun], [7, 'r1', false]);
  });

  it('is described with its reason for not being shown, and text of others escaped', () => {
    const view: RolloutMirrorView = {
      ...{ rolloutId: 'rollout:shop:production:7', version: '1.0.0', repository, sha: null },
      ...{ shown: null, deploymentId: null, steps: [], isDryRun: false, trouble: 'a *b*' },
      ...{ skipped: 'the repository is archived', hasEnded: true, commands: [] },
    };
    const text = describeRolloutMirror(view);
    assert.match(text, /\*\*not shown\*\* the repository is archived/);
    assert.doesNotMatch(text, /a \*b\*/);
    assert.doesNotMatch(text, /next/);
  });
});
