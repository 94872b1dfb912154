/** The watch under way over HTTP: read from heartbeats, null where there are none. */
import assert from 'node:assert/strict';
import { type Client, QueryNotRegisteredError } from '@temporalio/client';
import { defaultPayloadConverter, type Payload, toPayloads } from '@temporalio/common';
import { runningWatchSchema } from '../../../src/api/schemas/running-watch.js';
import { explainWatch } from '../../../src/domain/analysis/explain-watch.js';
import { beginWatch, observe, openWindow } from '../../../src/domain/analysis/watch.js';
import { secrets, serveApi } from '../../support/api-under-test.js';
import { look, policy, step } from '../analysis/looks.js';

const state = [0, 1, 2].reduce(
  (seen, n) => observe(seen, look(n, { requests: 20 * n, errors: n }), policy),
  openWindow(beginWatch(null), step()),
);

interface Pending {
  readonly name: string;
  readonly activityId: string;
  readonly details: unknown;
  readonly state?: number;
}

function temporalOf(pending: readonly Pending[], knowsHealth: boolean, status: string): Client {
  const payloadsOf = (value: unknown): Payload[] | undefined =>
    toPayloads(defaultPayloadConverter, value);
  const getHandle = () => ({
    query: async () => {
      if (!knowsHealth) throw new QueryNotRegisteredError('unknown query', 3);
      return policy;
    },
    describe: async () => ({
      status: { name: status },
      raw: {
        pendingActivities: pending.map(({ name, activityId, details, state = 2 }) => ({
          ...{ activityType: { name }, activityId, state },
          heartbeatDetails: details === undefined ? null : { payloads: payloadsOf(details) },
        })),
      },
    }),
  });
  return {
    withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflow: { getHandle },
    options: {
      namespace: 'default',
      loadedDataConverter: { payloadConverter: defaultPayloadConverter, payloadCodecs: [] },
    },
  } as unknown as Client;
}

async function asked(pending: readonly Pending[], knowsHealth = true, status = 'RUNNING') {
  const api = await serveApi(temporalOf(pending, knowsHealth, status));
  const path = '/v1/rollouts/checkout/production/3/watch';
  const answer = await api.call('GET', path, { token: secrets.read });
  await api.stop();
  assert.equal(answer.status, 200);
  const body = runningWatchSchema.parse(answer.body);
  assert.equal(body.rolloutId, 'rollout:checkout:production:3');
  return body.watch;
}

describe('watch under way over HTTP', () => {
  it("is the step's own watch, explained by the limits of its rollout", async () => {
    const closer = { ...state, looks: 99 };
    const watch = await asked([
      { name: 'watchHealth', activityId: '12', details: closer },
      { name: 'shiftTraffic', activityId: '2', details: state },
      { name: 'watchHealth', activityId: '9', details: state },
    ]);
    assert.deepEqual(watch, JSON.parse(JSON.stringify(explainWatch(state, policy))));
  });

  it('is null before the first look, without a watch, and by a worker that does not tell', async () => {
    const mine = { name: 'watchHealth', activityId: '9' };
    assert.equal(await asked([{ ...mine, details: undefined }]), null);
    assert.equal(await asked([]), null);
    assert.equal(await asked([{ ...mine, details: { other: 'shape' } }]), null);
    assert.equal(await asked([{ ...mine, details: state }], false), null);
  });

  it('is not that of a step or a rollout that is over', async () => {
    const mine = { name: 'watchHealth', activityId: '9', details: state };
    assert.equal(await asked([{ ...mine, state: 3 }]), null);
    assert.equal(await asked([mine], true, 'COMPLETED'), null);
  });
});
