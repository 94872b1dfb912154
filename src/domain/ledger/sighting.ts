/** What a look at the ledger's two ends saw, and what the next look shows to be lost: Temporal keeps what the ledger cannot. */
import { type ChainHead, readLine } from './chain.js';

/** Kept outside of the ledger, so that it says what was there when the ledger itself is gone. */
export interface LedgerSighting {
  /** Hash of row 1, or of what stands before it; null where retention has dropped it. */
  readonly origin: string | null;
  readonly head: ChainHead;
}

/** @param first the oldest line as it is stored; null: there is none */
export function sightingOf(first: string | null, head: ChainHead | null): LedgerSighting | null {
  if (head === null || first === null) return null;
  const line = readLine(first);
  const { seq, hash } = head;
  const origin = line?.kind === 'link' ? line.link.hash : line?.kind === 'start' ? null : first;
  return { origin, head: { seq, hash } };
}

/**
 * Half a sentence that names the head which was there; null when nothing shows that rows are missing.
 *
 * @example rows 1 to 40 before, none now                 → `all 40 rows are gone: the head was 40:9f2c…`
 * @example head 40 before, head 31 of the same chain now → `rows 32 to 40 are missing: the head was 40:9f2c…`
 * @example row 1 is another                              → `another chain stands in its place: the head was 40:9f2c…`
 */
export function lossBetween(
  before: LedgerSighting | null,
  now: LedgerSighting | null,
): string | null {
  if (before === null) return null;
  const was = `the head was ${before.head.seq}:${before.head.hash}`;
  if (now === null) return `all ${before.head.seq} rows are gone: ${was}`;
  const isOther = before.origin !== null && now.origin !== null && before.origin !== now.origin;
  const isRewritten = now.head.seq === before.head.seq && now.head.hash !== before.head.hash;
  if (isOther || isRewritten) return `another chain stands in its place: ${was}`;
  if (now.head.seq >= before.head.seq) return null;
  return `rows ${now.head.seq + 1} to ${before.head.seq} are missing: ${was}`;
}
