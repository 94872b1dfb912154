/** Putting a branch back on a real Temporal server and the stand-in GitHub: nothing is lost, and nobody is surprised. */
import assert from 'node:assert/strict';
import { planKey } from '../../src/domain/develop-reset/plan.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { refusal } from '../support/operator.js';
import { type ResettingUnderTest, startResetting } from '../support/resetting.js';

describe('the reset of a branch', function () {
  this.timeout(180_000);
  let scene: ResettingUnderTest;
  before(async () => {
    scene = await startResetting();
  });
  afterEach(() => scene.control.clearFaults());
  after(() => scene.stop());

  it('plans without a write, whose the commits are and what is open', async () => {
    const repository = await scene.repository();
    scene.control.clearLog();
    const { result } = await scene.begin(repository, { dryRun: true });
    const { outcome, plan } = await result();
    assert.deepEqual([outcome, plan?.lostCount], ['planned', 3]);
    assert.deepEqual(
      plan?.authors.map(({ login, commits }) => [login, commits]),
      [
        ['ann', 2],
        ['bob', 1],
      ],
    );
    assert.deepEqual(scene.effects(), []);
  });

  it('waits for approvals, tells its people, keeps a backup, and is taken back by one command', async () => {
    const repository = await scene.repository({ approvals: { required: 2 }, notify: ['lead'] });
    const before = scene.tipOf(repository, 'develop');
    const files = { 'd.txt': 'd\n' };
    await scene.control.commit(repository, { branch: 'work', from: 'develop', files });
    const open = await scene.control.createPull(repository, {
      ...{ title: 'work', head: 'work', base: 'develop', as: 'bob' },
    });
    const { approve, handle, awaited, result } = await scene.begin(repository);
    await awaited();
    assert.equal(scene.tipOf(repository, 'develop'), before);
    assert.match(await refusal(approve('eve')), /asked for this reset/);
    await approve('ann');
    assert.match(await refusal(approve('ann')), /has approved already/);
    const forged = { actor: 'cid', reason: 'x', ticket: 'none.such' };
    const key = planKey((await awaited()).plan ?? assert.fail());
    const claim = handle.executeUpdate(updateNames.approve, {
      args: [{ ...forged, planKey: key }],
    });
    assert.match(await refusal(claim), /does not count/);
    await approve('bob');
    const { outcome, backup } = await result();
    assert.equal(outcome, 'reset');
    assert.equal(scene.tipOf(repository, 'develop'), scene.tipOf(repository, 'main'));
    assert.equal(scene.control.readRef(repository, backup ?? ''), before);
    const issues = [...scene.control.repository(repository).items.values()];
    const issue = issues.find(({ title }) => title === 'develop is reset to main');
    assert.match(issue?.body ?? '', /^@ann, @bob, @lead: /);
    assert.equal(issue?.state, 'closed');
    const { items } = scene.github.codeHost;
    assert.equal((await items.listComments(repository, open.number)).length, 1);

    const back = await scene.begin(repository, { toRef: backup ?? '' });
    assert.equal((await back.result()).outcome, 'reset');
    assert.equal(scene.tipOf(repository, 'develop'), before);
  });

  it('retargets pull requests where the policy says so', async () => {
    const repository = await scene.repository({ pulls: 'retarget' });
    const files = { 'd.txt': 'd\n' };
    await scene.control.commit(repository, { branch: 'work', from: 'develop', files });
    const { number } = await scene.control.createPull(repository, {
      ...{ title: 'work', head: 'work', base: 'develop', as: 'bob' },
    });
    const { approve, result } = await scene.begin(repository);
    await approve('ann');
    assert.equal((await result()).outcome, 'reset');
    const pull = await scene.github.codeHost.pulls.readPull(repository, number);
    assert.equal(pull?.base.ref, 'main');
  });

  it('plans anew when either tip moves, and no approval of the old plan counts', async () => {
    for (const moved of ['develop', 'main']) {
      const repository = await scene.repository();
      const { approve, awaited, is, result } = await scene.begin(repository);
      const { plan } = await awaited();
      const files = { 'late.txt': 'late\n' };
      const late = await scene.control.commit(repository, { branch: moved, files });
      await approve('ann');
      const again = await is((view) => view.moved === 1 && view.phase === 'AwaitingApproval');
      assert.deepEqual(again.approvals, []);
      assert.ok([again.plan?.before, again.plan?.after].includes(late));
      const stale = approve('bob', planKey(plan ?? assert.fail()));
      assert.match(await refusal(stale), /moved since this plan was seen/);
      await approve('bob');
      const { outcome, backup } = await result();
      assert.equal(outcome, 'reset');
      assert.equal(scene.control.readRef(repository, backup ?? ''), again.plan?.before);
      const issues = [...scene.control.repository(repository).items.values()];
      assert.equal(issues.length, 1);
    }
  });

  it('does nothing when somebody refuses, or the branch is another than the policy’s', async () => {
    const repository = await scene.repository();
    const before = scene.tipOf(repository, 'develop');
    const { handle, awaited, result } = await scene.begin(repository);
    await awaited();
    const command = { actor: 'bob', reason: 'not now' };
    await handle.executeUpdate(updateNames.reject, { args: [command] });
    assert.deepEqual(await result().then(({ outcome, reason }) => [outcome, reason]), [
      'rejected',
      'bob: not now',
    ]);
    const other = await scene.begin(repository, { branch: 'main' });
    assert.match((await other.result()).reason, /lets develop be reset, and no other/);
    assert.equal(scene.tipOf(repository, 'develop'), before);
  });

  it('says what protection refuses, and leaves everything as it was', async () => {
    const repository = await scene.repository();
    scene.control.protect(repository, 'develop', { enforceAdmins: true });
    const before = scene.tipOf(repository, 'develop');
    const { approve, result } = await scene.begin(repository);
    await approve('ann');
    const { outcome, reason } = await result();
    assert.equal(outcome, 'refused', reason);
    assert.equal(scene.tipOf(repository, 'develop'), before);
    const refs = await scene.github.codeHost.refs.listRefs(repository, 'refs/backup/');
    assert.deepEqual(refs, []);
  });
});
