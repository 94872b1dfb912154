/** Versions of the workers side by side: what an upgrade takes along, what ends as it began, and how an installation gets there. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import {
  startWorkerRollout,
  workerRolloutResult,
} from '../../src/adapters/temporal/worker-rollouts.js';
import { targetWorkflowId } from '../../src/domain/names.js';
import { workersWorkflowId } from '../../src/domain/workers/rollout.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRequest } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, type Operator, until } from '../support/operator.js';
import { failedWorkflowTasks } from '../support/workflow-tasks.js';

const deploymentName = 'sluice';
const slow = aCanary([50], 120_000);

describe('versions of the workers', function () {
  this.timeout(120_000);
  let engine: EngineUnderTest;
  let operator: Operator;
  const fleets: { stop(): Promise<void> }[] = [];

  before(async () => {
    engine = await startEngine();
    operator = createOperator(engine);
  });
  after(async () => {
    await Promise.all(fleets.map((fleet) => fleet.stop()));
    await engine.stop();
  });

  const makeCurrent = async (buildId: string) => {
    fleets.push(await engine.startFleet({ version: { deploymentName, buildId } }));
    const set = () =>
      engine.client.workflowService.setWorkerDeploymentCurrentVersion({
        ...{ namespace: 'default', deploymentName, buildId, identity: 'a test' },
      });
    await until(`${buildId} is current`, set, Boolean);
  };
  const buildOf = async (workflowId: string) => {
    const { raw } = await operator.handle(workflowId).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? null;
  };
  const lock = async (workflowId: string) => {
    const command = { actor: 'bob', reason: 'a test', expiresAtMs: null };
    await operator.tell(workflowId, updateNames.lock, command);
    await operator.tell(workflowId, updateNames.unlock);
  };

  it('take over from workers without one, in the middle of a rollout', async () => {
    const target = { service: operator.freshService(), environment: 'production' };
    const id = targetWorkflowId(target);
    await operator.installed(target);
    const { rolloutId } = await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
    await operator.rolling(target, 2, 50);
    assert.deepEqual([await buildOf(id), await buildOf(rolloutId)], [null, null]);
    await makeCurrent('first');
    await engine.stopWorkers();
    await lock(id);
    await operator.tell(rolloutId, updateNames.abort);
    assert.equal((await operator.rolloutResult(rolloutId)).outcome, 'aborted');
    assert.deepEqual([await buildOf(id), await buildOf(rolloutId)], ['first', 'first']);
  });

  it('take the target along, and leave a rollout to end with the version it began with', async () => {
    const target = { service: operator.freshService(), environment: 'production' };
    const id = targetWorkflowId(target);
    await operator.installed(target);
    const before = await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
    await operator.rolling(target, 2, 50);
    await makeCurrent('second');
    const isAlong = async () => {
      await lock(id);
      return buildOf(id);
    };
    await until('the target goes along', isAlong, (build) => build === 'second');
    assert.equal(await buildOf(before.rolloutId), 'first');
    await operator.tell(before.rolloutId, updateNames.abort);
    assert.equal((await operator.rolloutResult(before.rolloutId)).outcome, 'aborted');
    assert.equal(await buildOf(before.rolloutId), 'first');
    const after = await operator.ask(target, aRequest('1.2.0'));
    assert.equal((await operator.rolloutResult(after.rolloutId)).outcome, 'promoted');
    assert.equal(await buildOf(after.rolloutId), 'second');
    assert.deepEqual(await failedWorkflowTasks(engine.client), []);
  });

  const rollOut = async (from: string, buildId: string, steps = [10, 50, 100]) => {
    const input = { deploymentName, buildId, from, steps, holdMs: 4_000 };
    await startWorkerRollout(engine.client, { ...input, actor: 'ann', reason: 'a test' });
    return workerRolloutResult(engine.client, deploymentName);
  };
  const recorded = async () => {
    const subject = workersWorkflowId(deploymentName);
    const events = await engine.ports.ledger.read({ subject, limit: 100 });
    return events.map(({ kind, data: { buildId, percentage = '' } }) =>
      [kind, buildId, percentage].join(' ').trim(),
    );
  };
  const readFleet = async () => (await engine.ports.workerFleet?.read(deploymentName)) ?? null;

  const startPlanted = async (buildId: string, workflows: URL) => {
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(workflows),
      logger: new DefaultLogger('ERROR'),
    });
    fleets.push(await engine.startFleet({ version: { deploymentName, buildId }, workflowBundle }));
    await until('it is known', readFleet, (seen) => seen?.versions[0]?.polled.length === 4);
  };

  it('are rolled out in steps, by a workflow that stays with the version before', async () => {
    fleets.push(await engine.startFleet({ version: { deploymentName, buildId: 'third' } }));
    await until('it is known', readFleet, (seen) => seen?.versions[0]?.polled.length === 4);
    const { outcome, reason } = await rollOut('second', 'third');
    assert.equal(outcome, 'rolledOut', reason);
    const after = await readFleet();
    assert.deepEqual([after?.current, after?.ramping], ['third', null]);
    assert.equal(await buildOf(workersWorkflowId(deploymentName)), 'second');
    assert.deepEqual(await recorded(), [
      ...[10, 50, 100].map((share) => `workersRamped third ${share}`),
      'workersRolledOut third',
    ]);
  });

  it('are led back at the first task that one fails, and what was stuck goes on', async () => {
    const environments = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const service = operator.freshService();
    await operator.installedIn(service, environments);
    const targets = environments.map((environment) => targetWorkflowId({ service, environment }));
    await startPlanted('planted', new URL('../support/planted-upgrade.ts', import.meta.url));
    const rollingOut = rollOut('third', 'planted');
    let isOver = false;
    void rollingOut.finally(() => {
      isOver = true;
    });
    const keepLocking = async (target: string) => {
      while (!isOver) await lock(target);
    };
    const locking = Promise.all(targets.map(keepLocking));
    const { outcome, reason, problems } = await rollingOut;
    assert.equal(outcome, 'rolledBack');
    assert.match(reason, /^target:\S+ failed at event \d+: NON_DETERMINISTIC_ERROR, /);
    assert.ok(problems.every(({ workflowType }) => workflowType === 'ownTarget'));
    const after = await readFleet();
    assert.deepEqual([after?.current, after?.ramping], ['third', null]);
    // No command is lost: those that met the version that fails are answered by the one before.
    await locking;
    for (const target of targets) {
      await lock(target);
      assert.equal(await buildOf(target), 'third');
    }
    assert.equal((await recorded()).at(-1), 'workersLedBack planted');
  });

  it('give back a rollout that stays with one that fails it, and it ends as it should', async () => {
    const target = { service: operator.freshService(), environment: 'production' };
    await operator.installed(target);
    await startPlanted('pinned', new URL('../support/failing-rollouts.ts', import.meta.url));
    const rollingOut = rollOut('third', 'pinned', [100]);
    await until('all is led there', readFleet, (seen) => seen?.current === 'pinned');
    const { rolloutId } = await operator.ask(target, aRequest('1.1.0'));
    const { outcome, problems } = await rollingOut;
    assert.equal(outcome, 'rolledBack');
    assert.deepEqual(
      problems.map(({ workflowId, isPinned, message }) => [workflowId, isPinned, message]),
      [[rolloutId, true, 'planted']],
    );
    assert.equal((await operator.rolloutResult(rolloutId)).outcome, 'promoted');
    assert.equal(await buildOf(rolloutId), 'third');
  });
});
