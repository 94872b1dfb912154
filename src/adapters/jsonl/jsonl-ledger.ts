/** The ledger as one file of JSON lines: appended and synced, never rewritten, readable by any tool. */
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../../domain/failures.js';
import type { LedgerEvent } from '../../domain/ledger-event.js';
import type { Ledger } from '../../ports/ledger.js';

export interface JsonlLedgerOptions {
  /** Path of the file; it and its folder are made when missing. */
  readonly file: string;
  /** Only so many of the newest bytes are read, so that a reader's memory is bounded. Default 64 MiB. */
  readonly maxReadBytes?: number;
  /** Told of every line that is no event, for example the torn last one of a crash. Default: nobody. */
  readonly onDamage?: (damage: LedgerDamage) => void;
}

export interface LedgerDamage {
  readonly file: string;
  /** Where the line starts, bytes from the file's beginning. */
  readonly atByte: number;
  /** The file ends within this line. */
  readonly isTorn: boolean;
}

const newline = 0x0a;

/**
 * Several processes may append to one file: every append is a single write at the end.
 * @throws Unavailable when the disk refuses
 */
export function createJsonlLedger(options: JsonlLedgerOptions): Ledger {
  const { file, maxReadBytes = 64 * 1024 * 1024, onDamage = () => {} } = options;
  let tail: Promise<unknown> = Promise.resolve();
  return {
    append(events) {
      if (events.length === 0) return Promise.resolve();
      const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
      const done = tail.then(() => appendLines(file, lines));
      tail = done.catch(() => {});
      return done;
    },

    async read({ subject, limit }) {
      const found = new Map<string, LedgerEvent>();
      for await (const event of readEvents(file, maxReadBytes, onDamage)) {
        const isAsked = subject === null || event.subject === subject;
        if (isAsked && !found.has(event.id)) found.set(event.id, event);
      }
      return limit <= 0 ? [] : [...found.values()].slice(-limit);
    },
  };
}

async function appendLines(file: string, lines: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, 'a+', 0o600);
    try {
      // A crash may have left half a line: what follows must not be glued to it.
      const buffer = Buffer.from((await endsWithinLine(handle)) ? `\n${lines}` : lines);
      for (let at = 0; at < buffer.length; ) {
        at += (await handle.write(buffer, at)).bytesWritten;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unavailable(file, error);
  }
}

async function endsWithinLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== newline;
}

async function* readEvents(
  file: string,
  maxBytes: number,
  onDamage: (damage: LedgerDamage) => void,
): AsyncGenerator<LedgerEvent> {
  const size = await sizeOf(file);
  if (size === 0) return;
  const start = Math.max(0, size - maxBytes);
  // Read from one byte earlier: when that is a line's end, the first line is whole.
  const from = Math.max(0, start - 1);
  let isFirst = start > 0;
  let lineStart = from;
  let parts: Buffer[] = [];
  for await (const chunk of createReadStream(file, { start: from, end: size - 1 })) {
    let rest = chunk as Buffer;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      const line = Buffer.concat([...parts, rest.subarray(0, end)]);
      const event = isFirst || line.length === 0 ? null : parseEvent(line);
      if (event) yield event;
      else if (!isFirst && line.length > 0) onDamage({ file, atByte: lineStart, isTorn: false });
      isFirst = false;
      lineStart += line.length + 1;
      parts = [];
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) parts.push(rest);
  }
  if (parts.length > 0) onDamage({ file, atByte: lineStart, isTorn: true });
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw unavailable(file, error);
  }
}

function parseEvent(line: Buffer): LedgerEvent | null {
  try {
    const event = JSON.parse(line.toString('utf8')) as Partial<LedgerEvent> | null;
    return typeof event?.id === 'string' && typeof event.subject === 'string'
      ? (event as LedgerEvent)
      : null;
  } catch {
    return null;
  }
}

function unavailable(file: string, error: unknown): Failure {
  const seen = (error as NodeJS.ErrnoException).code ?? String(error);
  const next = 'check the free space and the permissions of the data directory';
  return new Failure(
    'Unavailable',
    `the ledger ${file} does not answer (${seen})`,
    { where: file, seen, next },
    error,
  );
}
