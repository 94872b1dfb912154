/** The reconciler on a real Temporal server: its schedule, and everything that nobody else would mend. */
import assert from 'node:assert/strict';
import type { ScheduleHandle } from '@temporalio/client';
import type { Reconciliation } from '../../src/activities/reconcile-activities.js';
import { type TargetKey, targetPath, targetWorkflowId } from '../../src/domain/names.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import { reconcileScheduleId, updateNames } from '../../src/domain/wire-names.js';
import { createMemoryLedger } from '../../src/adapters/memory/ledger.js';
import { ensureReconcileSchedule } from '../../src/workers/reconcile-schedule.js';
import { ledgerEvent } from '../contract/ledger.contract.js';
import { aCanary, aRelease, anEnvironment, aRequest, aRevision } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, type Operator, until } from '../support/operator.js';

describe('reconciler', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: Operator;
  let schedule: ScheduleHandle;

  before(async () => {
    engine = await startEngine();
    operator = createOperator(engine);
    await Promise.all([1, 2, 3].map(() => ensureReconcileSchedule(engine.client)));
    schedule = engine.client.schedule.getHandle(reconcileScheduleId);
  });
  after(() => engine.stop());

  const fresh = async (): Promise<TargetKey> => {
    const target = { service: operator.freshService(), environment: 'production' };
    await operator.installed(target);
    return target;
  };
  const v = (version: string) => revisionName(aRevision(version));
  const stable = stableOnly(v('1.0.0'));
  const splitIs = (target: TargetKey, weight: number) =>
    until(
      'the split',
      () => operator.splitOf(target),
      (split) => split.weight === weight,
    );

  /** One pass by `trigger`, as an operator would start it, and what it said. */
  const pass = async (): Promise<Reconciliation> => {
    const info = async () => (await schedule.describe()).info;
    const { numActionsTaken: before } = await info();
    await schedule.trigger();
    const taken = await until('a pass', info, ({ numActionsTaken }) => numActionsTaken > before);
    const workflowId = taken.recentActions.at(-1)?.action.workflow.workflowId ?? '';
    const said = (await operator.handle(workflowId).result()) as Reconciliation;
    // The next pass looks there for what this one saw.
    const query = `WorkflowId = '${workflowId}' AND ExecutionStatus = 'Completed'`;
    const listed = async () => (await engine.client.workflow.count(query)).count;
    await until('it is listed', listed, (count) => count > 0);
    return said;
  };
  const mendedBy = (said: Reconciliation, target: TargetKey): string | undefined =>
    said.repaired.find((entry) => entry.target === targetPath(target))?.reason;

  it('has one schedule, made once, that neither piles up nor catches up for long', async () => {
    const { spec, policies, action, state } = await schedule.describe();
    assert.deepEqual(
      spec.intervals?.map(({ every }) => every),
      [60_000],
    );
    assert.equal(spec.jitter, 5_000);
    assert.equal(policies.overlap, 'SKIP');
    assert.equal(policies.catchupWindow, 600_000);
    assert.equal(action.workflowType, 'reconcileTargets');
    assert.equal(state.paused, false);
    await ensureReconcileSchedule(engine.client);
    const ids = [];
    for await (const { scheduleId } of engine.client.schedule.list()) ids.push(scheduleId);
    assert.deepEqual(ids, [reconcileScheduleId]);
    // From here on every pass is asked for.
    await schedule.pause('tests trigger it');
  });

  it('writes nothing where nothing is wrong, and lets a rollout be', async () => {
    const idle = await fresh();
    const busy = await fresh();
    await operator.ask(busy, aRequest('1.1.0', { strategy: aCanary([50], 10_000) }));
    await operator.rolling(busy, 2, 50);
    const writes = () => [idle, busy].map((key) => engine.platform.world.targetOf(key).writes);
    const before = writes();
    const said = await pass();
    const { ledger, ...found } = said;
    assert.deepEqual(found, { checked: 2, repaired: [], unseen: [] });
    assert.equal(ledger?.lost, null);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(writes(), before);
    assert.equal((await operator.targetView(idle)).repaired, null);
    const { history } = await operator.targetView(idle);
    assert.equal(history.length, 1);
  });

  it('starts a target anew that was terminated, and takes traffic off a candidate that nobody watches', async () => {
    const target = await fresh();
    const { rolloutId } = await operator.ask(
      target,
      aRequest('1.1.0', { strategy: aCanary([50], 10_000) }),
    );
    await operator.rolling(target, 2, 50);
    for (const id of [targetWorkflowId(target), rolloutId])
      await operator.handle(id).terminate('by a test');
    assert.equal((await operator.splitOf(target)).weight, 50);
    assert.match(mendedBy(await pass(), target) ?? '', /its workflow is gone/);
    await splitIs(target, 0);
    assert.deepEqual(await operator.splitOf(target), stable);
    const view = await operator.targetIs(target, ({ repaired }) => repaired !== null);
    assert.match(view.repaired?.reason ?? '', /50 % of the traffic goes to 1\.1\.0/);
  });

  it('turns a rollout back whose release was terminated, and no other', async () => {
    const release = async (): Promise<readonly [TargetKey, string]> => {
      const target = await fresh();
      const plan = anEnvironment('production', { strategy: aCanary([50], 30_000) });
      const id = await operator.release(aRelease(target.service, '1.1.0', [plan]));
      await operator.rolling(target, 2, 50);
      return [target, id];
    };
    const [[orphaned, orphanedId], [kept, keptId]] = [await release(), await release()];
    await operator.handle(orphanedId).terminate('by a test');
    const said = await pass();
    assert.match(mendedBy(said, orphaned) ?? '', /release:svc-\d+:1\.1\.0 was terminated/);
    assert.equal(mendedBy(said, kept), undefined);
    await splitIs(orphaned, 0);
    const { history, stable: back } = await operator.targetIs(orphaned, (seen) => !seen.current);
    assert.equal(back?.version, '1.0.0');
    assert.match(history[0]?.reason ?? '', /nobody answers for rollout 2/);
    assert.equal((await operator.splitOf(kept)).weight, 50);
    assert.equal(mendedBy(await pass(), orphaned), undefined, 'once');
    await operator.tell(keptId, updateNames.abort);
    await operator.releaseEnd(keptId);
  });

  it('brings back a stable revision that the platform has lost', async () => {
    const target = await fresh();
    engine.platform.world.targetOf(target).revisions.delete(v('1.0.0'));
    assert.match(mendedBy(await pass(), target) ?? '', /stable revision 1\.0\.0-\w+ is not there/);
    await until(
      'it runs again',
      () => engine.platform.workload.readRevisions(target),
      ([revision]) => revision?.instances.every(({ state }) => state === 'ready') ?? false,
    );
    const events = async () =>
      (await engine.ports.ledger.read({ subject: targetWorkflowId(target), limit: 10 })).filter(
        ({ kind }) => kind === 'targetRepaired',
      );
    const [event] = await until('it says so', events, ({ length }) => length > 0);
    assert.match(event?.reason ?? '', /is not there/);
  });

  it('undoes a split that somebody set by hand', async () => {
    const target = await fresh();
    await operator.roll(target, aRequest('1.1.0'));
    await operator.targetIs(target, ({ current }) => current === null);
    const world = engine.platform.world.targetOf(target);
    world.split = { ...stableOnly(v('1.1.0')), candidate: v('1.0.0'), weight: 70 };
    assert.match(mendedBy(await pass(), target) ?? '', /70 % of the traffic goes to 1\.0\.0/);
    await splitIs(target, 0);
    world.split = stableOnly(v('1.0.0'));
    assert.match(
      mendedBy(await pass(), target) ?? '',
      /traffic goes to 1\.0\.0-.* instead of 1\.1/,
    );
    await until(
      'it is back',
      () => operator.splitOf(target),
      (s) => s.stable === v('1.1.0'),
    );
    const next = await operator.roll(target, aRequest('1.3.0'));
    assert.equal(next.outcome, 'promoted', 'and rollouts go on after a repair');
  });

  it('brings back a target that the platform has lost altogether', async () => {
    const target = await fresh();
    const world = engine.platform.world.targetOf(target);
    world.revisions.clear();
    Object.assign(world, { split: stableOnly(null), fence: null, writes: 0 });
    assert.equal((await engine.platform.workload.readRevisions(target)).length, 0);
    assert.ok(mendedBy(await pass(), target));
    await until(
      'it serves again',
      () => operator.splitOf(target),
      (s) => s.stable === v('1.0.0'),
    );
  });

  it('says so when the platform is down, and mends with the next pass', async () => {
    const target = await fresh();
    const world = engine.platform.world.targetOf(target);
    world.split = { ...stableOnly(v('1.0.0')), headerRoute: { header: 'x', value: 'y' } };
    engine.platform.world.setDown(true);
    const blind = await pass();
    assert.deepEqual(blind.repaired, []);
    assert.ok(blind.unseen.length > 0 && blind.unseen.every(({ reason }) => /down/.test(reason)));
    engine.platform.world.setDown(false);
    assert.ok(mendedBy(await pass(), target));
    await until(
      'it is mended',
      () => operator.splitOf(target),
      (s) => s.headerRoute === null,
    );
  });

  it('refuses no rollout that was asked for before a repair', async () => {
    const target = await fresh();
    const repair = () =>
      engine.ports.orchestrator.repairTarget(target, 'local', {
        ...{ actor: 'sluice', reason: 'a test says so' },
        target,
      });
    engine.platform.world.setDown(true);
    await repair();
    const receipts = [];
    for (const version of ['1.1.0', '1.3.0'])
      receipts.push(await operator.ask(target, aRequest(version)));
    await repair();
    engine.platform.world.setDown(false);
    for (const { rolloutId } of receipts) {
      const { outcome, reason } = await operator.rolloutResult(rolloutId);
      assert.equal(outcome, 'promoted', reason);
    }
    await until(
      'mended',
      () => operator.splitOf(target),
      ({ stable: s }) => s === v('1.3.0'),
    );
  });

  it('keeps the head of the ledger from pass to pass, and has a loss written into what comes after', async () => {
    await engine.ports.ledger.append([ledgerEvent('kept')]);
    const [, seen] = [await pass(), await pass()];
    const { head } = seen.ledger?.sighting ?? {};
    assert.ok(head && head.seq > 0);
    assert.equal(seen.ledger?.lost, null);
    const after = createMemoryLedger();
    const fails = () => Promise.reject(new Error('no space left on device'));
    Object.assign(engine.ports.trail ?? {}, { head: fails });
    assert.deepEqual((await pass()).ledger, seen.ledger, 'what it does not see it does not judge');
    Object.assign(engine.ports.trail ?? {}, { head: after.head, lines: after.lines });
    Object.assign(engine.ports.ledger, { append: after.append, read: after.read });
    const { ledger: found } = await pass();
    assert.equal(
      found?.lost,
      `all ${head.seq} rows are gone: the head was ${head.seq}:${head.hash}`,
    );
    const said = await after.read({ subject: 'project:shop', limit: 10 });
    assert.deepEqual(
      said.map(({ kind, data }) => [kind, data]),
      [['recordLost', { before: head }]],
    );
    assert.equal((await pass()).ledger?.lost, null, 'once');
  });
});
