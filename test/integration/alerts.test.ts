/** Alerts on a real Temporal server: one of Alertmanager's turns the rollout that runs, once and within seconds. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { stableOnly } from '../../src/domain/rollout/split.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { type ApiUnderTest, secrets, serveApi } from '../support/api-under-test.js';
import { aCanary, anEnvironment, aRelease, aRevision, health } from '../support/builders.js';
import { by } from '../support/operator.js';
import { type Scene, type Site, startScene } from '../support/rollout-driver.js';

interface Said {
  readonly status: number;
  readonly body: {
    readonly alerts: readonly { readonly result: string; readonly message: string }[];
  };
}

let scene: Scene;
let api: ApiUnderTest;

before(async () => {
  scene = await startScene();
  const { client, ports } = scene.engine;
  api = await serveApi(client, { ledger: ports.ledger });
});
after(async () => {
  await api.stop();
  await scene.stop();
});

const nowText = () => new Date().toISOString();

function alertFor({ target }: Site, labels: Record<string, string> = {}, startsAt = nowText()) {
  const { service, environment } = target;
  return {
    status: 'firing',
    labels: {
      ...{ alertname: 'PaymentsFail', sluice_service: service, sluice_environment: environment },
      ...labels,
    },
    annotations: { summary: '7 % of payments fail' },
    startsAt,
    fingerprint: randomBytes(8).toString('hex'),
  };
}

async function send(...alerts: readonly object[]): Promise<readonly string[]> {
  const body = { version: '4', groupKey: '{}', status: 'firing', alerts };
  const answer: Said = await api.call('POST', '/v1/alerts', { body, token: secrets.all });
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return answer.body.alerts.map(({ result, message }) => `${result}: ${message}`);
}

/** A rollout that stays at 50 % for long. */
async function atHalf(site: Site): Promise<string> {
  const id = await scene.begin(site, { strategy: aCanary([50], 60_000) });
  await scene.operator.rolling(site.target, 2, 50);
  return id;
}

const accepted = async (id: string): Promise<number> => {
  const { events } = await scene.operator.handle(id).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)
    .length;
};

describe('an alert', () => {
  it('ends the rollout that runs, within seconds and by name', async () => {
    const site = await scene.installed();
    const id = await atHalf(site);
    const startedAtMs = performance.now();
    assert.deepEqual(await send(alertFor(site)), ['acted: all traffic goes back to stable']);
    const { outcome, reason } = await scene.operator.rolloutResult(id);
    const tookMs = performance.now() - startedAtMs;
    assert.equal(outcome, 'rolledBack');
    assert.equal(reason, 'alert PaymentsFail: 7 % of payments fail');
    assert.ok(tookMs < 5_000, `${tookMs} ms`);
    const back = stableOnly(revisionName(aRevision('1.0.0')));
    assert.deepEqual(await scene.operator.splitOf(site.target), back);
    const { ledger } = scene.engine.ports;
    const recorded = await ledger.read({ subject: id, limit: 100 });
    const command = recorded.find(({ kind }) => kind === 'commandAccepted');
    assert.equal(command?.actor, 'alert:PaymentsFail');
  });

  it('acts once, however often it comes', async () => {
    const site = await scene.installed();
    const id = await atHalf(site);
    const alert = alertFor(site, { sluice_action: 'hold' });
    await send(alert);
    const { paused } = await scene.operator.rolloutIs(id, (seen) => seen.paused !== null);
    assert.deepEqual(paused, { actor: 'alert:PaymentsFail', reason: '7 % of payments fail' });
    await scene.operator.tell(id, updateNames.resume);
    assert.deepEqual(await send(alert, alert), [
      'acted: it holds at the present weight',
      'acted: it holds at the present weight',
    ]);
    const view = await scene.operator.rolloutView(id);
    assert.equal(view.paused, null);
    assert.equal(await accepted(id), 2);
    await send({ ...alert, startsAt: nowText() });
    await scene.operator.rolloutIs(id, (seen) => seen.paused !== null);
    await scene.operator.tell(id, updateNames.abort);
  });

  it('makes it look at once, and what that finds wrong turns it back', async () => {
    const site = await scene.installed();
    // The step's own next look is half a minute away.
    const seldom = { ...health, intervalMs: 30_000 };
    const id = await scene.begin(site, { strategy: aCanary([50], 60_000), health: seldom });
    await scene.operator.rolling(site.target, 2, 50);
    site.conducts.set('1.1.0', { errors: 0.5 });
    await send(alertFor(site, { sluice_action: 'look' }));
    const { outcome, reason } = await scene.operator.rolloutResult(id);
    assert.equal(outcome, 'rolledBack');
    assert.match(reason, /requests failed/);
  });

  it('takes back what soaks, once and by name', async () => {
    const { operator } = scene;
    const site = await scene.installed();
    const { target } = site;
    const plan = anEnvironment(target.environment, { soakMs: 3_600_000 });
    const id = await operator.release(aRelease(target.service, '1.1.0', [plan]));
    await operator.releaseIs(id, ({ phase }) => phase === 'Analysing');
    const held = await send(alertFor(site, { sluice_action: 'hold' }));
    assert.match(held.join(), /^nothingToDo: .*all traffic is on it already/);
    const old = new Date(Date.now() - 3_600_000).toISOString();
    assert.match((await send(alertFor(site, {}, old))).join(), /it began before the soak did/);
    const said = `acted: ${target.environment} goes back to what ran before`;
    const alert = alertFor(site);
    assert.deepEqual(await send(alert, alert), [said, said]);
    const end = await operator.releaseEnd(id);
    assert.equal(end.outcome, 'ReleaseRolledBack');
    assert.match(end.reason, /while it soaked: alert PaymentsFail: 7 % of payments fail/);
    assert.deepEqual(await operator.splitOf(target), stableOnly(revisionName(aRevision('1.0.0'))));
    assert.deepEqual(await send(alertFor(site)), ['nothingToDo: no rollout runs there']);
  });

  it('changes nothing where it cannot be the candidate', async () => {
    const site = await scene.installed();
    assert.deepEqual(await send(alertFor(site)), ['nothingToDo: no rollout runs there']);
    const id = await atHalf(site);
    const old = new Date(Date.now() - 3_600_000).toISOString();
    const [standing] = await send(alertFor(site, {}, old));
    assert.match(standing ?? '', /^nothingToDo: .*it began before the rollout did/);
    assert.deepEqual(await send({ ...alertFor(site), status: 'resolved' }), [
      'resolved: it does not fire any more',
    ]);
    assert.equal(await accepted(id), 0);
    await scene.operator.tell(id, updateNames.abort, by);
    assert.equal((await scene.operator.rolloutResult(id)).outcome, 'aborted');
  });
});
