/** The append-only record of every command, effect and verdict. */
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
