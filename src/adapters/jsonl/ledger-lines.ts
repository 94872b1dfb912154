/** The lines of a ledger file: forwards from a byte on, and the last row from the end. */
import { createReadStream } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';
import { type ChainLink, readLine } from '../../domain/ledger/chain.js';
import { diskFailure } from './disk-failure.js';

export interface FileLine {
  readonly text: string;
  /** Where it starts, bytes from the file's beginning. */
  readonly atByte: number;
  /** The file ends within this line. */
  readonly isTorn: boolean;
}

const newline = 0x0a;

/** Every line that starts in the range, empty ones too; a range that begins within a line misses the rest of that one. */
export async function* readLines(file: string, from: number, to: number): AsyncGenerator<FileLine> {
  if (to <= from) return;
  // Read from one byte earlier: when that is a line's end, the first line is whole.
  const start = Math.max(0, from - 1);
  let isFirst = from > 0;
  let atByte = start;
  let parts: Buffer[] = [];
  for await (const chunk of createReadStream(file, { start, end: to - 1 })) {
    let rest = chunk as Buffer;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      const line = Buffer.concat([...parts, rest.subarray(0, end)]);
      if (!isFirst) yield { text: line.toString('utf8'), atByte, isTorn: false };
      isFirst = false;
      atByte += line.length + 1;
      parts = [];
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) parts.push(rest);
  }
  if (parts.length === 0 || isFirst) return;
  yield { text: Buffer.concat(parts).toString('utf8'), atByte, isTorn: true };
}

/** Bytes; 0 where there is none. @throws Unavailable when the disk refuses */
export async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw diskFailure('the ledger', file, error);
  }
}

const firstLook = 64 * 1024;

/** The last row of the chain, wherever it stands; null: there is none. */
export async function lastLink(handle: FileHandle, size: number): Promise<ChainLink | null> {
  for (let look = firstLook; ; look *= 2) {
    const from = Math.max(0, size - look);
    const lines = (await readBytes(handle, from, size)).toString('utf8').split('\n');
    if (from > 0) lines.shift();
    const found = lines
      .map((line) => (line === '' ? null : readLine(line)))
      .findLast((line) => line?.kind === 'link');
    if (found?.kind === 'link') return found.link;
    if (from === 0) return null;
  }
}

/** What stands after the last line end, and where; null: the file ends with a line's end. */
export async function tornTail(
  handle: FileHandle,
  size: number,
): Promise<{ readonly bytes: Buffer; readonly atByte: number } | null> {
  for (let look = firstLook; ; look *= 2) {
    const from = Math.max(0, size - look);
    const bytes = await readBytes(handle, from, size);
    const end = bytes.lastIndexOf(newline) + 1;
    if (end === bytes.length) return null;
    if (end > 0 || from === 0) return { bytes: bytes.subarray(end), atByte: from + end };
  }
}

async function readBytes(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(to - from);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
  return buffer.subarray(0, bytesRead);
}
