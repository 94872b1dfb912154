/** Targets on a real Temporal server: who may run next, what is remembered, what retires, and what locks keep out. */
import assert from 'node:assert/strict';
import { createMemoryLedger } from '../../src/adapters/memory/ledger.js';
import { Failure } from '../../src/domain/failures.js';
import { type TargetKey, targetWorkflowId } from '../../src/domain/names.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRequest, aRevision, timing } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { by, createOperator, type Operator, refusal, until } from '../support/operator.js';

describe('target', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: Operator;
  let ledgerIsDown = false;

  before(async () => {
    const ledger = createMemoryLedger();
    engine = await startEngine({
      ledger: {
        ...ledger,
        async append(events) {
          if (ledgerIsDown) throw new Failure('Unavailable', 'the ledger is down');
          return ledger.append(events);
        },
      },
    });
    operator = createOperator(engine);
    engine.behaviours.set('1.2.0', { errorRate: 0.3, latencyMs: 20 });
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
  const namesAt = async (target: TargetKey) =>
    (await engine.platform.workload.readRevisions(target)).map(({ name }) => name).sort();

  it('starts one rollout for the same request, however often it comes', async () => {
    const target = await fresh();
    const request = aRequest('1.1.0');
    const receipts = await Promise.all(
      Array.from({ length: 20 }, () => operator.ask(target, request)),
    );
    const rolloutId = `rollout:${target.service}:production:2`;
    for (const receipt of receipts) assert.deepEqual(receipt, { rolloutId, position: 0 });
    assert.equal((await operator.rolloutResult(rolloutId)).outcome, 'promoted');
    assert.deepEqual(await operator.ask(target, request), { rolloutId, position: 0 });
    const { history, queue, current } = await operator.targetIs(target, (t) => t.current === null);
    assert.deepEqual([history.length, queue, current], [2, [], null]);
  });

  it('queues, and runs one at a time in the order asked', async () => {
    const target = await fresh();
    const receipts = [];
    for (const version of ['1.1.0', '1.3.0', '1.4.0'])
      receipts.push(await operator.ask(target, aRequest(version)));
    assert.deepEqual(
      receipts.map(({ position }) => position),
      [0, 1, 2],
    );
    assert.match(
      await refusal(operator.ask(target, aRequest('1.5.0', { queuePolicy: 'reject' }))),
      /rollout 2 of 1\.1\.0 runs at/,
    );
    const results = await Promise.all(
      receipts.map(({ rolloutId }) => operator.rolloutResult(rolloutId)),
    );
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['promoted', 'promoted', 'promoted'],
    );
    const { history } = await operator.targetIs(target, (seen) => seen.current === null);
    assert.deepEqual(
      history.map(({ version }) => version),
      ['1.4.0', '1.3.0', '1.1.0', '1.0.0'],
    );
  });

  it('lets the latest win over what runs and what waits', async () => {
    const target = await fresh();
    const running = await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
    await operator.rolling(target, 2, 50);
    await operator.ask(target, aRequest('1.3.0'));
    const winner = await operator.ask(target, aRequest('1.4.0', { queuePolicy: 'latestWins' }));
    assert.equal((await operator.rolloutResult(running.rolloutId)).outcome, 'superseded');
    assert.equal((await operator.rolloutResult(winner.rolloutId)).outcome, 'promoted');
    const { history } = await operator.targetIs(target, (seen) => seen.current === null);
    assert.deepEqual(
      history.map(({ version, outcome }) => `${version} ${outcome}`),
      ['1.4.0 promoted', '1.1.0 superseded', '1.0.0 promoted'],
    );
  });

  it('lets the latest win over one that is only just beginning', async () => {
    const targets = await Promise.all(Array.from({ length: 4 }, fresh));
    await Promise.all(
      targets.map(async (target) => {
        const [first, second] = await Promise.all([
          operator.ask(target, aRequest('1.1.0', { strategy: slow })),
          operator.ask(target, aRequest('1.3.0', { queuePolicy: 'latestWins' })),
        ]);
        const last = await operator.rolloutResult(second.rolloutId);
        assert.equal(last.outcome, 'promoted', last.reason);
        assert.ok(first.rolloutId !== second.rolloutId);
        assert.equal(await stableOf(target), v('1.3.0'));
      }),
    );
  });

  it('turns back what is only just beginning', async () => {
    const target = await fresh();
    const id = targetWorkflowId(target);
    const [{ rolloutId }] = await Promise.all([
      operator.ask(target, aRequest('1.1.0', { strategy: slow })),
      until(
        'it runs',
        () => operator.targetView(target),
        (seen) => seen.current !== null,
      ).then(() => operator.tell(id, updateNames.rollBack, { ...by, version: null })),
    ]);
    assert.equal((await operator.rolloutResult(rolloutId)).outcome, 'aborted');
    assert.equal(await stableOf(target), v('1.0.0'));
  });

  it('ends a lock by itself when its time is over', async () => {
    const target = await fresh();
    const id = targetWorkflowId(target);
    const expiresAtMs = Date.now() + 700;
    await operator.tell(id, updateNames.lock, { ...by, expiresAtMs });
    assert.match(await refusal(operator.ask(target, aRequest('1.1.0'))), /locked by ann until/);
    assert.deepEqual((await operator.targetView(target)).lock?.owner, 'ann');
    await operator.targetIs(target, ({ lock }) => lock === null);
    assert.ok(Date.now() >= expiresAtMs);
    assert.match(await refusal(operator.tell(id, updateNames.unlock)), /it is not locked/);
    assert.equal((await operator.roll(target, aRequest('1.1.0'))).outcome, 'promoted');
  });

  it('takes commands while the ledger is down', async () => {
    const target = await fresh();
    const id = targetWorkflowId(target);
    ledgerIsDown = true;
    try {
      const began = performance.now();
      await operator.tell(id, updateNames.lock, { ...by, expiresAtMs: null });
      await operator.tell(id, updateNames.unlock);
      assert.ok(performance.now() - began < 2_000, 'nobody waits for a record');
    } finally {
      ledgerIsDown = false;
    }
    const commands = async () =>
      (await engine.ports.ledger.read({ subject: id, limit: 10 })).map(({ data }) => data.command);
    await until('it is recorded in the end', commands, (seen) => seen.length === 2);
  });

  it('stops the previous revision when it has been warm long enough', async () => {
    const target = await fresh();
    const strategy = { ...aCanary([]), timing: { ...timing, keepWarmMs: 900 } };
    const promoted = await operator.roll(target, aRequest('1.1.0', { strategy }));
    assert.equal(promoted.outcome, 'promoted', promoted.reason);
    assert.deepEqual(await namesAt(target), [v('1.0.0'), v('1.1.0')], 'warm');
    const warm = await operator.targetIs(target, ({ previous }) => previous !== null);
    await until(
      'it is stopped',
      () => namesAt(target),
      (names) => names.length === 1,
    );
    assert.ok(Date.now() >= (warm.previous?.warmUntilMs ?? 0));
    assert.deepEqual(await namesAt(target), [v('1.1.0')]);
    const back = await operator.tell<{ rolloutId: string }>(
      targetWorkflowId(target),
      updateNames.rollBack,
      { ...by, version: null },
    );
    assert.equal((await operator.rolloutResult(back.rolloutId)).outcome, 'promoted');
    assert.equal(await stableOf(target), v('1.0.0'), 'cold, it is started anew');
  });

  it('stops a candidate some time after it was rolled back', async () => {
    const target = await fresh();
    const strategy = { ...aCanary([50]), timing: { ...timing, abortScaleDownDelayMs: 900 } };
    const result = await operator.roll(target, aRequest('1.2.0', { strategy }));
    assert.equal(result.outcome, 'rolledBack');
    assert.deepEqual(await namesAt(target), [v('1.0.0'), v('1.2.0')], 'kept for inspection');
    await until(
      'it is stopped',
      () => namesAt(target),
      (names) => names.length === 1,
    );
    assert.deepEqual(await namesAt(target), [v('1.0.0')]);
  });

  it('shows operators what is stable, what runs and what they can do', async () => {
    const target = await fresh();
    await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
    const rolloutId = await operator.rolling(target, 2, 50);
    const id = targetWorkflowId(target);
    const seen = await until(
      'visible',
      () => operator.described(id),
      ({ attributes }) => attributes.Phase === 'Analysing',
    );
    assert.deepEqual(seen.attributes, {
      Service: target.service,
      Environment: 'production',
      Version: '1.0.0',
      Phase: 'Analysing',
    });
    const { currentDetails, definition } = await operator.metadata(id);
    assert.match(currentDetails, /stable 1\.0\.0/);
    assert.match(currentDetails, new RegExp(`now.* ${rolloutId}: 1\\.1\\.0`));
    assert.match(currentDetails, /you can.*rollback, lock/);
    for (const { name, description } of definition.updateDefinitions)
      assert.ok(description, `${name} says what it does`);
    const rollout = await operator.described(rolloutId);
    assert.equal(rollout.staticSummary, `1.1.0 → ${target.service}/production (canary)`);
    assert.equal(rollout.attributes.TrafficWeight, 50);
    assert.match((await operator.metadata(rolloutId)).currentDetails, /50 ?%/);
    await operator.tell(rolloutId, updateNames.abort);
    await operator.rolloutResult(rolloutId);
  });
});
