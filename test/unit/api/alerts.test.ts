/** The door for alerts: who may, what is read of a message, and what each alert leads to. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { Failure } from '../../../src/domain/failures.js';
import type { LedgerEvent } from '../../../src/domain/ledger-event.js';
import type { AlertCommand } from '../../../src/domain/rollout/alert.js';
import { alertSecret, type ApiUnderTest, secrets, serveApi } from '../../support/api-under-test.js';

const firing = {
  status: 'firing',
  labels: { alertname: 'HighErrorRate', sluice_service: 'checkout', sluice_environment: 'staging' },
  annotations: { summary: '7 % of\npayments fail' },
  startsAt: '2026-01-01T00:00:00.123456789Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus/graph',
  fingerprint: 'c3f1a2b4d5e60718',
};
type Alert = Omit<typeof firing, 'labels'> & { readonly labels: Record<string, string> };

const messageOf = (...alerts: readonly unknown[]) => ({
  ...{ version: '4', groupKey: '{}:{}', status: 'firing', receiver: 'sluice', truncatedAlerts: 0 },
  ...{ groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: 'http://am', alerts },
});
const labelled = (labels: Record<string, string>): Alert => ({
  ...firing,
  labels: { ...firing.labels, ...labels },
});

interface Told {
  readonly id: string;
  readonly updateId: string;
  readonly command: AlertCommand;
}

describe('alerts over HTTP', () => {
  const told: Told[] = [];
  const events: LedgerEvent[] = [];
  /** What the rollout answers, and what runs at the target. */
  let refuse: Error | null = null;
  let current: string | null = 'rollout:checkout:staging:3';
  let isSoaking = false;
  let diskIsFull = false;
  let api: ApiUnderTest;

  const client = {
    withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflow: {
      getHandle: (id: string) => ({
        async query() {
          if (id !== 'target:checkout:staging') throw new WorkflowNotFoundError('', id, '');
          return {
            current: current === null ? null : { rolloutId: current },
            stable: isSoaking ? { version: '1.1.0', digest: '' } : null,
          };
        },
        async describe() {
          throw new WorkflowNotFoundError('', id, '');
        },
        async executeUpdate(_update: unknown, options: { updateId: string; args: [AlertCommand] }) {
          if (refuse) throw refuse;
          told.push({ id, updateId: options.updateId, command: options.args[0] });
          return { accepted: true, message: 'all traffic goes back to stable' };
        },
      }),
    },
    options: { namespace: 'default' },
  } as unknown as Client;

  before(async () => {
    const append = async (more: readonly LedgerEvent[]) => {
      if (diskIsFull) throw new Failure('Unavailable', 'the disk is full');
      events.push(...more);
    };
    api = await serveApi(client, { ledger: { read: async () => [], append } });
  });
  after(() => api.stop());
  beforeEach(() => {
    told.length = 0;
    events.length = 0;
    refuse = null;
    current = 'rollout:checkout:staging:3';
    isSoaking = false;
    diskIsFull = false;
  });

  interface Said {
    readonly status: number;
    readonly body: {
      readonly alerts: readonly { readonly result: string; readonly message: string }[];
      readonly code: string;
      readonly errors: readonly { readonly pointer: string }[];
    };
  }
  const post = (body: unknown, token: string | null = secrets.alerts): Promise<Said> =>
    api.call('POST', '/v1/alerts', { body, token });
  const signed = (text: string, seconds = Math.floor(Date.now() / 1000), key = alertSecret) => {
    const v1 = createHmac('sha256', key).update(`${seconds}.${text}`).digest('hex');
    const headers = { 'Sluice-Signature': `t=${seconds},v1=${v1}` };
    return api.call('POST', '/v1/alerts', { token: null, body: text, headers }) as Promise<Said>;
  };
  const resultsOf = ({ body }: Said) => body.alerts.map(({ result }) => result);

  it('tells the rollout that runs there, with what names the alert', async () => {
    const answer = await post(messageOf(firing));
    assert.equal(answer.status, 202);
    assert.deepEqual(resultsOf(answer), ['acted']);
    const [only] = told;
    assert.equal(only?.id, current);
    assert.equal(only?.updateId, `alert:c3f1a2b4d5e60718:${Date.parse(firing.startsAt)}`);
    assert.deepEqual(only?.command, {
      ...{ actor: 'alert:HighErrorRate', reason: '7 % of payments fail', alert: 'HighErrorRate' },
      ...{ fingerprint: firing.fingerprint, action: 'rollback' },
      startsAtMs: Date.parse(firing.startsAt),
    });
    assert.deepEqual(
      events.map(({ subject, kind, data }) => [subject, kind, data.result]),
      [['target:checkout:staging', 'alertReceived', 'acted']],
    );
  });

  it('is the same event of the record when it is sent again', async () => {
    await post(messageOf(firing));
    await post(messageOf(firing));
    assert.equal(new Set(events.map(({ id }) => id)).size, 1);
  });

  it('does what its label asks for', async () => {
    await post(messageOf(labelled({ sluice_action: 'hold' })));
    await post(messageOf(labelled({ sluice_action: 'look' })));
    assert.deepEqual(
      told.map(({ command }) => command.action),
      ['hold', 'look'],
    );
    const wrong = await post(messageOf(labelled({ sluice_action: 'explode' })));
    assert.deepEqual(resultsOf(wrong), ['refused']);
    assert.equal(told.length, 2);
  });

  it('judges each alert of a message for itself', async () => {
    const answer = await post(
      messageOf(
        { ...firing, status: 'resolved' },
        { ...firing, labels: { alertname: 'Elsewhere' } },
        labelled({ sluice_environment: 'Not A Name' }),
        labelled({ sluice_environment: 'production' }),
        firing,
      ),
    );
    assert.equal(answer.status, 202);
    assert.deepEqual(resultsOf(answer), ['resolved', 'notOurs', 'notOurs', 'refused', 'acted']);
    assert.equal(told.length, 1);
    const recorded = new Set(events.map(({ data }) => data.result));
    assert.deepEqual(recorded, new Set(['acted', 'refused', 'resolved']));
  });

  it('has nothing to do where no rollout runs, or it is over, and records that', async () => {
    current = null;
    assert.deepEqual(resultsOf(await post(messageOf(firing))), ['nothingToDo']);
    current = 'rollout:checkout:staging:3';
    refuse = new Failure('CommandRejected', 'the rollout has ended: promoted');
    const over = await post(messageOf(firing));
    assert.deepEqual(resultsOf(over), ['nothingToDo']);
    assert.match(over.body.alerts[0]?.message ?? '', /has ended/);
    const nowhere = await post(messageOf(labelled({ sluice_service: 'cart' })));
    assert.deepEqual(resultsOf(nowhere), ['nothingToDo']);
    assert.equal(events.length, 3);
  });

  it('tells the release of what is stable where no rollout runs', async () => {
    current = null;
    isSoaking = true;
    assert.deepEqual(resultsOf(await post(messageOf(firing))), ['acted']);
    const [{ id, updateId, command } = assert.fail()] = told;
    assert.equal(id, 'release:checkout:1.1.0');
    assert.match(updateId, /^alert:c3f1a2b4d5e60718:\d+:staging$/);
    assert.equal('environment' in command && command.environment, 'staging');
    refuse = new WorkflowNotFoundError('', id, '');
    const { alerts } = (await post(messageOf(firing))).body;
    assert.deepEqual(
      [alerts[0]?.result, alerts[0]?.message],
      ['nothingToDo', 'no rollout runs there'],
    );
  });

  it('is asked again when Temporal does not answer', async () => {
    refuse = new Failure('Unavailable', 'Temporal does not answer');
    assert.equal((await post(messageOf(firing))).status, 503);
  });

  it('acts although it cannot be recorded', async () => {
    diskIsFull = true;
    assert.deepEqual(resultsOf(await post(messageOf(firing))), ['acted']);
    assert.match(api.log.join(''), /an alert could not be recorded/);
  });

  it('lets in tokens that may send alerts, and signatures, and nobody else', async () => {
    const text = JSON.stringify(messageOf(firing));
    assert.equal((await post(messageOf(firing), null)).status, 401);
    assert.equal((await post(messageOf(firing), 'slc_guess')).status, 401);
    assert.equal((await post(messageOf(firing), secrets.read)).status, 403);
    assert.equal((await signed(text, 1_700_000_000)).status, 401);
    assert.equal((await signed(text, undefined, 'not the secret')).status, 401);
    assert.equal(told.length, 0);
    assert.equal((await signed(text)).status, 202);
    assert.equal((await post(messageOf(firing), secrets.all)).status, 202);
    assert.equal(told.length, 2);
  });

  it('lets a signature do nothing else', async () => {
    const headers = { 'Sluice-Signature': 't=1,v1=00' };
    const answer = await api.call('GET', '/v1/targets', { token: null, headers });
    assert.equal(answer.status, 401);
  });

  const faulty: readonly [string, unknown, string][] = [
    ['another version', { ...messageOf(firing), version: '3' }, '/version'],
    ['no alerts', { version: '4', groupKey: '', status: 'firing' }, '/alerts'],
    ['no group', { version: '4', status: 'firing', alerts: [] }, '/groupKey'],
    ['another status', messageOf({ ...firing, status: 'burning' }), '/alerts/0/status'],
    ['no time', messageOf(firing, { ...firing, startsAt: 'now' }), '/alerts/1/startsAt'],
    ['no fingerprint', messageOf({ ...firing, fingerprint: undefined }), '/alerts/0/fingerprint'],
    ['a label that is no text', messageOf({ ...firing, labels: { a: 1 } }), '/alerts/0/labels/a'],
  ];
  for (const [name, body, pointer] of faulty) {
    it(`names the field: ${name}`, async () => {
      const answer = await post(body);
      assert.equal(answer.status, 400);
      assert.deepEqual(
        answer.body.errors.map((each) => each.pointer),
        [pointer],
      );
      assert.equal(told.length, 0);
    });
  }

  it('refuses signed bodies that are no JSON, too large or too deep', async () => {
    assert.equal((await signed('{')).status, 400);
    assert.equal((await signed(`"${'x'.repeat(256 * 1024)}"`)).status, 413);
    assert.equal((await signed(`${'['.repeat(50)}${']'.repeat(50)}`)).status, 413);
  });
});
