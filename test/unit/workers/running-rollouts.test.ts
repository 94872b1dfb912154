/** What running rollouts are read from: one list for many scrapes, one rollout for each target, nothing foreign. */
import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import { type SearchAttributePair, TypedSearchAttributes } from '@temporalio/common';
import { createRunningRollouts } from '../../../src/workers/running-rollouts.js';
import {
  phaseKey,
  strategyKey,
  trafficWeightKey,
} from '../../../src/workflows/search-attributes.js';

interface Listed {
  readonly workflowId: string;
  readonly attributes?: SearchAttributePair[];
}

function aServer(listed: readonly Listed[]) {
  const server = {
    asked: [] as string[],
    fails: false,
    clockMs: 0,
    read: async (): Promise<unknown> => undefined,
  };
  const client = {
    withDeadline: <T>(_atMs: number, ask: () => Promise<T>) => ask(),
    workflow: {
      async *list({ query }: { readonly query: string }) {
        server.asked.push(query);
        if (server.fails) throw new Error('unavailable');
        for (const { workflowId, attributes = [] } of listed)
          yield { workflowId, typedSearchAttributes: new TypedSearchAttributes(attributes) };
      },
    },
  } as unknown as Client;
  server.read = createRunningRollouts(client, () => server.clockMs);
  return server;
}

const shown = (phase: string, weight: number): SearchAttributePair[] => [
  { key: phaseKey, value: phase },
  { key: trafficWeightKey, value: weight },
  { key: strategyKey, value: 'canary' },
];
const target = { service: 'checkout', environment: 'production' };
const queued = { phase: 'Queued', weight: 0, strategy: null };

const rows: readonly { name: string; given: readonly Listed[]; want: readonly object[] }[] = [
  { name: 'nothing runs', given: [], want: [] },
  {
    name: 'one in a region, at its weight',
    given: [{ workflowId: 'rollout:checkout:production:eu:3', attributes: shown('Holding', 25) }],
    want: [
      { target: { ...target, region: 'eu' }, phase: 'Holding', weight: 25, strategy: 'canary' },
    ],
  },
  {
    name: 'one that no worker has taken up',
    given: [{ workflowId: 'rollout:checkout:production:1' }],
    want: [{ target, ...queued }],
  },
  {
    name: 'one that has ended and only tidies up',
    given: [{ workflowId: 'rollout:checkout:production:1', attributes: shown('RolledBack', 0) }],
    want: [],
  },
  {
    name: 'the newer of two at one target, whichever is listed first',
    given: [
      { workflowId: 'rollout:checkout:production:9', attributes: shown('Analysing', 5) },
      { workflowId: 'rollout:checkout:production:10' },
      { workflowId: 'rollout:checkout:production:8', attributes: shown('Analysing', 5) },
    ],
    want: [{ target, ...queued }],
  },
  {
    name: 'a phase and a strategy outside the lists',
    given: [
      {
        workflowId: 'rollout:checkout:production:1',
        attributes: [
          { key: phaseKey, value: 'v1.2.3' },
          { key: strategyKey, value: 'v1.2.3' },
        ],
      },
    ],
    want: [{ target, ...queued }],
  },
  {
    name: 'a workflow with an id of somebody else',
    given: [{ workflowId: 'rollout-by-hand' }, { workflowId: 'rollout:UPPER:production:1' }],
    want: [],
  },
];

describe('running rollouts', () => {
  for (const { name, given, want } of rows)
    it(name, async () => assert.deepEqual(await aServer(given).read(), want));

  it('cost one list for all scrapes of 5 s, and none is kept that failed', async () => {
    const server = aServer([]);
    await Promise.all([server.read(), server.read()]);
    server.clockMs = 4_999;
    await server.read();
    assert.equal(server.asked.length, 1);
    assert.match(server.asked[0] ?? '', /'runRollout' AND ExecutionStatus = 'Running'/);
    server.clockMs = 5_000;
    server.fails = true;
    await assert.rejects(server.read());
    server.fails = false;
    assert.deepEqual(await server.read(), []);
    assert.equal(server.asked.length, 3);
  });
});
