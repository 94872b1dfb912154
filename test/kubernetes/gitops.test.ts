/** Whole releases by commit: synced and healthy at that commit promotes, unhealthy goes back by another commit. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Revision } from '../../src/domain/rollout/revision.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import { abortUpdate } from '../../src/workflows/rollout-messages.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { type GitopsRollouts, startGitopsRollouts } from '../support/gitops-rollouts.js';
import { within } from '../support/kubernetes.js';
import { checkoutRevision } from '../support/platform-under-test.js';

const revisionOf = (version: string): Revision => {
  const { name: _, ...revision } = checkoutRevision(version);
  return revision;
};

for (const kind of ['argo-cd', 'flux'] as const) {
  describeOnBed(`releases by commit, followed by ${kind}`, function () {
    this.timeout(120_000);
    let scene: GitopsRollouts;
    before(async () => {
      scene = await startGitopsRollouts(kind);
    });
    afterEach(() => {
      scene.follower.paused = false;
    });
    after(() => scene?.stop());

    const splitNow = async () => (await scene.platform.router.readSplit(scene.target)).split;
    /** First lines that the branch got while something was done. */
    async function commitsOf(act: () => Promise<void>): Promise<readonly string[]> {
      const before = (await scene.repository.subjects()).length;
      await act();
      return (await scene.repository.subjects()).slice(before);
    }

    it('take over what the branch names already', async () => {
      const commits = await commitsOf(async () => {
        const result = await scene.finish(await scene.begin(revisionOf('1.0.0')));
        assert.equal(result.outcome, 'promoted', result.reason);
      });
      assert.deepEqual(commits, [
        'Release checkout 1.0.0 to production',
        'Promote checkout 1.0.0 in production',
      ]);
      assert.equal(
        (await scene.repository.git('diff', '--name-only', 'main~2', 'main')).trim(),
        '',
        'the files were right as they were',
      );
    });

    it('promote what is synced and healthy at the commit, though others push meanwhile', async () => {
      const commits = await commitsOf(async () => {
        const id = await scene.begin(revisionOf('1.1.0'));
        await within('the commit is there', 20_000, async () =>
          (await scene.repository.subjects()).includes('Release checkout 1.1.0 to production'),
        );
        await scene.repository.pushAs('bob', { 'README.md': `by bob, ${kind}` });
        const result = await scene.finish(id);
        assert.equal(result.outcome, 'promoted', result.reason);
      });
      assert.deepEqual(commits, [
        'Release checkout 1.1.0 to production',
        'Change by bob',
        'Promote checkout 1.1.0 in production',
      ]);
      const { version, digest } = revisionOf('1.1.0');
      assert.equal(await scene.image(), `sluice.test/checkout:${version}@${digest}`);
      assert.deepEqual(await splitNow(), stableOnly(checkoutRevision('1.1.0').name));
      const [status, ...others] = await scene.platform.workload.readRevisions(scene.target);
      assert.equal(others.length, 0);
      assert.deepEqual(
        status?.instances.map(({ state }) => state),
        ['ready', 'ready'],
      );
    });

    it('put back what somebody else wrote over it', async () => {
      const path = 'apps/checkout/production/kustomization.yaml';
      const wanted = await scene.repository.read(path);
      const old = revisionOf('1.0.0');
      const foreign = wanted
        .replace('1.1.0', old.version)
        .replace(revisionOf('1.1.0').digest, old.digest);
      await scene.repository.pushAs('carol', { [path]: foreign });
      await within('1.0.0 runs', 20_000, async () => (await splitNow()).candidate !== null);
      const command = { actor: 'sluice', reason: 'drift', target: scene.target };
      await scene.engine.ports.orchestrator.repairTarget(scene.target, 'prod-git', command);
      await within('1.1.0 runs again', 30_000, async () => (await splitNow()).candidate === null);
      assert.equal(await scene.repository.read(path), wanted);
      assert.ok((await scene.image()).includes(':1.1.0@'));
    });

    it('go back by a commit when the follower says that it is unhealthy', async () => {
      const digest = scene.bed.images.publish(`1.9.0-${kind}`, { crashAfterMs: 1 });
      const commits = await commitsOf(async () => {
        const result = await scene.finish(await scene.begin({ version: `1.9.0-${kind}`, digest }));
        assert.equal(result.outcome, 'rolledBack', result.reason);
        const name = kind === 'flux' ? 'Kustomization' : 'Application';
        assert.match(result.reason ?? '', new RegExp(`${name} .*failed .* of its health probes`));
      });
      assert.deepEqual(commits, [
        `Release checkout 1.9.0-${kind} to production`,
        'Take checkout in production back to 1.1.0',
      ]);
      const reverted = await scene.repository.git('diff', '--name-only', 'main~2', 'main');
      assert.equal(reverted.trim(), '', 'the branch is as it was before');
      const stable = revisionOf('1.1.0');
      assert.equal(await scene.image(), `sluice.test/checkout:1.1.0@${stable.digest}`);
      assert.deepEqual(await splitNow(), stableOnly(checkoutRevision('1.1.0').name));
    });

    it('commit the way back to a follower that is paused, and say so only when it has come there', async () => {
      const id = await scene.begin(revisionOf('1.2.0'));
      await within('1.2.0 is applied', 20_000, async () =>
        (await scene.image()).includes(':1.2.0@'),
      );
      scene.follower.paused = true;
      const handle = scene.engine.client.workflow.getHandle(id);
      const abort = { actor: 'ann', reason: 'the numbers look wrong' };
      const abortedAtMs = Date.now();
      await handle.executeUpdate(abortUpdate, { args: [abort] });
      await within(
        'the way back is committed',
        5_000,
        async () =>
          (await scene.repository.subjects())
            .at(-1)
            ?.startsWith('Take checkout in production back') === true,
      );
      console.log(`      committed ${Date.now() - abortedAtMs} ms after the command`);
      // The follower may not have told yet what it applied before it was paused.
      const { name } = checkoutRevision('1.2.0');
      await within('1.2.0 is shown', 5_000, async () => (await splitNow()).candidate === name);
      await sleep(1_000);
      assert.equal((await splitNow()).candidate, name);
      assert.equal((await handle.describe()).status.name, 'RUNNING');
      scene.follower.paused = false;
      const result = await scene.finish(id);
      assert.equal(result.outcome, 'aborted', result.reason);
      assert.ok((await scene.image()).includes(':1.1.0@'));
    });
  });
}
