/** The lines of a ledger, from the API or from a file, and their verification on the way. */
import { createReadStream } from 'node:fs';
import type { ChainHead } from '../domain/ledger/chain.js';
import type { ChainReport } from '../domain/ledger/chain-report.js';
import { checkChain } from '../domain/ledger/verify.js';
import { Failure } from '../domain/failures.js';
import type { ApiClient } from './client.js';
import type { CliIo } from './output.js';

/** Yields each line without its end; returns what stands after the last line end. */
export type LedgerLines = AsyncGenerator<string, string>;

const linesAtOnce = 1000;

export async function* linesFromApi(client: ApiClient): LedgerLines {
  let cursor: string | undefined;
  do {
    const page = await client.auditLines({ limit: `${linesAtOnce}`, cursor });
    yield* page.lines;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return '';
}

/** @throws InvalidInput when the file cannot be read */
export async function* linesFromFile(file: string): LedgerLines {
  let rest = '';
  try {
    for await (const chunk of createReadStream(file, 'utf8')) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    const next = 'name what `sluice audit export` wrote, or a ledger.jsonl';
    throw new Failure('InvalidInput', `${file} cannot be read`, { where: file, next }, error);
  }
  return rest;
}

const tellEveryMs = 2_000;

/** Takes all lines and tells on stderr how far it is; null when a person interrupts it. */
export async function verifyLines(
  source: LedgerLines,
  kept: ChainHead | null,
  io: Pick<CliIo, 'clock' | 'writeError' | 'interrupted'>,
  onLine: (line: string) => Promise<void> | void = () => {},
): Promise<ChainReport | null> {
  const check = checkChain(kept);
  let toldAtMs = io.clock();
  for (let count = 1; ; count++) {
    const { value, done } = await source.next();
    if (done) return check.report(value);
    check.take(value);
    await onLine(value);
    if (io.interrupted.aborted) return null;
    if (io.clock() - toldAtMs < tellEveryMs) continue;
    toldAtMs = io.clock();
    io.writeError(`${count} rows looked at\n`);
  }
}
