/** A ledger in memory, for tests. */
import type { LedgerEvent } from '../../domain/ledger-event.js';
import type { Ledger } from '../../ports/ledger.js';

export function createMemoryLedger(): Ledger {
  const events = new Map<string, LedgerEvent>();
  return {
    async append(added) {
      for (const event of added) {
        if (!events.has(event.id)) events.set(event.id, structuredClone(event));
      }
    },
    async read({ subject, limit }) {
      const asked = [...events.values()].filter(
        (event) => subject === null || event.subject === subject,
      );
      return limit <= 0 ? [] : structuredClone(asked.slice(-limit));
    },
  };
}
