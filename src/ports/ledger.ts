/** The append-only record of every command, effect and verdict, and the look through it as a chain. */
import type { ChainHead } from '../domain/ledger/chain.js';
import type { AuditFilter } from '../domain/ledger/filter.js';
import type { LedgerEvent } from '../domain/ledger-event.js';

export interface Ledger {
  /** Appends durably; an event whose id was appended before may stand twice, readers keep the first. */
  append(events: readonly LedgerEvent[]): Promise<void>;
  /** Events of one subject (workflow id), or of all when null, oldest first, each id once, at most `limit` newest. */
  read(query: {
    readonly subject: string | null;
    readonly limit: number;
  }): Promise<readonly LedgerEvent[]>;
}

export interface AuditTrail {
  /** Events newest first, each id once. `older` asks for the next page as its `before`; null: there is none. */
  find(
    filter: AuditFilter,
    page: { readonly before: string | null; readonly limit: number },
  ): Promise<{ readonly events: readonly LedgerEvent[]; readonly older: string | null }>;
  /** The newest row with its project; null before the first. */
  head(): Promise<(ChainHead & { readonly project: string }) | null>;
  /**
   * The chain as text in the order in which it is stored, a line a row, without line ends; what an append has not yet ended is
   * left out. `next` asks for what follows as its `after`; null: nothing does.
   */
  lines(page: {
    readonly after: string | null;
    readonly limit: number;
  }): Promise<{ readonly lines: readonly string[]; readonly next: string | null }>;
}
