/** Targets that outlive their runs: what continue-as-new carries on, and what a lost target takes in from the platform. */
import assert from 'node:assert/strict';
import { type TargetKey, targetWorkflowId } from '../../src/domain/names.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import type { RolloutReceipt } from '../../src/domain/rollout/request.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRequest, aRevision } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { by, createOperator, type Operator, refusal, until } from '../support/operator.js';

describe('target, for ever', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: Operator;

  before(async () => {
    engine = await startEngine();
    operator = createOperator(engine);
  });
  after(() => engine.stop());

  const fresh = async (): Promise<TargetKey> => {
    const target = { service: operator.freshService(), environment: 'production' };
    await operator.installed(target);
    return target;
  };
  const slow = aCanary([50], 10_000);
  const stableOf = async (target: TargetKey) => (await operator.splitOf(target)).stable;
  const v = (version: string) => revisionName(aRevision(version));
  const runOf = async (target: TargetKey) =>
    (await operator.handle(targetWorkflowId(target)).describe()).runId;
  const terminate = (target: TargetKey) =>
    operator.handle(targetWorkflowId(target)).terminate('by a test');
  /** As the reconciler does it, which starts a target that is gone. */
  const wake = (target: TargetKey) =>
    engine.ports.orchestrator.repairTarget(target, 'local', { ...by, target });

  it('remembers everything and loses no command when it continues as new under load', async () => {
    const target = await fresh();
    const id = targetWorkflowId(target);
    const request = aRequest('1.1.0');
    const receipt = await operator.ask(target, request);
    assert.equal((await operator.rolloutResult(receipt.rolloutId)).outcome, 'promoted');
    const running = await operator.ask(target, aRequest('1.3.0', { strategy: slow }));
    await operator.rolling(target, 3, 50);
    const queued = await operator.ask(target, aRequest('1.4.0'));
    const lock = { actor: 'bob', reason: 'load', expiresAtMs: null };
    await operator.tell(id, updateNames.lock, lock);
    await operator.tell(running.rolloutId, updateNames.abort);
    await operator.rolloutResult(running.rolloutId);
    const before = await operator.targetIs(target, ({ current }) => current === null);
    const firstRun = await runOf(target);

    let sent = 0;
    const keepLocking = async (): Promise<void> => {
      for (let more = 30; more > 0; more -= (await runOf(target)) === firstRun ? 0 : 1) {
        sent++;
        await operator.tell(id, updateNames.lock, { ...lock, reason: `load ${sent}` });
      }
    };
    await Promise.all([keepLocking(), keepLocking()]);
    assert.ok(sent >= 200, `${sent} commands, each answered`);
    assert.notEqual(await runOf(target), firstRun);

    const after = await operator.targetView(target);
    for (const field of ['stable', 'previous', 'queue', 'history', 'commands'] as const)
      assert.deepEqual(after[field], before[field], field);
    assert.equal(after.lock?.owner, 'bob');
    assert.equal(after.queue[0]?.rolloutId, queued.rolloutId);
    assert.deepEqual(await operator.ask(target, request), receipt, 'requests taken before');
    await operator.tell(id, updateNames.unlock);
    assert.equal((await operator.rolloutResult(queued.rolloutId)).outcome, 'promoted');
    const recorded = await engine.ports.ledger.read({ subject: id, limit: 10_000 });
    const locks = recorded.filter(({ data }) => data.command === 'lock');
    assert.equal(locks.length, sent + 1, 'and every one is in the ledger');
  });

  it('waits for the rollout that a lost target had begun, and then knows the truth', async () => {
    const target = await fresh();
    const { rolloutId } = await operator.ask(
      target,
      aRequest('1.1.0', { strategy: aCanary([50], 1_500) }),
    );
    await operator.rolling(target, 2, 50);
    await terminate(target);
    assert.equal(await engine.ports.orchestrator.readTarget(target), null);
    const next = await operator.ask(target, aRequest('1.3.0'));
    assert.equal(next.rolloutId, `rollout:${target.service}:production:3`);
    assert.equal((await operator.rolloutResult(rolloutId)).outcome, 'promoted');
    assert.equal((await operator.rolloutResult(next.rolloutId)).outcome, 'promoted');
    assert.equal(await stableOf(target), v('1.3.0'));
    const seen = await operator.targetIs(target, ({ current }) => current === null);
    assert.equal(seen.previous?.revision.version, '1.1.0', 'what the adopted rollout left');
  });

  it('goes back at once while it still waits for such a rollout', async () => {
    const target = await fresh();
    const { rolloutId } = await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
    await operator.rolling(target, 2, 50);
    await terminate(target);
    const command = { ...by, version: null };
    const { orchestrator } = engine.ports;
    await wake(target);
    await until(
      'it has looked',
      async () => {
        const { pendingActivities } = (await operator.handle(targetWorkflowId(target)).describe())
          .raw;
        return pendingActivities?.some(({ activityType }) => activityType?.name === 'awaitRollout');
      },
      (waits) => waits === true,
    );
    const receipt = await orchestrator.rollBackTarget(target, 'local', command, 'back-1');
    assert.equal(receipt.rolloutId, rolloutId);
    const result = await operator.rolloutResult(rolloutId);
    assert.match(result.reason, /aborted by ann/);
    assert.deepEqual(await operator.splitOf(target), {
      ...{ stable: v('1.0.0'), candidate: null, weight: 0, headerRoute: null },
    });
    const view = await operator.targetIs(target, ({ stable }) => stable !== null);
    assert.equal(view.stable?.version, '1.0.0');
  });

  it('takes a request again that it had to refuse while it looked around', async () => {
    const target = await fresh();
    const { rolloutId } = await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
    await operator.rolling(target, 2, 50);
    await terminate(target);
    await wake(target);
    const id = targetWorkflowId(target);
    await operator.tell(id, updateNames.lock, { ...by, actor: 'bob', expiresAtMs: null });
    const request = aRequest('1.3.0');
    const refused = refusal(operator.ask(target, request));
    await operator.tell(rolloutId, updateNames.promoteFull);
    assert.match(await refused, /is locked by bob/);
    await operator.tell(id, updateNames.unlock);
    const { rolloutId: next } = await operator.ask(target, request);
    assert.equal((await operator.rolloutResult(next)).outcome, 'promoted');
  });

  it('mends what a lost target and its lost rollout left behind', async () => {
    const target = await fresh();
    const { rolloutId } = await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
    await operator.rolling(target, 2, 50);
    await terminate(target);
    await operator.handle(rolloutId).terminate('by a test');
    await wake(target);
    await until(
      'traffic is back',
      () => operator.splitOf(target),
      ({ weight }) => weight === 0,
    );
    assert.equal(await stableOf(target), v('1.0.0'));
    const view = await operator.targetIs(target, ({ repaired }) => repaired !== null);
    assert.match(view.repaired?.reason ?? '', /50 % of the traffic goes to 1\.1\.0/);
    const next: RolloutReceipt = await operator.ask(target, aRequest('1.3.0'));
    assert.equal((await operator.rolloutResult(next.rolloutId)).outcome, 'promoted');
  });
});
