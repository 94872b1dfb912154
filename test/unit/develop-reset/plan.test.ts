/** What a reset is said to do before anybody approves it. */
import assert from 'node:assert/strict';
import { approvalsNeeded, requireMayApprove } from '../../../src/domain/develop-reset/approve.js';
import {
  describePlan,
  mentionAuthors,
  resetIssue,
} from '../../../src/domain/develop-reset/describe.js';
import {
  isIdle,
  planKey,
  planReset,
  type ResetSight,
} from '../../../src/domain/develop-reset/plan.js';
import { resetPolicySchema } from '../../../src/domain/develop-reset/schema.js';
import { Failure } from '../../../src/domain/failures.js';
import type { Commit } from '../../../src/domain/repository/shapes.js';
import { aPull } from '../merge/sample-pulls.js';

const sha = (digit: string): string => digit.repeat(40);
const commit = (n: number, login: string | null, message = `commit ${n}`): Commit => ({
  ...{ sha: sha(String(n)), treeSha: sha('e'), parents: [], message, committedAtMs: n },
  author: { login, name: login ?? 'Somebody <b>' },
});

const sight: ResetSight = {
  ...{ branch: 'develop', branchSha: sha('3'), toRef: 'refs/heads/main', toSha: sha('0') },
  lost: [commit(1, 'ann'), commit(2, null), commit(3, 'ann', 'feat: *bold*\n\nbody')],
  lostCount: 3,
  pulls: [
    aPull({ number: 5, base: { ref: 'develop', sha: sha('3') } }),
    aPull({ number: 6, head: { ref: 'develop', sha: sha('3'), repository: null } }),
  ],
};
const policy = (written = {}) => resetPolicySchema.parse(written);

describe('the plan of a reset', () => {
  it('names what is lost, its authors by their share, and the pull requests', () => {
    const plan = planReset(sight, policy());
    assert.deepEqual(
      plan.authors.map(({ name, commits }) => `${name} ${commits}`),
      ['ann 2', 'Somebody <b> 1'],
    );
    assert.deepEqual(
      plan.pulls.map(({ number, act }) => [number, act.kind, act.kind === 'comment' && act.why]),
      [
        [5, 'comment', 'intoBranch'],
        [6, 'comment', 'fromBranch'],
      ],
    );
    const text = describePlan(plan);
    assert.match(text, /3 commits leave it/);
    assert.match(text, /feat: \\\*bold\\\*/);
    assert.equal(
      mentionAuthors(plan, ['acme/leads', '@ann']),
      '@ann, @acme/leads, Somebody \\<b\\>',
    );
  });

  it('retargets those into the branch, to a branch only', () => {
    const retarget = policy({ pulls: 'retarget' });
    const acts = (change: Partial<ResetSight>) =>
      planReset({ ...sight, ...change }, retarget).pulls.map(({ act }) => act.kind);
    assert.deepEqual(acts({}), ['retarget', 'comment']);
    assert.deepEqual(acts({ toRef: 'refs/backup/develop/1' }), ['comment', 'comment']);
  });

  it('shows a hundred commits, and counts all', () => {
    const lost = Array.from({ length: 250 }, (_, n) => commit(n % 10, 'ann'));
    const plan = planReset({ ...sight, lost, lostCount: 900 }, policy());
    assert.equal(plan.lost.length, 100);
    assert.match(describePlan(plan), /… and 800 more/);
    const told = { notify: [], requestedBy: 'eve', reason: 'x', backup: 'refs/backup/develop/1' };
    assert.ok(resetIssue(plan, told).body.length < 65_536);
  });

  it('is another one for approvals as soon as either tip moved', () => {
    const plan = planReset(sight, policy());
    assert.notEqual(planKey(plan), planKey({ ...plan, before: sha('4') }));
    assert.notEqual(planKey(plan), planKey({ ...plan, after: sha('4') }));
    assert.ok(!isIdle(plan));
    assert.ok(isIdle({ ...plan, after: plan.before }));
  });

  it('needs approvals of others, as many as are asked for, and none to lose nothing', () => {
    const rules = policy({ approvals: { required: 2, approvers: ['bob', 'cid', 'eve'] } });
    const plan = planReset(sight, rules);
    assert.equal(approvalsNeeded(plan, rules), 2);
    assert.equal(approvalsNeeded({ ...plan, lostCount: 0 }, rules), 0);
    const given = [{ actor: 'bob', reason: 'yes', atMs: 0, attested: true }];
    requireMayApprove(rules, given, 'cid', 'eve');
    for (const [actor, why] of [
      ['eve', /asked for this reset/],
      ['bob', /has approved already/],
      ['mallory', /not among the approvers/],
    ] as const) {
      assert.throws(
        () => requireMayApprove(rules, given, actor, 'eve'),
        (error) =>
          error instanceof Failure && error.code === 'PolicyDenied' && why.test(error.message),
      );
    }
  });
});
