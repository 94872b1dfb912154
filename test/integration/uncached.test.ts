/** A release and a rollback with the workflow cache off: every task replays its history, so any nondeterminism shows. */
import assert from 'node:assert/strict';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aRelease, anEnvironment, aRevision } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { by, createOperator, type Operator } from '../support/operator.js';

describe('without a workflow cache', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: Operator;

  before(async () => {
    engine = await startEngine({ maxCachedWorkflows: 0 });
    operator = createOperator(engine);
    engine.behaviours.set('1.2.0', { errorRate: 0.3, latencyMs: 20 });
  });
  after(() => engine.stop());

  it('promotes a release, rolls the next one back, and goes back by hand', async () => {
    const service = operator.freshService();
    const production = { service, environment: 'production' };
    const names = ['staging', 'production'];
    await operator.installedIn(service, names);
    const plans = names.map((name) =>
      anEnvironment(name, {
        soakMs: 300,
        promotion: name === 'production' ? 'manual' : 'auto',
      }),
    );
    const good = await operator.release(aRelease(service, '1.1.0', plans));
    await operator.releaseIs(good, ({ phase }) => phase === 'AwaitingApproval');
    await operator.approve(good, 'production', 'ann');
    assert.equal((await operator.releaseEnd(good)).outcome, 'promoted');

    const bad = await operator.release(
      aRelease(service, '1.2.0', [anEnvironment('production')], { reason: 'a hotfix' }),
    );
    const end = await operator.releaseEnd(bad);
    assert.equal(end.outcome, 'ReleaseRolledBack', end.reason);
    assert.equal((await operator.splitOf(production)).stable, revisionName(aRevision('1.1.0')));

    await operator.targetIs(production, ({ current }) => current === null);
    const back = await operator.tell<{ rolloutId: string }>(
      `target:${service}:production`,
      updateNames.rollBack,
      { ...by, version: null },
    );
    assert.equal((await operator.rolloutResult(back.rolloutId)).outcome, 'promoted');
    assert.equal((await operator.splitOf(production)).stable, revisionName(aRevision('1.0.0')));
  });
});
