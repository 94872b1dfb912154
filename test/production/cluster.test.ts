/** A production as large installations have it: who may do what at Temporal, workers that are replaced, cuts of the network, kill -9 of everything. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { linkNames, openProduction, type Production } from '../cluster/production.js';
import type { BusyShop } from '../support/busy-shop.js';
import { openShop } from '../support/busy-shop.js';
import { describeKills, patienceMs } from '../support/kill-suite.js';
import { crashRuns, crashSeed } from '../support/lost-results.js';
import { failedWorkflowTasks } from '../support/workflow-tasks.js';

const seed = crashSeed();
const cutForMs = 30_000;
/** One of them per change, by the seed. */
const cut = process.env.SLUICE_TEST_FULL
  ? linkNames
  : linkNames.slice(seed % linkNames.length).slice(0, 1);
let production: Production;

describeKills('a production', {
  kills: crashRuns({ change: 10, full: 200 }),
  seed,
  open: (seedOfShop, withinMs) =>
    openShop(seedOfShop, withinMs, async (stack, tap) => {
      production = await openProduction(stack, tap, cut);
      return production;
    }),
  beforehand: (shop) => {
    describeAccess();
    it('replaces its workers one by one: no workflow task fails, and no command is lost', () =>
      replaceWorkers(shop()));
    for (const name of cut) {
      it(`lives with ${cutForMs / 1000} s without a network between ${name}`, () =>
        cutOff(shop(), name));
    }
  },
});

function describeAccess(): void {
  const connected: Connection[] = [];
  const as = async (name: string, permissions: readonly string[]) => {
    const { cluster } = production;
    // As a worker does, nothing is asked before the first call.
    const connection = Connection.lazy(await cluster.connectionOf({ name, permissions }));
    connected.push(connection);
    return connection;
  };
  const denied = { code: 7 };
  after(() => Promise.all(connected.map((each) => each.close())));

  it('Temporal refuses who has no token', async () => {
    const stranger = await as('stranger', []);
    const { namespace } = production;
    await assert.rejects(stranger.workflowService.describeNamespace({ namespace }), denied);
  });

  it('a token for reading starts nothing', async () => {
    const { namespace } = production;
    const reader = await as('reader', [`${namespace}:read`]);
    await reader.workflowService.describeNamespace({ namespace });
    const client = new Client({ connection: reader, namespace });
    const start = client.workflow.start('promoteRelease', {
      ...{ taskQueue: 'workflows', workflowId: 'not-to-be', args: [] },
    });
    await assert.rejects(start, (error: Error) => {
      assert.match(String(error.cause), /PERMISSION_DENIED|unauthorized/i);
      return true;
    });
  });

  it("a worker's token administrates nothing", async () => {
    const { namespace } = production;
    const { workflowService, operatorService } = await as('worker', [`${namespace}:write`]);
    await workflowService.describeNamespace({ namespace });
    const calls = [
      workflowService.registerNamespace({ namespace: 'another' }),
      workflowService.describeNamespace({ namespace: 'temporal-system' }),
      operatorService.deleteNamespace({ namespace }),
      operatorService.addSearchAttributes({ namespace, searchAttributes: { Another: 2 } }),
    ];
    await Promise.all(calls.map((call) => assert.rejects(call, denied)));
  });
}

async function replaceWorkers(shop: BusyShop): Promise<void> {
  const ending = new AbortController();
  const triggering = shop.keepTriggering(ending.signal);
  for (const name of ['worker1', 'worker2', 'worker3']) {
    await sleep(2000);
    assert.equal(await shop.parts[name]?.stop(), 0, `${name} did not end by itself`);
    await shop.parts[name]?.start();
  }
  await sleep(2000);
  ending.abort();
  await triggering;
  await shop.allOver(patienceMs);
  assert.deepEqual(shop.desk.faults, []);
  assert.equal(shop.desk.accepted.size, shop.releases.size);
  assert.deepEqual(await failedWorkflowTasks(shop.client), []);
}

async function cutOff(shop: BusyShop, name: string): Promise<void> {
  // Replicas of the API speak with the ledger when somebody reads it, one after the other behind their balancer.
  const read = () => Promise.all(['api1', 'api2'].map(() => shop.readAudit()));
  assert.deepEqual(await read(), [200, 200]);
  const link = production.links.get(name);
  assert.ok(link !== undefined && link.count() > 0, `${name}: nothing was ever connected`);
  const ending = new AbortController();
  const triggering = shop.keepTriggering(ending.signal);
  await sleep(1000);
  link.cut();
  await sleep(cutForMs);
  link.mend();
  ending.abort();
  await triggering;
  await shop.allOver(patienceMs);
  assert.deepEqual(await read(), [200, 200]);
}
