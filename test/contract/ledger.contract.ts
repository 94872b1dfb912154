/** What every ledger promises. */
import assert from 'node:assert/strict';
import type { LedgerEvent } from '../../src/domain/ledger-event.js';
import type { Ledger } from '../../src/ports/ledger.js';

export interface LedgerCase {
  readonly name: string;
  /** A fresh, empty ledger. */
  readonly create: () => Promise<Ledger>;
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
  });
}
