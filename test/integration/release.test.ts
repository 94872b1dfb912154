/** Releases on a real Temporal server: environment after environment, rollback, holding for a person, refusals of targets. */
import assert from 'node:assert/strict';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRelease, anEnvironment, aRevision } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, type Operator, until } from '../support/operator.js';

describe('release', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: Operator;

  before(async () => {
    engine = await startEngine();
    operator = createOperator(engine);
    engine.behaviours.set('1.2.0', { errorRate: 0.3, latencyMs: 20 });
  });
  after(() => engine.stop());

  const names = ['integration', 'staging', 'production'];
  const at = (service: string, environment = 'production') => ({ service, environment });
  const stableOf = async (service: string, environment = 'production') =>
    (await operator.splitOf(at(service, environment))).stable;
  const v = (version: string) => revisionName(aRevision(version));

  it('goes through three environments, the last after an approval', async () => {
    const service = operator.freshService();
    await operator.installedIn(service, names);
    const plans = names.map((name) =>
      anEnvironment(name, { promotion: name === 'production' ? 'manual' : 'auto' }),
    );
    const id = await operator.release(aRelease(service, '1.1.0', plans));
    await operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');
    assert.deepEqual(await Promise.all(names.map((name) => stableOf(service, name))), [
      v('1.1.0'),
      v('1.1.0'),
      v('1.0.0'),
    ]);
    await operator.approve(id, 'production', 'ann');
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
    const view = await operator.releaseView(id);
    assert.equal(view.phase, 'Promoted');
    assert.deepEqual(
      view.stages.map(({ environment, phase, attempt }) => [environment, phase, attempt]),
      names.map((name) => [name, 'Promoted', 1]),
    );
    assert.equal(await stableOf(service), v('1.1.0'));
    const [first, second] = view.stages;
    assert.ok((first?.endedAtMs ?? 0) <= (second?.startedAtMs ?? 0), 'one after the other');
    const described = await until(
      'the end is visible',
      () => operator.described(id),
      ({ attributes }) => attributes.Phase === 'Promoted',
    );
    assert.equal(described.attributes.NeedsAttention, undefined);
    assert.match((await operator.metadata(id)).currentDetails, /\*\*Promoted\*\*/);
  });

  it('is rolled back where it fails, and goes no further', async () => {
    const service = operator.freshService();
    await operator.installedIn(service, names);
    const plans = names.map((name) => anEnvironment(name));
    const first = anEnvironment('integration', { strategy: aCanary([]) });
    const id = await operator.release(aRelease(service, '1.2.0', [first, ...plans.slice(1)]));
    const end = await operator.releaseEnd(id);
    assert.deepEqual([end.outcome, end.environment], ['ReleaseRolledBack', 'staging']);
    assert.match(end.reason, /failed/);
    const { stages, phase } = await operator.releaseView(id);
    assert.equal(phase, 'RolledBack');
    assert.deepEqual(
      stages.map((stage) => stage.phase),
      ['Promoted', 'RolledBack', 'Queued'],
    );
    assert.ok(await engine.ports.evidence.get(stages[1]?.evidenceRef ?? ''));
    assert.deepEqual(await Promise.all(names.map((name) => stableOf(service, name))), [
      v('1.2.0'),
      v('1.0.0'),
      v('1.0.0'),
    ]);
    assert.equal((await operator.handle(id).describe()).status.name, 'FAILED');
  });

  it('holds for a person where the environment says so, and promotes on retry', async () => {
    const service = operator.freshService();
    await operator.installed(at(service));
    engine.behaviours.set('1.5.0', { errorRate: 0.3, latencyMs: 20 });
    const plan = anEnvironment('production', { onFailure: 'hold' });
    const id = await operator.release(aRelease(service, '1.5.0', [plan]));
    const held = await operator.releaseIs(id, ({ phase }) => phase === 'NeedsHelp');
    assert.deepEqual(held.commands, ['retry', 'abort']);
    assert.equal(await stableOf(service), v('1.0.0'));
    const { attributes } = await until(
      'attention is asked for',
      () => operator.described(id),
      (seen) => seen.attributes.Phase === 'NeedsHelp',
    );
    assert.match(String(attributes.NeedsAttention), /failed/);
    engine.behaviours.delete('1.5.0');
    await operator.tell(id, updateNames.retry);
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
    assert.equal((await operator.releaseView(id)).stages[0]?.attempt, 2);
    assert.equal(await stableOf(service), v('1.5.0'));
  });

  it('ends a held release on abort', async () => {
    const service = operator.freshService();
    await operator.installed(at(service));
    const plan = anEnvironment('production', { onFailure: 'hold' });
    const id = await operator.release(aRelease(service, '1.2.0', [plan]));
    await operator.releaseIs(id, ({ phase }) => phase === 'NeedsHelp');
    await operator.tell(id, updateNames.abort);
    const end = await operator.releaseEnd(id);
    assert.equal(end.outcome, 'ReleaseAborted');
    assert.match(end.reason, /aborted by ann: because/);
  });

  it('waits at a locked target and goes on after unlock and retry', async () => {
    const service = operator.freshService();
    await operator.installed(at(service));
    const targetId = `target:${service}:production`;
    await operator.tell(targetId, updateNames.lock, {
      ...{ actor: 'bob', reason: 'incident 12' },
      expiresAtMs: null,
    });
    const id = await operator.release(aRelease(service, '1.1.0', [anEnvironment('production')]));
    const held = await operator.releaseIs(id, ({ phase }) => phase === 'Holding');
    assert.match(held.stages[0]?.reason ?? '', /is locked by bob.*incident 12/);
    await operator.tell(id, updateNames.retry);
    await operator.releaseIs(id, ({ phase }) => phase === 'Holding');
    assert.equal(await stableOf(service), v('1.0.0'), 'a retry alone does not pass the lock');
    await operator.tell(targetId, updateNames.unlock);
    await operator.tell(id, updateNames.retry);
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
  });

  it('passes on where the artifact runs already, and refuses what may not run', async () => {
    const service = operator.freshService();
    await operator.installed(at(service), '1.1.0');
    const plan = anEnvironment('production');
    const same = await operator.release(aRelease(service, '1.1.0', [plan]));
    assert.equal((await operator.releaseEnd(same)).outcome, 'promoted');
    assert.equal((await operator.targetView(at(service))).history.length, 1, 'no second rollout');

    const older = await operator.release(aRelease(service, '1.0.0', [plan]));
    const refused = await operator.releaseEnd(older);
    assert.equal(refused.outcome, 'ReleaseRejected');
    assert.match(refused.reason, /runs 1\.1\.0, which is newer/);

    const taken = await operator.release(
      aRelease(service, '1.0.1', [plan], { allowOlder: true, reason: 'known to be good' }),
    );
    assert.equal((await operator.releaseEnd(taken)).outcome, 'promoted');
  });

  it('refuses another artifact under a version that runs', async () => {
    const service = operator.freshService();
    await operator.installed(at(service), '1.1.0');
    const { digest } = aRevision('another build');
    const id = await operator.release(
      aRelease(service, '1.1.0', [anEnvironment('production')], { digest }),
    );
    const end = await operator.releaseEnd(id);
    assert.equal(end.outcome, 'ReleaseRejected');
    assert.match(end.reason, /runs 1\.1\.0 with another digest/);
    assert.equal(await stableOf(service), v('1.1.0'));
  });

  it('enters at the environment it is told to', async () => {
    const service = operator.freshService();
    await operator.installed(at(service));
    const plans = names.map((name) => anEnvironment(name));
    const id = await operator.release(
      aRelease(service, '1.1.0', plans, { from: 'production', reason: 'hotfix' }),
    );
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
    const { stages } = await operator.releaseView(id);
    assert.deepEqual(
      stages.map(({ environment }) => environment),
      ['production'],
    );
    assert.equal(await stableOf(service, 'integration'), null);
  });

  it('is superseded by a newer release that wins', async () => {
    const service = operator.freshService();
    await operator.installed(at(service));
    const slow = anEnvironment('production', { strategy: aCanary([50], 10_000) });
    const first = await operator.release(aRelease(service, '1.1.0', [slow]));
    await operator.rolling(at(service), 2, 50);
    const wins = anEnvironment('production', { queuePolicy: 'latestWins' });
    const second = await operator.release(aRelease(service, '1.3.0', [wins]));
    assert.equal((await operator.releaseEnd(first)).outcome, 'ReleaseSuperseded');
    assert.equal((await operator.releaseEnd(second)).outcome, 'promoted');
    assert.equal(await stableOf(service), v('1.3.0'));
    assert.equal((await operator.releaseView(first)).phase, 'Superseded');
  });

  it('is told when what it waited behind made it obsolete', async () => {
    const service = operator.freshService();
    await operator.installed(at(service));
    const slow = anEnvironment('production', { strategy: aCanary([50], 10_000) });
    const newer = await operator.release(aRelease(service, '1.4.0', [slow]));
    const running = await operator.rolling(at(service), 2, 50);
    const older = await operator.release(aRelease(service, '1.1.0', [anEnvironment('production')]));
    await operator.targetIs(at(service), ({ queue }) => queue.length === 1);
    await operator.tell(running, updateNames.promoteFull);
    assert.equal((await operator.releaseEnd(newer)).outcome, 'promoted');
    const end = await operator.releaseEnd(older);
    assert.equal(end.outcome, 'ReleaseSuperseded');
    assert.match(end.reason, /1\.4\.0, which is newer, became stable/);
    assert.equal(await stableOf(service), v('1.4.0'));
  });
});
