/**
 * Waits of days on a real Temporal server that moves a workflow's own clock on. Pauses of rollouts are not among them:
 * health is watched in every pause by an activity, which lives in real time and keeps the server from skipping it.
 */
import assert from 'node:assert/strict';
import type { EnvironmentPlan } from '../../src/domain/release/release.js';
import { targetWorkflowId } from '../../src/domain/names.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRelease, anEnvironment, aRequest } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { by, createOperator, type Operator, until } from '../support/operator.js';
import { fastForward } from '../support/virtual-time.js';

const aDayMs = 86_400_000;

describe('long waits', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: Operator;

  before(async () => {
    engine = await startEngine();
    operator = createOperator(engine);
  });
  after(() => engine.stop());

  const skip = (id: string, days: number) => fastForward(engine.client, id, days * aDayMs);
  const gated = (
    approvals: Partial<EnvironmentPlan['approvals']>,
    change: Partial<EnvironmentPlan> = {},
  ): EnvironmentPlan => {
    const plan = anEnvironment('production', { promotion: 'manual', ...change });
    return { ...plan, approvals: { ...plan.approvals, ...approvals } };
  };
  const waiting = async (plan: EnvironmentPlan) => {
    const id = await operator.release(aRelease(operator.freshService(), '1.0.0', [plan]));
    await operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');
    return id;
  };

  it('waits 30 days for an approval through ten restarts, and acts within a second of it', async () => {
    const id = await waiting(gated({ deadlineMs: 31 * aDayMs }));
    for (let restart = 0; restart < 10; restart++) {
      await skip(id, 3);
      await engine.restartWorkers();
    }
    const { phase, startedAtMs } = await operator.releaseView(id);
    assert.equal(phase, 'AwaitingApproval');
    const decidedAt = performance.now();
    await operator.approve(id, 'production', 'ann');
    const { timeline } = await operator.releaseIs(id, (view) => view.phase !== 'AwaitingApproval');
    const actedMs = performance.now() - decidedAt;
    assert.ok(actedMs < 1_000, `${actedMs} ms`);
    const approved = timeline.find(({ text }) => text.includes('approved by ann'));
    const days = ((approved?.atMs ?? 0) - startedAtMs) / aDayMs;
    assert.ok(days >= 30 && days < 30.1, `${days} days`);
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
  });

  it('rejects on the 31st day what nobody approved', async () => {
    const id = await waiting(gated({ deadlineMs: 31 * aDayMs }));
    await skip(id, 30);
    assert.equal((await operator.releaseView(id)).phase, 'AwaitingApproval');
    await skip(id, 2);
    const end = await operator.releaseEnd(id);
    assert.equal(end.outcome, 'ReleaseRejected');
    assert.match(end.reason, /nobody approved within 31 ?d/);
  });

  it('keeps a minimum wait of 7 days', async () => {
    const id = await waiting(gated({ minimumWaitMs: 7 * aDayMs }));
    await operator.approve(id, 'production', 'ann');
    await skip(id, 6.9);
    await engine.restartWorkers();
    assert.equal((await operator.releaseView(id)).phase, 'AwaitingApproval');
    await skip(id, 0.2);
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
  });

  it('holds for a person for 7 days', async () => {
    const service = operator.freshService();
    const target = { service, environment: 'production' };
    await operator.installed(target);
    engine.behaviours.set('1.9.0', { errorRate: 0.3, latencyMs: 20 });
    const plan = anEnvironment('production', { onFailure: 'hold' });
    const id = await operator.release(aRelease(service, '1.9.0', [plan]));
    await operator.releaseIs(id, ({ phase }) => phase === 'NeedsHelp');
    await skip(id, 7);
    engine.behaviours.delete('1.9.0');
    await operator.tell(id, updateNames.retry);
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
  });

  it('makes up for the word of a target that was lost', async () => {
    const service = operator.freshService();
    const target = { service, environment: 'production' };
    await operator.installed(target);
    const plan = anEnvironment('production', { strategy: aCanary([50], 1_000) });
    const id = await operator.release(aRelease(service, '1.1.0', [plan]));
    const rolloutId = await operator.rolling(target, 2, 50);
    await operator.handle(targetWorkflowId(target)).terminate('by a test');
    assert.equal((await operator.rolloutResult(rolloutId)).outcome, 'promoted');
    assert.equal((await operator.releaseView(id)).phase, 'Deploying', 'nobody told it');
    await skip(id, 16 / (24 * 60));
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
  });

  it('ends where its rollout is nowhere to be found', async () => {
    const service = operator.freshService();
    const target = { service, environment: 'production' };
    await operator.installed(target);
    const slow = aCanary([50], 10_000);
    const { rolloutId } = await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
    await operator.rolling(target, 2, 50);
    const plan = anEnvironment('production', { strategy: slow });
    const id = await operator.release(aRelease(service, '1.3.0', [plan]));
    await operator.targetIs(target, ({ queue }) => queue.length === 1);
    await skip(id, 16 / (24 * 60));
    const timers = async () =>
      ((await operator.handle(id).fetchHistory()).events ?? []).filter(
        (event) => event.timerStartedEventAttributes,
      ).length;
    await until('it has looked and waits on', timers, (started) => started === 2);
    assert.equal((await operator.releaseView(id)).phase, 'Deploying');
    await operator.handle(targetWorkflowId(target)).terminate('by a test');
    await operator.tell(rolloutId, updateNames.abort);
    await skip(id, 1);
    const end = await operator.releaseEnd(id);
    assert.equal(end.outcome, 'ReleaseAborted');
    assert.match(end.reason, /the rollout was lost: the target knows nothing of it/);
  });

  it('ends a lock after 7 days, and not before', async () => {
    const target = { service: operator.freshService(), environment: 'production' };
    await operator.installed(target);
    const id = targetWorkflowId(target);
    const expiresAtMs = Date.now() + 7 * aDayMs;
    await operator.tell(id, updateNames.lock, { ...by, expiresAtMs });
    await skip(id, 6.9);
    assert.notEqual((await operator.targetView(target)).lock, null);
    await skip(id, 0.2);
    await operator.targetIs(target, ({ lock }) => lock === null);
  });
});
