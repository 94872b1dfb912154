/** The ledger as one file of JSON lines: chained and synced, readable by any tool. */
import { open } from 'node:fs/promises';
import { readLine } from '../../domain/ledger/chain.js';
import { isWanted } from '../../domain/ledger/filter.js';
import type { LedgerEvent } from '../../domain/ledger-event.js';
import type { AuditTrail, Ledger } from '../../ports/ledger.js';
import { diskFailure } from './disk-failure.js';
import { type AppenderOptions, createAppender } from './ledger-appender.js';
import { lastLink, readLines, sizeOf } from './ledger-lines.js';

export interface JsonlLedgerOptions extends AppenderOptions {
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

/** Of one page of the chain. */
const pageBytes = 1024 * 1024;

/**
 * Several processes may append to one file: one after the other, so that the chain has no forks. Lines from before the file
 * was a chain are read as they are; its first row covers them by their hash.
 * @throws Unavailable when the disk refuses
 */
export function createJsonlLedger(options: JsonlLedgerOptions): Ledger & AuditTrail {
  const { file, maxReadBytes = 64 * 1024 * 1024 } = options;

  /** In the order in which they stand, each id once. */
  async function eventsBefore(
    to: number,
    isAsked: (event: LedgerEvent) => boolean,
  ): Promise<{ readonly event: LedgerEvent; readonly atByte: number }[]> {
    const found = new Map<string, { readonly event: LedgerEvent; readonly atByte: number }>();
    for await (const each of readEvents(options, Math.max(0, to - maxReadBytes), to)) {
      if (isAsked(each.event) && !found.has(each.event.id)) found.set(each.event.id, each);
    }
    return [...found.values()];
  }

  return {
    append: createAppender(options),

    async read({ subject, limit }) {
      if (limit <= 0) return [];
      const isAsked = (event: LedgerEvent) => subject === null || event.subject === subject;
      const found = await eventsBefore(await sizeOf(file), isAsked);
      return found.slice(-limit).map(({ event }) => event);
    },

    async find(filter, { before, limit }) {
      const to = before === null ? await sizeOf(file) : Number(before);
      const found = await eventsBefore(to, (event) => isWanted(event, filter));
      const page = found.slice(-limit);
      const older = found.length > page.length ? page[0]?.atByte : undefined;
      return {
        events: page.map(({ event }) => event).toReversed(),
        older: older === undefined ? null : `${older}`,
      };
    },

    async head() {
      const size = await sizeOf(file);
      if (size === 0) return null;
      const handle = await open(file, 'r').catch((error: unknown) => {
        throw diskFailure('the ledger', file, error);
      });
      try {
        const link = await lastLink(handle, size);
        return link && { project: link.project, seq: link.seq, hash: link.hash };
      } finally {
        await handle.close();
      }
    },

    async lines({ after, limit }) {
      const from = Number(after ?? 0);
      const lines: string[] = [];
      const size = await sizeOf(file);
      let bytes = 0;
      for await (const { text, atByte, isTorn } of readLines(file, from, size)) {
        if (isTorn) break;
        if (lines.length >= limit || (bytes > 0 && bytes + text.length > pageBytes)) {
          return { lines, next: `${atByte}` };
        }
        lines.push(text);
        bytes += text.length;
      }
      return { lines, next: null };
    },
  };
}

/** Unchained lines count only before the chain: later ones are nobody's. */
async function* readEvents(
  { file, onDamage = () => {} }: JsonlLedgerOptions,
  from: number,
  to: number,
): AsyncGenerator<{ readonly event: LedgerEvent; readonly atByte: number }> {
  let isChained = false;
  for await (const { text, atByte, isTorn } of readLines(file, from, to)) {
    if (text === '') continue;
    const line = isTorn ? null : readLine(text);
    if (line?.kind === 'link') {
      isChained = true;
      yield { event: line.link.event, atByte };
    } else if (line?.kind === 'unchained' && !isChained) {
      yield { event: line.event, atByte };
    } else if (line?.kind !== 'start') {
      onDamage({ file, atByte, isTorn });
    }
  }
}
