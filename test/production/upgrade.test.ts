/** An upgrade of a production under load: two versions of the workers side by side, no workflow task fails, no command is lost. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorkerFleet } from '../../src/adapters/temporal/worker-fleet.js';
import {
  startWorkerRollout,
  workerRolloutResult,
} from '../../src/adapters/temporal/worker-rollouts.js';
import { missingQueues } from '../../src/domain/workers/deployment.js';
import { workersWorkflowId } from '../../src/domain/workers/rollout.js';
import { openProduction, type Production } from '../cluster/production.js';
import { type BusyShop, openShop } from '../support/busy-shop.js';
import { patienceMs } from '../support/kill-suite.js';
import { eventually } from '../support/local-stack.js';
import { crashSeed } from '../support/lost-results.js';
import { failedWorkflowTasks } from '../support/workflow-tasks.js';

const deploymentName = 'sluice';
const builds = { deploymentName, from: 'before', to: 'after' };
const holdMs = 10_000;

describe('an upgrade of a production under load', function () {
  this.timeout(3 * patienceMs);
  this.retries(0);
  let production: Production;
  let shop: BusyShop;

  before(async () => {
    shop = await openShop(crashSeed(), patienceMs, async (stack, tap) => {
      production = await openProduction(stack, tap, [], builds);
      return production;
    });
  });
  after(async () => await shop?.stop());

  it('fails no workflow task and loses no command', async () => {
    const { client, desk, releases } = shop;
    const fleet = createWorkerFleet(client, Date.now);
    const read = async () => {
      const reading = await fleet.read(deploymentName);
      assert.ok(reading !== null);
      return reading;
    };
    const ending = new AbortController();
    const triggering = shop.keepTriggering(ending.signal);
    await sleep(2_000);
    await Promise.all(production.upgraded.map((each) => each.start()));
    const isReady = async () => missingQueues(await read(), builds.to).length === 0;
    await eventually('the new workers poll', isReady, 30_000);
    const asked = { steps: [10, 50, 100], holdMs, actor: 'ann', reason: 'an upgrade' };
    await startWorkerRollout(client, {
      deploymentName,
      from: builds.from,
      buildId: builds.to,
      ...asked,
    });
    const { outcome, reason } = await workerRolloutResult(client, deploymentName);
    assert.equal(outcome, 'rolledOut', reason);
    const openOf = async (buildId: string) =>
      (await read()).versions.find((each) => each.buildId === buildId)?.openWorkflows;
    const isDrained = async () => (await openOf(builds.from)) === 0;
    await eventually('the old version has nothing open', isDrained, patienceMs);
    for (const name of ['worker1', 'worker2', 'worker3'])
      assert.equal(await shop.parts[name]?.stop(), 0, `${name} did not end by itself`);
    const during = releases.size;
    await eventually('the new version releases alone', () => releases.size > during, patienceMs);
    ending.abort();
    await triggering;
    await shop.allOver(patienceMs);

    assert.deepEqual(desk.faults, []);
    assert.equal(desk.accepted.size, releases.size);
    for (const [{ service, version, isBad }, stream] of releases) {
      const { outcome: ended = null, reason: why = null } = stream.last()?.view ?? {};
      const expected = [isBad ? 'rolledBack' : 'promoted', 'superseded'];
      assert.ok(expected.includes(String(ended)), `${service}@${version}: ${ended}, ${why}`);
    }
    assert.deepEqual(await failedWorkflowTasks(client), []);
    const steps = await shop.ledger.read({
      ...{ subject: workersWorkflowId(deploymentName), limit: 10 },
    });
    assert.deepEqual(
      steps.map(({ kind, data }) => [kind, data.percentage ?? null]),
      [...[10, 50, 100].map((share) => ['workersRamped', share]), ['workersRolledOut', null]],
    );
  });
});
