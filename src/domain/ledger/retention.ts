/** Dropping the oldest months of a ledger: what is asked, and what went. */
import type { ChainHead } from './chain.js';

/** A new file; what was written is safe on the disk when `close` resolves. */
export interface ExportFile {
  readonly path: string;
  write(line: string): Promise<void>;
  close(): Promise<void>;
}

export interface DropOldest {
  /** Of the database, as the owner of the tables; a secret. */
  readonly url: string;
  /** Months that stay beside the present one; at least 1. */
  readonly keepMonths: number;
  readonly actor: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Opens the file for one month of one project. */
  readonly openExport: (name: string) => Promise<ExportFile>;
}

export interface DroppedMonth {
  /** `2026-01`. */
  readonly month: string;
  readonly projects: readonly {
    readonly project: string;
    readonly rows: number;
    /** Last row that was dropped: the chain goes on after it. */
    readonly through: ChainHead;
    readonly file: string;
  }[];
}
