/** What every ledger promises. */
import assert from 'node:assert/strict';
import type { LedgerEvent } from '../../src/domain/ledger-event.js';
import type { ChainReport } from '../../src/domain/ledger/chain-report.js';
import type { ChainHead } from '../../src/domain/ledger/chain.js';
import { checkChain } from '../../src/domain/ledger/verify.js';
import type { AuditTrail, Ledger } from '../../src/ports/ledger.js';

export interface LedgerCase {
  readonly name: string;
  /** A fresh, empty ledger. */
  readonly create: () => Promise<Ledger & AuditTrail>;
}

export function ledgerEvent(id: string, subject = 'target:checkout:production'): LedgerEvent {
  const data = { weight: 5, note: 'zwölf\n"lines"\u2028', id };
  return {
    id,
    at: '2026-01-02T03:04:05.000Z',
    kind: 'trafficShifted',
    subject,
    actor: 'sluice',
    reason: 'step 1',
    data,
  };
}

/** Reads the chain page by page, as whoever verifies it does. */
export async function chainOf(
  trail: Pick<AuditTrail, 'lines'>,
  kept: ChainHead | null = null,
  limit = 7,
): Promise<ChainReport> {
  const check = checkChain(kept);
  let after: string | null = null;
  do {
    const { lines, next } = await trail.lines({ after, limit });
    for (const line of lines) check.take(line);
    after = next;
  } while (after !== null);
  return check.report();
}

export async function verifiedChain(
  trail: Pick<AuditTrail, 'lines' | 'head'>,
): Promise<ChainReport> {
  const report = await chainOf(trail);
  assert.equal(report.fault, null);
  const head = await trail.head();
  assert.deepEqual(head, report.head && { ...report.head, project: report.project });
  return report;
}

export function ledgerContract({ name, create }: LedgerCase): void {
  const idsOf = async (ledger: Ledger, subject: string | null = null, limit = 100) =>
    (await ledger.read({ subject, limit })).map(({ id }) => id);

  describe(`ledger on ${name}`, () => {
    it('is empty at first, and takes nothing without complaint', async () => {
      const ledger = await create();
      await ledger.append([]);
      assert.deepEqual(await idsOf(ledger), []);
    });

    it('gives back what was appended, oldest first', async () => {
      const ledger = await create();
      await ledger.append([ledgerEvent('1'), ledgerEvent('2')]);
      await ledger.append([ledgerEvent('3')]);
      assert.deepEqual(await ledger.read({ subject: null, limit: 9 }), [
        ledgerEvent('1'),
        ledgerEvent('2'),
        ledgerEvent('3'),
      ]);
    });

    it('keeps the first of an id, within one append and over several', async () => {
      const ledger = await create();
      await ledger.append([ledgerEvent('1'), { ...ledgerEvent('1'), reason: 'again' }]);
      await ledger.append([ledgerEvent('2'), { ...ledgerEvent('1'), reason: 'again' }]);
      assert.deepEqual(await ledger.read({ subject: null, limit: 9 }), [
        ledgerEvent('1'),
        ledgerEvent('2'),
      ]);
    });

    it('reads one subject, and at most the newest', async () => {
      const ledger = await create();
      for (let n = 1; n <= 6; n++)
        await ledger.append([ledgerEvent(`${n}`, n % 2 ? 'odd' : 'even')]);
      assert.deepEqual(await idsOf(ledger, 'odd'), ['1', '3', '5']);
      assert.deepEqual(await idsOf(ledger, 'odd', 2), ['3', '5']);
      assert.deepEqual(await idsOf(ledger, null, 2), ['5', '6']);
      assert.deepEqual(await idsOf(ledger, 'nobody'), []);
      assert.deepEqual(await idsOf(ledger, null, 0), []);
    });

    it('loses and mixes nothing when many append at once', async () => {
      const ledger = await create();
      const ids = Array.from({ length: 60 }, (_, n) => `${n}`);
      await Promise.all(ids.map((id) => ledger.append([ledgerEvent(id), ledgerEvent(`${id}b`)])));
      const found = await idsOf(ledger, null, 1000);
      assert.deepEqual([...found].sort(), ids.flatMap((id) => [id, `${id}b`]).sort());
    });

    it('is not changed by what readers do to its events', async () => {
      const ledger = await create();
      await ledger.append([ledgerEvent('1')]);
      const [event] = await ledger.read({ subject: null, limit: 1 });
      Object.assign((event as LedgerEvent).data, { weight: 99 });
      assert.deepEqual(await ledger.read({ subject: null, limit: 1 }), [ledgerEvent('1')]);
    });

    it('is a sound chain, whatever is appended and however many append at once', async () => {
      const ledger = await create();
      assert.deepEqual(await ledger.head(), null);
      assert.equal((await verifiedChain(ledger)).rows, 0);
      const odd = {
        ...ledgerEvent('odd'),
        reason: 'nul \0, half a pair \ud800',
        data: { at: 1e21 },
      };
      await ledger.append([ledgerEvent('1'), odd]);
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          ledger.append([ledgerEvent(`a${n}`), ledgerEvent(`b${n}`)]),
        ),
      );
      assert.equal((await verifiedChain(ledger)).rows, 42);
      assert.deepEqual((await ledger.read({ subject: null, limit: 42 }))[1], {
        ...odd,
        reason: 'nul \ufffd, half a pair \ufffd',
      });
    });

    it('finds by subject, kind, actor and time, newest first and page by page', async () => {
      const ledger = await create();
      const events = Array.from({ length: 9 }, (_, n) => ({
        ...ledgerEvent(`${n}`, n % 2 ? 'odd' : 'even'),
        ...{ at: `2026-01-02T03:04:0${n}.000Z`, kind: n < 6 ? 'early' : 'late' },
        actor: n % 3 ? 'ci' : 'ann',
      }));
      await ledger.append(events);
      const any = { subject: null, kind: null, actor: null, since: null };
      const found = async (filter: object, limit = 99, before: string | null = null) => {
        const page = await ledger.find({ ...any, ...filter }, { limit, before });
        return { ids: page.events.map(({ id }) => id).join(''), older: page.older };
      };
      assert.deepEqual(await found({}), { ids: '876543210', older: null });
      assert.equal((await found({ subject: 'odd' })).ids, '7531');
      assert.equal((await found({ kind: 'late', actor: 'ci' })).ids, '87');
      assert.equal((await found({ since: '2026-01-02T03:04:05.000Z' })).ids, '8765');
      assert.equal((await found({ kind: 'none' })).ids, '');
      const first = await found({ subject: 'even' }, 2);
      assert.equal(first.ids, '86');
      const second = await found({ subject: 'even' }, 2, first.older);
      assert.equal(second.ids, '42');
      assert.deepEqual(await found({ subject: 'even' }, 2, second.older), {
        ids: '0',
        older: null,
      });
    });
  });
}
