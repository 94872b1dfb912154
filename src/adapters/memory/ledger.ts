/** A ledger in memory, for tests. */
import { emptyHash, lineOfLink, linkEvents, type ChainLink } from '../../domain/ledger/chain.js';
import { isWanted } from '../../domain/ledger/filter.js';
import type { LedgerEvent } from '../../domain/ledger-event.js';
import type { AuditTrail, Ledger } from '../../ports/ledger.js';

export function createMemoryLedger(project = 'shop'): Ledger & AuditTrail {
  const links: ChainLink[] = [];
  const ids = new Set<string>();
  const newest = (isAsked: (event: LedgerEvent) => boolean, to: number) =>
    links.filter(({ seq, event }) => seq < to && isAsked(event));
  return {
    async append(events) {
      const added = events.filter(({ id }) => !ids.has(id) && ids.add(id));
      links.push(...linkEvents(project, links.at(-1) ?? { seq: 0, hash: emptyHash }, added));
    },

    async read({ subject, limit }) {
      const asked = newest((event) => subject === null || event.subject === subject, Infinity);
      return limit <= 0 ? [] : structuredClone(asked.slice(-limit).map(({ event }) => event));
    },

    async find(filter, { before, limit }) {
      const asked = newest((event) => isWanted(event, filter), Number(before ?? Infinity));
      const page = asked.slice(-limit);
      return {
        events: structuredClone(page.map(({ event }) => event).toReversed()),
        older: asked.length > page.length ? `${page[0]?.seq}` : null,
      };
    },

    async head() {
      const last = links.at(-1);
      return last ? { project, seq: last.seq, hash: last.hash } : null;
    },

    async lines({ after, limit }) {
      const from = Number(after ?? 0);
      const page = links.slice(from, from + limit);
      const next = from + page.length;
      return { lines: page.map(lineOfLink), next: next < links.length ? `${next}` : null };
    },
  };
}
