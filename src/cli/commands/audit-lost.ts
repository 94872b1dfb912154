/** `sluice audit lost`: what the record says is under way and Temporal knows nothing of, and what does it again. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type Unfinished, unfinishedIn } from '../../domain/ledger/unfinished.js';
import { Failure } from '../../domain/failures.js';
import { linesFromApi, linesFromFile } from '../audit-lines.js';
import { findLost } from '../find-lost.js';
import type { CliIo } from '../output.js';
import { readRecord } from '../read-record.js';
import { harmless } from '../render/paint.js';
import { openSession, type Session } from '../session.js';

interface LostFlags {
  readonly file?: string;
  readonly note?: boolean;
  readonly reason?: string;
}

/** As many as the API takes. */
const notedAtOnce = 100;

export function addAuditLost(audit: Command, io: CliIo): void {
  audit
    .command('lost')
    .description(
      'releases, rollouts and locks that the record alone knows, after a loss at Temporal',
    )
    .option(
      '--file <file>',
      'look into an export or a ledger.jsonl; the API is asked what is known',
    )
    .option('--note', 'write down that they are lost, so that they count as unfinished no more')
    .option('--reason <text>', 'with --note: why; kept in the record')
    .action(async (flags: LostFlags, command: Command) => {
      await tellLost(openSession(io, command), flags);
    });
}

async function tellLost(session: Session, { file, note, reason }: LostFlags): Promise<void> {
  const { io, answers, exit } = session;
  if (note === true && reason === undefined) {
    throw new Failure('InvalidInput', 'A note needs a reason', {
      where: '--reason',
      next: 'say why: --reason "the disk of Temporal was lost"',
    });
  }
  const client = await session.client();
  const source =
    file === undefined ? linesFromApi(client) : linesFromFile(resolve(io.folder, file));
  const record = await readRecord(source, io);
  if (record === null) return exit('aborted');
  const { fault } = record.report;
  const lost = await findLost(client, unfinishedIn(record.model, io.clock()));
  let noted = 0;
  if (note === true && reason !== undefined) {
    for (; noted < lost.length; noted += notedAtOnce) {
      const items = lost.slice(noted, noted + notedAtOnce);
      await client.noteLosses(
        items.map(({ subject, since }) => ({ subject, since })),
        reason,
      );
    }
    noted = lost.length;
  }
  answers.answer({ ok: lost.length === noted && fault === null, fault, lost, noted }, [
    ...lost.flatMap(linesOf),
    lost.length === 0 ? 'nothing is lost' : `${lost.length} lost, ${noted} noted`,
    ...(fault === null ? [] : [`${fault.kind}: ${harmless(fault.message)}`]),
  ]);
  exit(lost.length === noted && fault === null ? 'ok' : 'failed');
}

function linesOf({ subject, kind, since, last, next }: Unfinished): string[] {
  const first = `${kind.padEnd(8)} ${harmless(subject)} since ${harmless(since)}, ${harmless(last)}`;
  return next === null ? [first] : [first, `         next: ${next}`];
}
