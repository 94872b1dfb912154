/** Rollouts on a real Temporal server: they promote, turn back, obey commands, and keep their history short. */
import assert from 'node:assert/strict';
import { rolloutWorkflowId, type TargetKey } from '../../src/domain/names.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import type { RolloutReceipt, RolloutRequest } from '../../src/domain/rollout/request.js';
import type { RolloutResult, RolloutView } from '../../src/domain/rollout/view.js';
import { queryNames, updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRequest, aRevision, timing } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';

const by = { actor: 'ann', reason: 'because' };

describe('rollout', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let count = 0;
  const freshTarget = (): TargetKey => ({ service: `svc-${++count}`, environment: 'production' });
  const ask = (target: TargetKey, request: RolloutRequest): Promise<RolloutReceipt> =>
    engine.ports.orchestrator.requestRollout(target, 'local', request);
  /** The receipt comes before the rollout has begun. */
  const resultOf = async (id: string): Promise<RolloutResult> => {
    await until(id, () => true);
    return engine.client.workflow.getHandle(id).result();
  };
  const roll = async (target: TargetKey, request: RolloutRequest) =>
    resultOf((await ask(target, request)).rolloutId);
  const viewOf = (id: string): Promise<RolloutView> =>
    engine.client.workflow.getHandle(id).query(queryNames.readRollout);
  const tell = (id: string, update: string, argument: object = by) =>
    engine.client.workflow.getHandle(id).executeUpdate(update, { args: [argument] });
  const splitOf = async (target: TargetKey) =>
    (await engine.platform.router.readSplit(target)).split;
  const until = async (id: string, ready: (view: RolloutView) => boolean): Promise<RolloutView> => {
    for (let attempt = 0; attempt < 200; attempt++) {
      const view = await viewOf(id).catch(() => null);
      if (view && ready(view)) return view;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`never seen: ${JSON.stringify(await viewOf(id))}`);
  };
  const goBack = (target: TargetKey): Promise<RolloutReceipt> =>
    engine.client.workflow
      .getHandle(`target:${target.service}:production`)
      .executeUpdate(updateNames.rollBack, { args: [{ ...by, version: null }] });
  const idle = async (target: TargetKey): Promise<void> => {
    while ((await engine.ports.orchestrator.readTarget(target))?.current !== null) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const installed = async (version = '1.0.0'): Promise<TargetKey> => {
    const target = freshTarget();
    const result = await roll(target, aRequest(version));
    assert.equal(result.outcome, 'promoted', result.reason);
    return target;
  };

  before(async () => {
    engine = await startEngine();
    engine.behaviours.set('1.2.0', { errorRate: 0.3, latencyMs: 20 });
    engine.behaviours.set('1.3.0', { errorRate: 0, latencyMs: 1_500 });
  });
  after(() => engine.stop());

  it('installs the first version without steps', async () => {
    const target = await installed();
    assert.deepEqual(await splitOf(target), {
      stable: revisionName(aRevision('1.0.0')),
      candidate: null,
      weight: 0,
      headerRoute: null,
    });
  });

  it('promotes a healthy candidate, which becomes stable', async () => {
    const target = await installed();
    const result = await roll(target, aRequest('1.1.0'));
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.equal((await splitOf(target)).stable, revisionName(aRevision('1.1.0')));
    const view = await engine.ports.orchestrator.readTarget(target);
    assert.equal(view?.stable?.version, '1.1.0');
    assert.equal(view?.previous?.revision.version, '1.0.0');
  });

  for (const [version, check] of [
    ['1.2.0', /failed/],
    ['1.3.0', /slow|1000|1 ?s/],
  ] as const) {
    it(`rolls ${version} back by its health`, async () => {
      const target = await installed();
      const result = await roll(target, aRequest(version));
      assert.equal(result.outcome, 'rolledBack');
      assert.match(result.reason, check);
      assert.deepEqual(await splitOf(target), {
        stable: revisionName(aRevision('1.0.0')),
        candidate: null,
        weight: 0,
        headerRoute: null,
      });
      assert.ok(result.evidenceRef && (await engine.ports.evidence.get(result.evidenceRef)));
    });
  }

  it('holds at a pause until somebody resumes, and watches meanwhile', async () => {
    const target = await installed();
    const strategy = {
      kind: 'canary',
      timing,
      steps: [
        { kind: 'setWeight', weight: 25 },
        { kind: 'pause', forMs: null },
      ],
    } as const;
    const { rolloutId } = await ask(target, aRequest('1.1.0', { strategy }));
    await until(rolloutId, (view) => view.commands.includes('resume'));
    await tell(rolloutId, updateNames.resume);
    assert.equal((await resultOf(rolloutId)).outcome, 'promoted');
    const again = await ask(target, aRequest('1.2.0', { strategy }));
    assert.equal(
      (await resultOf(again.rolloutId)).outcome,
      'rolledBack',
      'health is watched in the pause',
    );
  });

  it('pauses, refuses what does not fit, resumes', async () => {
    const target = await installed();
    const { rolloutId } = await ask(
      target,
      aRequest('1.1.0', { strategy: aCanary([25, 50], 2_000) }),
    );
    await until(rolloutId, (view) => view.phase === 'Analysing');
    await tell(rolloutId, updateNames.pause);
    await assert.rejects(tell(rolloutId, updateNames.pause), (error: { cause?: Error }) =>
      /already paused by ann/.test(String(error.cause?.message)),
    );
    await assert.rejects(
      tell(rolloutId, updateNames.resume, { actor: 'ann' }),
      (error: { cause?: Error }) => /"reason" is missing/.test(String(error.cause?.message)),
    );
    const held = await until(rolloutId, (view) => view.phase === 'Holding');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    assert.equal((await viewOf(rolloutId)).weight, held.weight);
    await tell(rolloutId, updateNames.resume);
    assert.equal((await resultOf(rolloutId)).outcome, 'promoted');
  });

  it('aborts at once, and the target takes the same candidate again', async () => {
    const target = await installed();
    const { rolloutId } = await ask(target, aRequest('1.1.0', { strategy: aCanary([25], 10_000) }));
    await until(rolloutId, (view) => view.phase === 'Analysing' && view.weight === 25);
    await tell(rolloutId, updateNames.abort);
    const result = await resultOf(rolloutId);
    assert.equal(result.outcome, 'aborted');
    assert.match(result.reason, /ann.*because/);
    assert.equal((await splitOf(target)).weight, 0);
    const retried = (await engine.client.workflow
      .getHandle(`target:${target.service}:production`)
      .executeUpdate(updateNames.retryRollout, { args: [{ ...by, n: 2 }] })) as RolloutReceipt;
    await until(retried.rolloutId, (view) => view.phase === 'Analysing');
    await tell(retried.rolloutId, updateNames.promoteFull);
    assert.equal((await resultOf(retried.rolloutId)).outcome, 'promoted');
  });

  it('goes back to the previous revision at once, through a lock', async () => {
    const target = await installed();
    await roll(target, aRequest('1.1.0'));
    const handle = engine.client.workflow.getHandle(`target:${target.service}:production`);
    await handle.executeUpdate(updateNames.lock, { args: [{ ...by, expiresAtMs: null }] });
    await assert.rejects(ask(target, aRequest('1.4.0')), /is locked by ann/);
    const receipt = (await handle.executeUpdate(updateNames.rollBack, {
      args: [{ ...by, version: null }],
    })) as RolloutReceipt;
    assert.equal((await resultOf(receipt.rolloutId)).outcome, 'promoted');
    assert.equal((await splitOf(target)).stable, revisionName(aRevision('1.0.0')));
  });

  it('goes back once, however often it is told to', async () => {
    const target = await installed();
    await roll(target, aRequest('1.1.0'));
    await until(rolloutWorkflowId({ target, n: 2 }), () => true);
    await idle(target);
    engine.platform.world.setDown(true);
    try {
      const first = await goBack(target);
      await until(first.rolloutId, () => true);
      assert.deepEqual(await goBack(target), first);
    } finally {
      engine.platform.world.setDown(false);
    }
    assert.equal((await resultOf(rolloutWorkflowId({ target, n: 3 }))).outcome, 'promoted');
    assert.equal((await splitOf(target)).stable, revisionName(aRevision('1.0.0')));
  });

  it('goes back although the rollout ended a moment before it was told to', async () => {
    const target = await installed();
    for (const version of ['1.1.0', '1.4.0', '1.5.0', '1.6.0']) {
      const { rolloutId } = await ask(target, aRequest(version, { strategy: aCanary([50], 0) }));
      await resultOf(rolloutId);
      await goBack(target);
      for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 50) {
        if ((await splitOf(target)).stable === revisionName(aRevision('1.0.0'))) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.equal((await splitOf(target)).stable, revisionName(aRevision('1.0.0')), version);
      await idle(target);
    }
  });

  it('lets a newer revision take over safely', async () => {
    const target = await installed();
    const first = await ask(target, aRequest('1.1.0', { strategy: aCanary([50], 10_000) }));
    await until(first.rolloutId, (view) => view.weight === 50);
    const second = await ask(target, aRequest('1.4.0', { queuePolicy: 'latestWins' }));
    assert.equal((await resultOf(first.rolloutId)).outcome, 'superseded');
    assert.equal((await resultOf(second.rolloutId)).outcome, 'promoted');
    assert.equal((await splitOf(target)).stable, revisionName(aRevision('1.4.0')));
  });

  it('turns back when the workflow is cancelled, and the target mends what a terminate leaves', async () => {
    const target = await installed();
    const cancelled = await ask(target, aRequest('1.1.0', { strategy: aCanary([50], 10_000) }));
    await until(cancelled.rolloutId, (view) => view.weight === 50);
    await engine.client.workflow.getHandle(cancelled.rolloutId).cancel();
    assert.equal((await resultOf(cancelled.rolloutId)).outcome, 'aborted');
    assert.equal((await splitOf(target)).weight, 0);
    const killed = await ask(target, aRequest('1.4.0', { strategy: aCanary([50], 10_000) }));
    await until(killed.rolloutId, (view) => view.phase === 'Analysing');
    await engine.client.workflow.getHandle(killed.rolloutId).terminate('test');
    for (let attempt = 0; attempt < 100 && (await splitOf(target)).candidate !== null; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal((await splitOf(target)).candidate, null);
    assert.equal((await splitOf(target)).stable, revisionName(aRevision('1.0.0')));
  });

  it('keeps its history at 120 events or fewer for six steps, however often it measured', async () => {
    const counts: number[] = [];
    const measured: number[] = [];
    for (const intervalMs of [10, 100]) {
      const target = await installed();
      const request = aRequest('1.1.0', { strategy: aCanary([5, 10, 25, 50, 75, 90], 200) });
      const { rolloutId } = await ask(target, {
        ...request,
        health: { ...request.health, intervalMs },
      });
      await resultOf(rolloutId);
      const { events = [] } = await engine.client.workflow.getHandle(rolloutId).fetchHistory();
      counts.push(events?.length ?? 0);
      measured.push((await viewOf(rolloutId)).verdict?.looks ?? 0);
    }
    const [often = 0, seldom = 0] = counts;
    console.log(`      ${often} events for ${measured[0]} looks, ${seldom} for ${measured[1]}`);
    assert.ok((measured[0] ?? 0) >= 100, `${measured.join(', ')} looks`);
    assert.ok((measured[1] ?? 0) < (measured[0] ?? 0) / 2, `${measured.join(', ')} looks`);
    assert.ok(often <= 120, `${often} events`);
    assert.equal(often, seldom, 'measurements add no events');
  });
});
