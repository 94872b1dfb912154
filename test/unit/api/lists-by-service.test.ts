/** Lists with a token for some services: those alone are asked for, whatever the caller filters by. */
import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { identifyIn } from '../../../src/api/tokens.js';
import { hashToken, type StoredToken } from '../../../src/config/token-file.js';
import { type ApiUnderTest, serveApi } from '../../support/api-under-test.js';

const services = ['cart', 'cart-2', 'checkout', 'search'];
const ids: Readonly<Record<string, (service: string) => string>> = {
  ownTarget: (service) => `target:${service}:production`,
  runRollout: (service) => `rollout:${service}:production:1`,
  promoteRelease: (service) => `release:${service}:1.0.0`,
};

/** Reads the conditions that lists are made of, and fails at any other. */
function isWanted(service: string, conditions: readonly string[]): boolean {
  return conditions.every((condition) => {
    const [, is] = /^`Service` = "([^"]*)"$/.exec(condition) ?? [];
    if (is !== undefined) return service === is;
    const [, oneOf] = /^`Service` IN \((.*)\)$/.exec(condition) ?? [];
    if (oneOf !== undefined) return oneOf.split(', ').includes(`"${service}"`);
    assert.match(condition, /^`(?:WorkflowType|ExecutionStatus)` = "\w+"$/);
    return true;
  });
}

async function listWorkflowExecutions({ query }: { readonly query: string }) {
  const conditions = query.split(' AND ');
  const [, type = ''] = /`WorkflowType` = "(\w+)"/.exec(query) ?? [];
  const found = services.filter((service) => isWanted(service, conditions));
  const executions = found.map((service) => ({
    execution: { workflowId: ids[type]?.(service), runId: 'r' },
    startTime: { seconds: 1, nanos: 0 },
    searchAttributes: { indexedFields: { Service: defaultPayloadConverter.toPayload([service]) } },
  }));
  return { executions, nextPageToken: Buffer.from('more') };
}

const client = {
  withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
  workflowService: { listWorkflowExecutions },
  options: { namespace: 'default' },
} as unknown as Client;

const token = (id: string, more: Partial<StoredToken> = {}): StoredToken => {
  const sha256 = hashToken(`slc_${id}`);
  return { id, owner: id, sha256, scopes: ['read'], expiresAt: '2999-01-01T00:00:00Z', ...more };
};
const stored = [token('all'), token('bound', { services: ['cart', 'search'] })];

describe('lists with a token for some services', () => {
  let api: ApiUnderTest;
  before(async () => {
    const tokens = { identify: async (secret: string) => identifyIn(stored, secret, Date.now()) };
    api = await serveApi(client, { tokens });
  });
  after(() => api.stop());

  interface List {
    readonly items: readonly { readonly service: string }[];
    readonly nextCursor: string | null;
  }
  const list = async (id: string, path: string) => {
    const { status, body } = await api.call('GET', path, { token: `slc_${id}` });
    return {
      status,
      list: body as List,
      services: (body as List).items?.map((row) => row.service),
    };
  };

  for (const path of ['/v1/rollouts', '/v1/releases', '/v1/targets']) {
    it(`${path} shows those alone`, async () => {
      assert.deepEqual((await list('all', path)).services, services);
      assert.deepEqual((await list('bound', path)).services, ['cart', 'search']);
      assert.deepEqual((await list('bound', `${path}?service=cart`)).services, ['cart']);
    });

    it(`${path} shows nothing of another service that is asked for by name`, async () => {
      assert.deepEqual((await list('all', `${path}?service=checkout`)).services, ['checkout']);
      assert.deepEqual(
        await list('bound', `${path}?service=checkout`).then((seen) => seen.services),
        [],
      );
    });

    it(`${path} takes no cursor of a list that shows more`, async () => {
      const { nextCursor } = (await list('all', path)).list;
      assert.equal((await list('all', `${path}?cursor=${nextCursor}`)).status, 200);
      assert.equal((await list('bound', `${path}?cursor=${nextCursor}`)).status, 400);
    });
  }
});
