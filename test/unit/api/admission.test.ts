/** What is asked again: not sent twice when nothing changed, turned away when there is too much, never in a rescue's way. */
import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import fc from 'fast-check';
import { defaultLimits } from '../../../src/api/limits.js';
import { soon } from '../../../src/api/retry-after.js';
import type { Problem } from '../../../src/api/schemas/problem.js';
import { serveApi } from '../../support/api-under-test.js';

/** A Temporal that answers queries when `query` does, and knows of nothing to command. */
function temporalWith(query: () => Promise<object>): Client {
  const executeUpdate = async () => {
    throw new WorkflowNotFoundError('', 'x', '');
  };
  const handle = { query, executeUpdate, describe: executeUpdate };
  return {
    withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflow: { getHandle: () => handle },
    workflowService: {
      getSystemInfo: async () => ({}),
      listWorkflowExecutions: async () => ({ executions: [] }),
    },
    options: { namespace: 'default' },
  } as unknown as Client;
}

const path = '/v1/releases/checkout/1.0.0';
const abort = `${path}/abort`;

describe('admission', () => {
  it('answers 304 to whoever has the view already, however the ETag is written', async () => {
    let n = 0;
    const api = await serveApi(temporalWith(async () => ({ n })));
    for (const place of [path, '/v1/targets/checkout/staging', '/v1/targets', `${path}?wait=1s`]) {
      const { headers } = await api.call('GET', place);
      const etag = headers.get('etag') ?? '';
      assert.match(etag, /^"[0-9a-f]{20}"$/);
      assert.equal(headers.get('cache-control'), 'private, no-cache');
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`]) {
        const again = await api.call('GET', place, { headers: { 'if-none-match': known } });
        assert.deepEqual([again.status, again.body, again.headers.get('etag')], [304, '', etag]);
      }
      for (const other of ['"x"', etag.slice(1, -1), '']) {
        const again = await api.call('GET', place, { headers: { 'if-none-match': other } });
        assert.equal(again.status, 200);
      }
    }
    const { headers } = await api.call('GET', path);
    n = 1;
    const known = { 'if-none-match': headers.get('etag') ?? '' };
    assert.equal((await api.call('GET', path, { headers: known })).status, 200);
    await api.stop();
  });

  it('keeps places for a rescue when all others are taken', async () => {
    let answer: (view: object) => void = () => {};
    const held = new Promise<object>((resolve) => {
      answer = resolve;
    });
    const limits = { ...defaultLimits, atOnce: { read: 2, write: 1, rescue: 1 } };
    const api = await serveApi(
      temporalWith(() => held),
      { limits },
    );
    const reading = [api.call('GET', path), api.call('GET', path)];
    let third = await api.call('GET', '/v1/targets');
    while (third.status === 200) third = await api.call('GET', '/v1/targets');
    assert.deepEqual([third.status, (third.body as Problem).code], [503, 'Unavailable']);
    assert.match(third.headers.get('retry-after') ?? '', /^[12]$/);
    assert.equal((third.body as Problem).limit, '2 at once');
    const rescue = await api.call('POST', abort, { body: { reason: 'x' } });
    assert.equal(rescue.status, 404, 'it got through, to where there is nothing');
    assert.equal((await api.call('GET', '/healthz', { token: null })).status, 200);
    answer({ n: 1 });
    assert.deepEqual([...new Set((await Promise.all(reading)).map(({ status }) => status))], [200]);
    while ((await api.call('GET', path)).status !== 200);
    await api.stop();
  });

  it('asks those whom it turns away to come back at different moments, and none too early', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600_000 }), (ms) => {
        const given = soon(ms);
        assert.ok(given >= ms && given <= ms + Math.max(1, Math.min(ms / 2, 5000)));
      }),
    );
    assert.ok(new Set(Array.from({ length: 100 }, () => soon(60_000))).size > 50);
  });
});
