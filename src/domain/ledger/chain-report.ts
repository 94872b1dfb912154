/** What a look through a chain found, and its words. */
import type { ChainHead } from './chain.js';

/**
 * `altered`: not as it was written. `dropped`: rows are missing. `reordered`: it stands further on. `inserted`: it belongs to
 * nothing. `repeated`: it stood there before. `rewritten`: sound by itself, but not what was there. `truncated`: rows up
 * to the given head are missing. `unfinished`: the last line has no end.
 */
export const chainFaultKinds = [
  ...['altered', 'dropped', 'reordered', 'inserted'],
  ...['repeated', 'rewritten', 'truncated', 'unfinished'],
] as const;

export interface ChainFault {
  readonly kind: (typeof chainFaultKinds)[number];
  /** The row it is about; 0: what stands before the chain. */
  readonly seq: number;
  /** From 1; null where nothing stands. */
  readonly line: number | null;
  /** Of its event, where that can be read. */
  readonly id: string | null;
  readonly message: string;
}

export interface ChainReport {
  readonly project: string | null;
  /** The last row that was dropped by retention; null: the chain is whole. */
  readonly start: ChainHead | null;
  /** The last sound row; null: there is none. */
  readonly head: ChainHead | null;
  /** Sound rows before the first fault. */
  readonly rows: number;
  /** Lines from before the ledger was a chain; its first row covers them as a whole. */
  readonly unchained: number;
  readonly fault: ChainFault | null;
}

/** Rows `from` to `to`, as a sentence begins. */
function rowsFrom(from: number, to: number): string {
  return from === to ? `row ${from} is` : `rows ${from} to ${to} are`;
}

/** By kind: what is to be said of a row and of its neighbour. */
export const faultMessages = {
  altered: (seq: number, line: number) => `row ${seq} (line ${line}) is not as it was written`,
  alteredBefore: () => 'what stands before row 1 is not what it was when the chain began',
  dropped: (seq: number, line: number, next: number) =>
    `${rowsFrom(seq, next - 1)} missing before row ${next} (line ${line})`,
  reordered: (seq: number, line: number, next: number) =>
    `row ${seq} stands after row ${next} (line ${line})`,
  inserted: (seq: number, line: number) =>
    `line ${line} is no row of this ledger; it stands before row ${seq}`,
  repeated: (seq: number, line: number) => `row ${seq} stands once more in line ${line}`,
  unlinked: (seq: number) =>
    `row ${seq} does not follow row ${seq - 1}: one of the two was written anew`,
  otherProject: (seq: number, is: string, was: string) =>
    `row ${seq} is of the project ${is} and not of ${was}`,
  otherHead: (seq: number) =>
    `row ${seq} has another hash than the head that was kept: rows up to it were written anew`,
  truncated: (last: number, kept: number) =>
    `the ledger ends with row ${last}; the head that was kept is row ${kept}`,
  unfinished: (line: number) =>
    `line ${line} has no end: an append was cut off there, or bytes were taken away`,
} as const;
