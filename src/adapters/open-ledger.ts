/** The ledger of an installation: in a database where one is named, else a file in the data directory. */
import { join } from 'node:path';
import type { AuditTrail, Ledger } from '../ports/ledger.js';
import type { RunAlone } from '../ports/run-alone.js';
import { createJsonlLedger } from './jsonl/jsonl-ledger.js';
import { createPostgresLedger } from './postgres/postgres-ledger.js';

export interface OpenLedgerOptions {
  readonly project: string;
  /** The data directory. */
  readonly folder: string;
  /** How one process at a time writes the file. */
  readonly alone: RunAlone;
  /** Holds the URL of the database; null: there is none. */
  readonly urlFile: string | null;
  readonly readUrl: (urlFile: string) => Promise<string>;
}

export function openLedger(options: OpenLedgerOptions): Ledger & AuditTrail {
  const { project, folder, alone, urlFile, readUrl } = options;
  return urlFile === null
    ? createJsonlLedger({ file: join(folder, 'ledger.jsonl'), project, alone })
    : createPostgresLedger({ project, readUrl: () => readUrl(urlFile) });
}
