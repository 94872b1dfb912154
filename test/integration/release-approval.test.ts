/** Approvals on a real Temporal server: whose count, when there are enough, and what refusing and waiting do. */
import assert from 'node:assert/strict';
import type { EnvironmentPlan } from '../../src/domain/release/release.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aRelease, anEnvironment } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { by, createOperator, type Operator, refusal, until } from '../support/operator.js';

describe('approvals of a release', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: Operator;

  before(async () => {
    engine = await startEngine();
    operator = createOperator(engine);
  });
  after(() => engine.stop());

  const gated = (
    approvals: Partial<EnvironmentPlan['approvals']>,
    change: Partial<EnvironmentPlan> = {},
  ): EnvironmentPlan => {
    const plan = anEnvironment('production', { promotion: 'manual', ...change });
    return { ...plan, approvals: { ...plan.approvals, ...approvals } };
  };
  const waiting = async (plan: EnvironmentPlan, version = '1.0.0') => {
    const id = await operator.release(aRelease(operator.freshService(), version, [plan]));
    await operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');
    return id;
  };

  it('takes the approvers alone, with tickets of their own, and each once', async () => {
    const id = await waiting(gated({ required: 2, approvers: ['ci', 'ann', 'bob'] }));
    const refused = (actor: string, ticket?: string | null, environment = 'production') =>
      refusal(operator.approve(id, environment, actor, ticket));
    assert.match(await refused('ci'), /ci asked for this release and cannot approve it/);
    assert.match(await refused('eve'), /eve is not among the approvers/);
    assert.match(await refused('ann', undefined, 'staging'), /staging does not wait for approval/);
    assert.match(await refused('ann', null), /does not count: it carries no ticket/);
    for (const [ticket, why] of [
      [operator.ticket('release:other:1.0.0', 'production', 'ann'), /another releaseId/],
      [operator.ticket(id, 'staging', 'ann'), /another environment/],
      [operator.ticket(id, 'production', 'bob'), /another actor/],
      [operator.ticket(id, 'production', 'ann', -1), /has expired/],
      ['made.up', /not signed by this installation/],
    ] as const)
      assert.match(await refused('ann', ticket), why);
    assert.equal((await operator.approve(id, 'production', 'ann')).accepted, true);
    assert.match(await refused('ann'), /ann has approved already/);
    const stage = (await operator.releaseView(id)).stages[0];
    assert.equal(stage?.phase, 'AwaitingApproval', 'one of two is not enough');
    assert.deepEqual(
      stage?.approvals.map(({ actor, attested }) => [actor, attested]),
      [['ann', true]],
    );
    const { message } = await operator.approve(id, 'production', 'bob');
    assert.match(message, /2 of 2/);
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
  });

  it('counts one of many approvals that the same person sends at once', async () => {
    const id = await waiting(gated({ required: 2 }));
    const sent = await Promise.allSettled(
      Array.from({ length: 8 }, () => operator.approve(id, 'production', 'ann')),
    );
    assert.equal(sent.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await operator.releaseView(id)).stages[0]?.approvals.length, 1);
    await operator.tell(id, updateNames.abort);
    await operator.releaseEnd(id);
  });

  it('counts a bare claim only where the environment takes claims', async () => {
    const id = await waiting(gated({ acceptClaims: true }));
    await operator.approve(id, 'production', 'ann', null);
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
    const [approval] = (await operator.releaseView(id)).stages[0]?.approvals ?? [];
    assert.equal(approval?.attested, false, 'and says that it was a claim');
  });

  it('keeps tickets out of ledger, details and views', async () => {
    const id = await waiting(gated({}));
    const ticket = operator.ticket(id, 'production', 'ann');
    await operator.approve(id, 'production', 'ann', ticket);
    await operator.releaseEnd(id);
    const events = await engine.ports.ledger.read({ subject: id, limit: 100 });
    assert.deepEqual(
      events.filter(({ data }) => data.command === 'approve').map(({ actor }) => actor),
      ['ann'],
    );
    const seen = JSON.stringify([
      await engine.ports.ledger.read({ subject: null, limit: 1_000 }),
      await operator.releaseView(id),
      await operator.metadata(id),
      await operator.described(id),
    ]);
    assert.ok(!seen.includes(ticket) && !seen.includes(ticket.split('.')[1] ?? ''));
  });

  it('enters no sooner than the minimum wait', async () => {
    const id = await waiting(gated({ minimumWaitMs: 1_200 }));
    await operator.approve(id, 'production', 'ann');
    await operator.releaseEnd(id);
    const { timeline, stages } = await operator.releaseView(id);
    const entered = timeline.find(({ text }) => text.startsWith('production: Deploying'));
    const waitedMs = (entered?.atMs ?? 0) - (stages[0]?.startedAtMs ?? 0);
    assert.ok(waitedMs >= 1_200 && waitedMs < 3_000, `${waitedMs} ms`);
  });

  it('waits without an approval too, where only time is asked for', async () => {
    const plan = gated({ minimumWaitMs: 300 }, { promotion: 'auto' });
    const id = await operator.release(aRelease(operator.freshService(), '1.0.0', [plan]));
    await operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
  });

  it('rejects what nobody approved in time', async () => {
    const id = await waiting(gated({ deadlineMs: 300 }));
    const end = await operator.releaseEnd(id);
    assert.equal(end.outcome, 'ReleaseRejected');
    assert.match(end.reason, /nobody approved within 300 ?ms/);
    assert.match(await refusal(operator.approve(id, 'production', 'ann')), /completed|not found/i);
  });

  it('ends where somebody rejects it', async () => {
    const id = await waiting(gated({ required: 2 }));
    await operator.approve(id, 'production', 'ann');
    assert.match(
      await refusal(operator.tell(id, updateNames.reject, { ...by, environment: 'staging' })),
      /staging does not wait/,
    );
    await operator.tell(id, updateNames.reject, { ...by, environment: 'production' });
    const end = await operator.releaseEnd(id);
    assert.deepEqual([end.outcome, end.environment], ['ReleaseRejected', 'production']);
    assert.match(end.reason, /rejected by ann: because/);
    const target = { service: id.split(':')[1] ?? '', environment: 'production' };
    assert.equal(await engine.ports.orchestrator.readTarget(target), null, 'it was never asked');
  });

  it('shows an operator in the Temporal UI what is waited for and how to answer', async () => {
    const id = await waiting(gated({ required: 2 }));
    const service = id.split(':')[1];
    const { attributes, staticSummary, staticDetails } = await until(
      'visible',
      () => operator.described(id),
      (seen) => seen.attributes.Phase === 'AwaitingApproval',
    );
    assert.deepEqual(attributes, {
      Service: service,
      Version: '1.0.0',
      RequestedBy: 'ci',
      Phase: 'AwaitingApproval',
      Environment: 'production',
      NeedsAttention: '2 approvals needed',
    });
    assert.equal(staticSummary, `${service} 1.0.0`);
    assert.match(staticDetails ?? '', /stages production/);
    const { currentDetails, definition } = await operator.metadata(id);
    assert.match(currentDetails, /AwaitingApproval/);
    assert.match(currentDetails, /production.*0 of 2 approvals/);
    assert.match(currentDetails, /you can.*approve, reject, abort/);
    for (const name of [updateNames.approve, updateNames.reject, updateNames.abort]) {
      const { description = '' } =
        definition.updateDefinitions.find((update) => update.name === name) ?? {};
      const example = /Example: (\{.*\})/.exec(description)?.[1] ?? '';
      assert.ok(JSON.parse(example).actor, `${name}: ${description}`);
    }
    await engine.client.workflow.getHandle(id).cancel();
    assert.equal((await operator.releaseEnd(id)).outcome, 'ReleaseAborted');
    const after = await until(
      'attention is over',
      () => operator.described(id),
      (seen) => seen.attributes.Phase === 'Aborted',
    );
    assert.equal(after.attributes.NeedsAttention, undefined);
  });
});
