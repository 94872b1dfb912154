/** `sluice workers` on a real Temporal server: what somebody types at an upgrade, and what it says. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { targetWorkflowId } from '../../src/domain/names.js';
import type { DeploymentReading } from '../../src/domain/workers/deployment.js';
import { openHistories, replayHistories } from '../../src/workers/check-histories.js';
import { aCanary, aRequest } from '../support/builders.js';
import { bundleOnce, type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, type Operator, until } from '../support/operator.js';

const deploymentName = 'sluice';
const target = { service: 'checkout', environment: 'production' };

describe('sluice workers', function () {
  this.timeout(120_000);
  let engine: EngineUnderTest;
  let operator: Operator;
  const fleets: { stop(): Promise<void> }[] = [];

  before(async () => {
    engine = await startEngine();
    operator = createOperator(engine);
    await operator.installed(target);
  });
  after(async () => {
    await Promise.all(fleets.map((fleet) => fleet.stop()));
    await engine.stop();
  });

  const sluice = (...words: readonly string[]) => {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const env = { ...process.env, TEMPORAL_ADDRESS: engine.environment.address };
    const argv = ['--import', 'tsx', main, 'workers', ...words, '--json'];
    return new Promise<{ readonly code: number; readonly answer: Record<string, unknown> }>(
      (resolve, reject) => {
        const child = execFile(process.execPath, argv, { env }, (_error, out, told) => {
          if (out === '') return reject(new Error(told));
          resolve({ code: child.exitCode ?? -1, answer: JSON.parse(out) as never });
        });
      },
    );
  };
  const start = async (buildId: string, only?: readonly string[]) => {
    const version = { deploymentName, buildId };
    fleets.push(await engine.startFleet({ version, ...(only && { only }) }));
    const polled = only === undefined ? 4 : 2;
    await until(
      `${buildId} polls`,
      async () => (await read())?.versions.find((each) => each.buildId === buildId),
      (seen) => seen?.polled.length === polled,
    );
  };
  const read = async (): Promise<DeploymentReading | null> =>
    (await engine.ports.workerFleet?.read(deploymentName)) ?? null;
  const by = ['--actor', 'ann', '--reason', 'an upgrade'];

  it('leads from workers without a version to the first that has one', async () => {
    await start('first');
    const asked = ['rollout', '--build', 'first', '--hold', '1s', ...by];
    const plan = await sluice(...asked, '--dry-run');
    assert.deepEqual(plan.answer, {
      ...{ deploymentName, buildId: 'first', from: null, steps: [10, 50, 100], holdMs: 1_000 },
      outcome: 'dryRun',
    });
    assert.equal((await read())?.current, null);
    const { answer, code } = await sluice(...asked, '--wait');
    assert.equal(answer.outcome, 'rolledOut', JSON.stringify(answer));
    assert.equal(code, 0);
    await engine.stopWorkers();
    const status = await sluice('status');
    assert.equal(status.answer.current, 'first');
  });

  it('checks what is open against a build before that is deployed', async () => {
    const { rolloutId } = await operator.ask(
      target,
      aRequest('1.1.0', { strategy: aCanary([50], 60_000) }),
    );
    await operator.rolling(target, 2, 50);
    const seen: string[] = [];
    await until(
      'the list knows who is pinned',
      async () => {
        seen.length = 0;
        for await (const { workflowId } of openHistories(engine.client)) seen.push(workflowId);
        return seen;
      },
      (ids) => !ids.includes(rolloutId),
    );
    assert.deepEqual(seen, [targetWorkflowId(target)]);
    const { answer, code } = await sluice('check');
    assert.deepEqual([answer, code], [{ replayed: 1, faults: [] }, 0]);

    const planted = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../support/planted-upgrade.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
    const check = (bundle: WorkflowBundle) =>
      replayHistories(bundle, {}, openHistories(engine.client));
    assert.deepEqual((await check(await bundleOnce())).faults, []);
    const { faults } = await check(planted);
    assert.deepEqual(
      faults.map(({ workflowId }) => workflowId),
      [targetWorkflowId(target)],
    );
    assert.ok((faults[0]?.eventId ?? 0) > 0, faults[0]?.message);
  });

  it('refuses a build that nobody runs, or that lacks a queue', async () => {
    const unknown = await sluice('rollout', '--build', 'nobody', ...by);
    assert.deepEqual([unknown.answer.code, unknown.code], ['NotFound', 1]);
    await start('lame', ['workflows']);
    const lame = await sluice('rollout', '--build', 'lame', ...by);
    assert.deepEqual([lame.answer.code, lame.code], ['NotReady', 1]);
    assert.match(String(lame.answer.seen), /actuate-local \(activities\), watch \(activities\)/);
  });

  it('leads back at once, and the gate ends', async () => {
    await start('second');
    const rollout = ['rollout', '--build', 'second', '--hold', '5m', ...by];
    assert.equal((await sluice(...rollout)).answer.outcome, 'started');
    await until('it ramps', read, (seen) => seen?.ramping?.percentage === 10);
    assert.equal((await sluice(...rollout)).answer.code, 'CommandRejected');
    const { answer } = await sluice('rollback', '--actor', 'bob', '--reason', 'too early');
    const led = { deploymentName, buildId: 'second', to: 'first', done: true };
    assert.deepEqual(answer, { ...led, rescued: [], troubles: [] });
    const after = await read();
    assert.deepEqual([after?.current, after?.ramping], ['first', null]);
    const gate = (await operator.handle('workers:sluice').result()) as { readonly reason: string };
    assert.equal(gate.reason, 'it was called off');
    const onRecord = await until(
      'it is on record',
      () => engine.ports.ledger.read({ subject: 'workers:sluice', limit: 50 }),
      (events) => events.some(({ reason }) => reason === 'too early'),
    );
    assert.deepEqual(onRecord.find(({ reason }) => reason === 'too early')?.data, {
      ...{ buildId: 'second', from: 'first', actor: 'bob' },
      ...{ because: 'by hand', rescued: [] },
    });
  });
});
