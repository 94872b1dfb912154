/** Explanations over HTTP: the deciding stage, its numbers, the record, the samples and the next commands. */
import assert from 'node:assert/strict';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ApiDeps } from '../../../src/api/deps.js';
import { whySchema } from '../../../src/api/schemas/why.js';
import type { LedgerEvent } from '../../../src/domain/ledger-event.js';
import { secrets, serveApi } from '../../support/api-under-test.js';
import { aRelease, aRollout } from '../../support/views.js';

/** A Temporal in which exactly these workflows answer, with these views; updates are accepted. */
function temporalOf(views: Readonly<Record<string, object>>): Client {
  const getHandle = (id: string) => ({
    query: async () => {
      const view = views[id];
      if (view === undefined) throw new WorkflowNotFoundError('not found', id, '');
      return view;
    },
    executeUpdate: async () => ({ accepted: true, message: 'done' }),
  });
  return {
    withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflow: { getHandle },
    options: { namespace: 'default' },
  } as unknown as Client;
}

const releaseId = 'release:checkout:1.1.0';
const rolloutId = 'rollout:checkout:production:3';

function event(id: string, at: string, subject: string): LedgerEvent {
  return { id, at, kind: 'trafficShifted', subject, actor: 'sluice', reason: 'r', data: {} };
}

const record: Pick<ApiDeps, 'ledger' | 'evidence'> = {
  ledger: {
    append: async () => {},
    read: async ({ subject }) =>
      subject === releaseId
        ? [event('2', '2026-01-01T00:00:02Z', releaseId)]
        : [
            event('1', '2026-01-01T00:00:01Z', rolloutId),
            event('3', '2026-01-01T00:00:03Z', rolloutId),
          ],
  },
  evidence: { get: async (reference) => (reference === 'sha256:big' ? 'x'.repeat(300_000) : [1]) },
};

async function why(views: Readonly<Record<string, object>>, path: string) {
  const api = await serveApi(temporalOf(views), record);
  const answer = await api.call('GET', path, { token: secrets.read });
  await api.stop();
  assert.equal(answer.status, 200);
  return whySchema.parse(answer.body);
}

const releasePath = '/v1/releases/checkout/1.1.0/why';
const rolloutPath = '/v1/rollouts/checkout/production/3/why';

describe('why', () => {
  it('a release is explained by the rollout of the stage it is at', async () => {
    const rollout = aRollout({ evidenceRef: 'sha256:few', holding: 'no traffic' });
    const said = await why({ [releaseId]: aRelease(), [rolloutId]: rollout }, releasePath);
    assert.equal(said.sentence, 'checkout@1.1.0 is Analysing at production: no traffic');
    assert.equal(said.verdict?.reason, 'errors 0.2 %, limit 5 %');
    assert.deepEqual(said.samples, { reference: 'sha256:few', value: [1], note: null });
    assert.deepEqual(
      said.events.map(({ id }) => id),
      ['1', '2', '3'],
    );
    assert.deepEqual(said.next, ['sluice abort checkout@1.1.0 --reason "…"']);
    assert.equal(
      said.temporal,
      'http://127.0.0.1:8233/namespaces/default/workflows/release%3Acheckout%3A1.1.0',
    );
  });

  it('an ended release is explained by its last stage, also when its rollout is gone', async () => {
    const view = aRelease({
      phase: 'RolledBack',
      outcome: 'rolledBack',
      environment: null,
      reason: '30 % errors, limit 5 %',
      commands: [],
    });
    const said = await why({ [releaseId]: view }, releasePath);
    assert.equal(
      said.sentence,
      'checkout@1.1.0 is RolledBack at production: 30 % errors, limit 5 %',
    );
    assert.equal(said.verdict, null);
    assert.match(said.next.join('\n'), /sluice release checkout@1\.1\.0 --digest sha256:/);
  });

  it('a rollout names what can be typed now', async () => {
    const running = aRollout({ commands: ['pause', 'promoteFull'] });
    const said = await why({ [rolloutId]: running }, rolloutPath);
    assert.deepEqual(said.next, [
      'sluice pause checkout/production#3 --reason "…"',
      'sluice promote checkout/production#3 --full --reason "…"',
    ]);
    const over = aRollout({
      phase: 'Promoted',
      outcome: 'promoted',
      reason: 'every step was done',
    });
    const after = await why({ [rolloutId]: over }, rolloutPath);
    assert.deepEqual(after.next, ['sluice rollback checkout/production --reason "…"']);
  });

  it('samples too large to show are named by their reference', async () => {
    const said = await why({ [rolloutId]: aRollout({ evidenceRef: 'sha256:big' }) }, rolloutPath);
    assert.equal(said.samples?.value, null);
    assert.match(said.samples?.note ?? '', /300002 bytes/);
    const all = await why(
      { [rolloutId]: aRollout({ evidenceRef: 'sha256:big' }) },
      `${rolloutPath}?samples=all`,
    );
    assert.equal(String(all.samples?.value).length, 300_000);
  });

  it('a token for one environment stops a release only while it is there', async () => {
    const abort = async (environment: string) => {
      const api = await serveApi(temporalOf({ [releaseId]: aRelease({ environment }) }), record);
      const options = { token: secrets.staging, body: { reason: 'x' } };
      const { status } = await api.call('POST', '/v1/releases/checkout/1.1.0/abort', options);
      await api.stop();
      return status;
    };
    assert.deepEqual([await abort('staging'), await abort('production')], [200, 403]);
  });
});
