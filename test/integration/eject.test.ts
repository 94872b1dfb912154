/** Giving a target back, on a real Temporal server: planned, carried out, in the way of nobody who goes back. */
import assert from 'node:assert/strict';
import { Failure } from '../../src/domain/failures.js';
import { targetWorkflowId } from '../../src/domain/names.js';
import { updateNames } from '../../src/domain/wire-names.js';
import type { HandBack } from '../../src/ports/hand-back.js';
import { aRequest, aRevision } from '../support/builders.js';
import { by, refusal, until } from '../support/operator.js';
import { type Scene, type Site, startScene } from '../support/rollout-driver.js';

describe('eject', () => {
  let scene: Scene;
  const acts: string[] = [];
  /** What the next act throws; null lets it happen. */
  let trouble: Failure | null = null;

  before(async () => {
    scene = await startScene();
    const handBack: HandBack = {
      planHandBack: async ({ stable }) => [`Deployment gets ${stable.version}`],
      async handBack({ stable, intent }) {
        if (trouble) throw trouble;
        acts.push(`${stable.version} by ${intent.fence.rollout}`);
      },
    };
    Object.assign(scene.engine.platform, { handBack });
  });
  beforeEach(() => {
    acts.length = 0;
    trouble = null;
  });
  after(() => scene.stop());

  const eject = (site: Site, dryRun = false) =>
    scene.operator.tell<{ steps: string[] }>(targetWorkflowId(site.target), updateNames.eject, {
      ...by,
      dryRun,
    });
  const execution = (site: Site) =>
    scene.engine.client.workflow.getHandle(targetWorkflowId(site.target)).describe();

  it('shows its steps and does nothing in a dry run', async () => {
    const site = await scene.installed();
    assert.deepEqual((await eject(site, true)).steps, ['Deployment gets 1.0.0']);
    assert.deepEqual(acts, []);
    assert.equal((await execution(site)).status.name, 'RUNNING');
    const { commands, handingBack } = await scene.operator.targetIs(site.target, () => true);
    assert.ok(commands.includes('eject'));
    assert.equal(handingBack, null);
  });

  it('ends the target, which the next release begins anew', async () => {
    const site = await scene.installed();
    await eject(site);
    await until(
      'the target ends',
      () => execution(site),
      ({ status }) => status.name === 'COMPLETED',
    );
    assert.deepEqual(acts, ['1.0.0 by 1']);
    const events = await scene.engine.ports.ledger.read({
      subject: targetWorkflowId(site.target),
      limit: 50,
    });
    const kinds = events.map(({ kind }) => kind);
    assert.ok(kinds.includes('targetHandedBack'), kinds.join());
    const again = await scene.roll(site, {}, '1.2.0');
    assert.equal(again.outcome, 'promoted', again.reason);
  });

  it('is refused while a rollout runs, and where nothing is ours', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, { strategy: { ...aRequest('1.1.0').strategy } });
    await scene.operator.rolloutIs(id, () => true);
    assert.match(await refusal(eject(site)), /of 1.1.0 is not over/);
    await scene.operator.tell(id, updateNames.abort);
  });

  it('says what stopped it, keeps nobody out, and can be asked for again', async () => {
    const site = await scene.installed();
    trouble = new Failure('Forbidden', 'may not patch deployments');
    await eject(site);
    const seen = await scene.operator.targetIs(
      site.target,
      ({ handingBack }) => handingBack?.trouble != null,
    );
    assert.match(seen.handingBack?.trouble ?? '', /may not patch/);
    trouble = null;
    await eject(site);
    await until(
      'the target ends',
      () => execution(site),
      ({ status }) => status.name === 'COMPLETED',
    );
  });

  it('gives way at once to somebody who goes back', async () => {
    const site = await scene.installed();
    const rolled = await scene.roll(site);
    assert.equal(rolled.outcome, 'promoted', rolled.reason);
    await scene.operator.targetIs(site.target, ({ current }) => current === null);
    trouble = new Failure('NotReady', 'own pods are not there yet');
    await eject(site);
    await scene.operator.targetIs(site.target, ({ handingBack }) => handingBack !== null);
    assert.match(await refusal(scene.begin(site, {}, '1.3.0')), /being given back by ann/);
    const back = await scene.operator.tell<{ rolloutId: string }>(
      targetWorkflowId(site.target),
      updateNames.rollBack,
      { ...by, version: null },
    );
    const startedAtMs = Date.now();
    const result = await scene.operator.rolloutResult(back.rolloutId);
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.ok(Date.now() - startedAtMs < 5000);
    const { stable, handingBack } = await scene.operator.targetIs(
      site.target,
      ({ current }) => current === null,
    );
    assert.equal(stable?.digest, aRevision('1.0.0').digest);
    assert.match(handingBack?.trouble ?? '', /rollback/);
  });
});
