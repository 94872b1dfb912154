/** A ledger in a file, as every process opens it. */
import {
  createJsonlLedger,
  type JsonlLedgerOptions,
} from '../../src/adapters/jsonl/jsonl-ledger.js';
import { withFileLock } from '../../src/config/file-lock.js';

export function openLedgerFile(
  file: string,
  options: Partial<
    Pick<JsonlLedgerOptions, 'alone' | 'maxReadBytes' | 'onDamage' | 'project'>
  > = {},
): ReturnType<typeof createJsonlLedger> {
  return createJsonlLedger({ file, project: 'shop', alone: withFileLock, ...options });
}
