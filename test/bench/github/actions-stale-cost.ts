/** What actions/stale spends on the same items, reckoned from its own rules, so that it can stand beside our numbers. */

/**
 * Every call it makes consumes one operation. Source: actions/stale at 9461cb1, src/classes/issues-processor.ts:
 * `getIssues` (one for each page of 100), `_markStale` (createComment, addLabels), `_processStaleIssue`
 * (getLabelCreationDate: all pages of events; listIssueComments: one page), `_closeIssue` (createComment, update).
 */
export interface PeerItems {
  readonly open: number;
  readonly dueToMark: number;
  /** Carry the label and are not due to be closed: read again in every run. */
  readonly marked: number;
  readonly dueToClose: number;
}

export interface PeerCost {
  readonly calls: number;
  readonly writes: number;
  /** With `operations-per-run: 30`, its default, a message set, and all of them due. */
  readonly markedInOneRun: number;
  readonly runs: number;
}

const perMark = { reads: 2, writes: 2 };
const perMarked = { reads: 2, writes: 0 };
const perClose = { reads: 2, writes: 2 };
const operationsPerRun = 30;

/** All of them handled once, with a message for the mark and one for the end, and no limit but for `markedInOneRun`. */
export function staleCostOfPeer(items: PeerItems): PeerCost {
  const pages = Math.ceil(items.open / 100) + (items.open % 100 === 0 ? 1 : 0);
  const each = (count: number, { reads, writes }: typeof perMark) => ({
    calls: count * (reads + writes),
    writes: count * writes,
  });
  const parts = [
    each(items.dueToMark, perMark),
    each(items.marked, perMarked),
    each(items.dueToClose, perClose),
  ];
  const sum = (of: (part: (typeof parts)[number]) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const markedInOneRun = markedByOneRun();
  return {
    // It stops at the first empty page, so that a full last one costs another.
    calls: pages + sum(({ calls }) => calls),
    writes: sum(({ writes }) => writes),
    markedInOneRun,
    runs: Math.ceil(items.dueToMark / markedInOneRun),
  };
}

/** It begins with another item while operations are left, so that the last may go beyond them. */
function markedByOneRun(): number {
  let spent = 1;
  let marked = 0;
  while (spent < operationsPerRun) {
    spent += perMark.reads + perMark.writes;
    marked += 1;
  }
  return marked;
}
