/** Appends rows to a ledger file: one process at a time, each row chained to the one before, synced before it counts. */
import { appendFile, type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../../domain/failures.js';
import { createBatchedAppend } from '../../domain/ledger/batched-append.js';
import {
  type ChainHead,
  emptyHash,
  hashLines,
  linkEvents,
  lineOfLink,
  readLine,
} from '../../domain/ledger/chain.js';
import type { LedgerEvent } from '../../domain/ledger-event.js';
import type { RunAlone } from '../../ports/run-alone.js';
import { diskFailure } from './disk-failure.js';
import { lastLink, readLines, tornTail } from './ledger-lines.js';

export interface AppenderOptions {
  /** Path of the file; it and its folder are made when missing. */
  readonly file: string;
  /** Stands in every row of a new chain; a chain that has begun keeps the name it began with. */
  readonly project: string;
  readonly alone: RunAlone;
}

/** Where the file ended when this process wrote last. */
interface End {
  readonly inode: number;
  readonly size: number;
  readonly project: string;
  readonly head: ChainHead;
}

export function createAppender(
  options: AppenderOptions,
): (events: readonly LedgerEvent[]) => Promise<void> {
  const { file, alone } = options;
  let known: End | null = null;
  return createBatchedAppend(async (events) => {
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      known = await alone(`${file}.lock`, (isMine) => appendRows(options, known, events, isMine));
    } catch (error) {
      known = null;
      throw error instanceof Failure ? error : diskFailure('the ledger', file, error);
    }
  });
}

async function appendRows(
  { file, project }: AppenderOptions,
  known: End | null,
  events: readonly LedgerEvent[],
  isMine: () => Promise<boolean>,
): Promise<End> {
  const handle = await open(file, 'a+', 0o600);
  try {
    const { ino, size } = await handle.stat();
    const isKnown = known !== null && known.inode === ino && known.size === size;
    const end = isKnown ? known : await endOf(file, handle, project);
    const links = linkEvents(end.project, end.head, events);
    const buffer = Buffer.from(links.map((link) => `${lineOfLink(link)}\n`).join(''));
    if (!(await isMine())) throw lockLost(file);
    for (let at = 0; at < buffer.length; ) {
      at += (await handle.write(buffer, at)).bytesWritten;
    }
    await handle.sync();
    const head = links.at(-1) ?? end.head;
    return { ...end, inode: ino, size: end.size + buffer.length, head };
  } finally {
    await handle.close();
  }
}

/** Reads the end of the file, and mends it where a crash has left half a row there. */
async function endOf(file: string, handle: FileHandle, project: string): Promise<End> {
  await mendTail(file, handle);
  const { ino: inode, size } = await handle.stat();
  const link = await lastLink(handle, size);
  if (link !== null) return { inode, size, project: link.project, head: link };
  const before = hashLines();
  for await (const { text } of readLines(file, 0, size)) before.add(text);
  return { inode, size, project, head: { seq: 0, hash: size === 0 ? emptyHash : before.digest() } };
}

/** Half a row was never confirmed to anybody: it goes into a file beside. A whole row only lacks its end. */
async function mendTail(file: string, handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const tail = await tornTail(handle, size);
  if (tail === null) return;
  if (readLine(tail.bytes.toString('utf8')) !== null) {
    await handle.write('\n');
    return;
  }
  await appendFile(`${file}.torn`, Buffer.concat([tail.bytes, Buffer.from('\n')]), { mode: 0o600 });
  await handle.truncate(tail.atByte);
}

function lockLost(file: string): Failure {
  return new Failure('Unavailable', `another process appends to the ledger ${file} by now`, {
    where: file,
    next: 'this one stood still for long: it is tried again',
  });
}
