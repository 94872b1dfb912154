/** `sluice audit`: list what was done, verify that the record is whole, export it with its head. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { Command } from 'commander';
import type { ChainHead } from '../../domain/ledger/chain.js';
import type { ChainReport } from '../../domain/ledger/chain-report.js';
import { Failure } from '../../domain/failures.js';
import { readDuration } from '../../domain/time.js';
import { type LedgerLines, linesFromApi, linesFromFile, verifyLines } from '../audit-lines.js';
import type { CliIo } from '../output.js';
import { readRecord } from '../read-record.js';
import { harmless, table } from '../render/paint.js';
import { openSession, type Session } from '../session.js';
import { addAuditLost } from './audit-lost.js';

interface ListFlags {
  readonly subject?: string;
  readonly kind?: string;
  readonly actor?: string;
  readonly since?: string;
  readonly limit: string;
  readonly cursor?: string;
}

export function auditCommand(io: CliIo): Command {
  const audit = new Command('audit').description(
    'the record of everything that was done: list, history, lost, verify, export, head',
  );
  audit
    .command('list')
    .description('what was done, by whom and why, newest first')
    .option('--subject <id>', 'of this release, rollout, target, …: release:checkout:1.4.0')
    .option('--kind <kind>', 'only this, such as trafficShifted or commandAccepted')
    .option('--actor <name>', 'only by this person, token or sluice')
    .option('--since <time>', 'of the last 24h, or since 2026-01-31T08:00:00Z')
    .option('--limit <n>', 'how many at most, up to 200', '50')
    .option('--cursor <cursor>', 'go on where an earlier answer ended')
    .action(async (flags: ListFlags, command: Command) => {
      await list(openSession(io, command), flags);
    });
  audit
    .command('verify')
    .description('recompute every hash; names the first row that was altered, dropped or moved')
    .option('--file <file>', 'of an export or a ledger.jsonl in place of the API; needs no server')
    .option('--head <seq:hash>', 'a head that was kept: up to it no row may be missing or another')
    .action(async (flags: { readonly file?: string; readonly head?: string }, command: Command) => {
      const session = openSession(io, command);
      const kept = flags.head === undefined ? null : headOf(flags.head);
      const report = await verifyLines(await sourceOf(session, flags.file), kept, io);
      if (report === null) return session.exit('aborted');
      session.answers.answer({ ok: report.fault === null, ...report }, linesOf(report));
      session.exit(report.fault === null ? 'ok' : 'failed');
    });
  audit
    .command('export')
    .description('write the whole record to a file, verified on the way, and tell its head')
    .argument('<file>', 'a new one')
    .action(async (file: string, _flags: object, command: Command) => {
      await exportTo(openSession(io, command), resolve(io.folder, file));
    });
  audit
    .command('history')
    .description('releases, rollouts, deployments and commands, made anew from the record')
    .option('--file <file>', 'of an export or a ledger.jsonl in place of the API; needs no server')
    .action(async (flags: { readonly file?: string }, command: Command) => {
      await history(openSession(io, command), flags.file);
    });
  addAuditLost(audit, io);
  audit
    .command('head')
    .description('number and hash of the newest row, to be kept elsewhere')
    .action(async (_flags: object, command: Command) => {
      const session = openSession(io, command);
      const answer = await (await session.client()).auditHead();
      session.answers.answer(answer, [answer.head === null ? 'no rows yet' : textOf(answer.head)]);
    });
  return audit;
}

async function list({ io, answers, client }: Session, flags: ListFlags): Promise<void> {
  const { since, ...query } = flags;
  const page = await (await client()).auditEvents({
    ...query,
    since: since === undefined ? undefined : timeOf(since, io.clock()),
  });
  const rows = page.items.map(({ at, kind, subject, actor, reason }) =>
    [at, kind, subject, actor, reason].map(harmless),
  );
  const older = page.nextCursor === null ? [] : [`older: --cursor ${page.nextCursor}`];
  answers.answer(page, [...table(rows), ...older]);
}

async function sourceOf({ io, client }: Session, file: string | undefined): Promise<LedgerLines> {
  return file === undefined
    ? linesFromApi(await client())
    : linesFromFile(resolve(io.folder, file));
}

async function history(session: Session, file: string | undefined): Promise<void> {
  const { io, answers, exit } = session;
  const record = await readRecord(await sourceOf(session, file), io);
  if (record === null) return exit('aborted');
  const { model, report } = record;
  const { deployments, commands, events: count } = model;
  const [releases, rollouts] = [[...model.releases.values()], [...model.rollouts.values()]];
  const rows = deployments.map(({ at, target, outcome, revision, reason }) =>
    [at, target, outcome, revision ?? '', reason].map(harmless),
  );
  const { fault } = report;
  answers.answer(
    { ok: fault === null, fault, events: count, releases, rollouts, deployments, commands },
    [
      ...table(rows),
      `${count} events: ${releases.length} releases, ${rollouts.length} rollouts, ${commands.length} commands`,
      ...(fault === null ? [] : [`${fault.kind}: ${harmless(fault.message)}`]),
    ],
  );
  exit(fault === null ? 'ok' : 'failed');
}

async function exportTo({ io, answers, client, exit }: Session, file: string): Promise<void> {
  const source = linesFromApi(await client());
  const out = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  await once(out, 'open').catch((error: unknown) => {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const message = exists ? `${file} is there already` : `${file} cannot be written`;
    throw new Failure('InvalidInput', message, { where: file, next: 'name another file' }, error);
  });
  const report = await verifyLines(source, null, io, async (line) => {
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  }).catch(async (error: unknown) => {
    // Half an export looks like a whole one.
    out.destroy();
    await rm(file, { force: true });
    throw error;
  });
  out.end();
  await finished(out);
  if (report === null) return exit('aborted');
  answers.answer({ ok: report.fault === null, file, ...report }, [
    `exported  ${file}`,
    ...linesOf(report),
  ]);
  exit(report.fault === null ? 'ok' : 'failed');
}

function linesOf({ fault, head, start, rows, unchained, project }: ChainReport): string[] {
  return [
    fault === null ? 'sound' : `${fault.kind}: ${harmless(fault.message)}`,
    ...(fault?.id == null ? [] : [`event     ${harmless(fault.id)}`]),
    ...(project === null ? [] : [`project   ${harmless(project)}`]),
    `rows      ${rows}${fault === null ? '' : ' before that'}`,
    ...(unchained === 0 ? [] : [`before    ${unchained} lines from before it was a chain`]),
    ...(start === null ? [] : [`dropped   up to ${textOf(start)}`]),
    ...(head === null ? [] : [`head      ${textOf(head)}`]),
  ];
}

/** As `--head` takes it. */
function textOf({ seq, hash }: ChainHead): string {
  return `${seq}:${hash}`;
}

function headOf(text: string): ChainHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash };
  throw new Failure('InvalidInput', '--head is not a head', {
    ...{ where: '--head', seen: text, next: 'give it as `sluice audit head` told it' },
  });
}

function timeOf(text: string, nowMs: number): string {
  const backMs = readDuration(text);
  const atMs = backMs === null ? Date.parse(text) : nowMs - backMs;
  if (Number.isFinite(atMs)) return new Date(atMs).toISOString();
  throw new Failure('InvalidInput', '--since is neither a time nor a duration', {
    ...{ where: '--since', seen: text, next: 'write 24h, or 2026-01-31T08:00:00Z' },
  });
}
