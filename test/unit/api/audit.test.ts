/** The ledger over HTTP: pages, filters, the head, and lines that verify. */
import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import { createMemoryLedger } from '../../../src/adapters/memory/ledger.js';
import type { AuditEvents, AuditLines } from '../../../src/api/schemas/audit.js';
import { checkChain } from '../../../src/domain/ledger/verify.js';
import { ledgerEvent } from '../../contract/ledger.contract.js';
import { type ApiUnderTest, serveApi } from '../../support/api-under-test.js';

describe('the ledger over HTTP', () => {
  const ledger = createMemoryLedger();
  let api: ApiUnderTest;
  before(async () => {
    api = await serveApi({} as Client, { audit: ledger });
  });
  after(() => api.stop());
  const ask = async (path: string) => {
    const { status, body } = await api.call('GET', path);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };

  it('has no head before the first row', async () => {
    assert.deepEqual(await ask('/v1/audit/head'), { project: null, head: null });
    assert.deepEqual(await ask('/v1/audit/lines'), { lines: [], nextCursor: null });
  });

  it('gives lines from which the same head comes out', async () => {
    await ledger.append(Array.from({ length: 5 }, (_, n) => ledgerEvent(`${n}`)));
    const check = checkChain();
    let cursor: string | null = '0';
    while (cursor !== null) {
      const page: AuditLines = await ask(`/v1/audit/lines?limit=2&cursor=${cursor}`);
      for (const line of page.lines) check.take(line);
      cursor = page.nextCursor;
    }
    const { head, fault } = check.report();
    assert.equal(fault, null);
    assert.deepEqual(await ask('/v1/audit/head'), { project: 'shop', head });
  });

  it('lists newest first, with filters, page by page', async () => {
    const first: AuditEvents = await ask('/v1/audit/events?kind=trafficShifted&limit=3');
    assert.deepEqual(
      first.items.map(({ id }) => id),
      ['4', '3', '2'],
    );
    const rest: AuditEvents = await ask(`/v1/audit/events?limit=3&cursor=${first.nextCursor}`);
    assert.deepEqual([rest.items.map(({ id }) => id), rest.nextCursor], [['1', '0'], null]);
    const later: AuditEvents = await ask('/v1/audit/events?since=2026-01-02T04:04:05.001%2B01:00');
    assert.deepEqual(later.items, []);
    const now: AuditEvents = await ask('/v1/audit/events?since=2026-01-02T04:04:05%2B01:00');
    assert.equal(now.items.length, 5);
  });

  for (const query of ['limit=201', 'cursor=x', 'since=yesterday', 'actor=', 'who=me']) {
    it(`refuses ?${query}`, async () => {
      assert.equal((await api.call('GET', `/v1/audit/events?${query}`)).status, 400);
    });
  }
});
