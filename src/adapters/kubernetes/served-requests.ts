/** What two looks at the same counters prove about requests between them. */
import type { InstanceCounters, RevisionCounters } from '../../domain/analysis/sample.js';

/** Requests that were answered between the looks, whenever they began. */
export function answeredBetween(before: RevisionCounters, after: RevisionCounters): number {
  return sumOver(before, after, ({ requests }) => requests);
}

/**
 * Requests that certainly began after a moment: answered between the looks, and faster than the first look is old
 * since that moment. Those that were under way at that moment never count, however long they take; nor do new ones
 * that take longer than any edge, so that zero is no proof.
 * @param ageMs how long after the moment the first look was
 */
export function begunBetween(
  before: RevisionCounters,
  after: RevisionCounters,
  ageMs: number,
): number {
  return sumOver(before, after, ({ buckets }) => {
    return buckets.findLast(({ leMs }) => leMs <= ageMs)?.count ?? 0;
  });
}

/** An instance that the first look did not show has counted from zero since then. */
function sumOver(
  before: RevisionCounters,
  after: RevisionCounters,
  countOf: (instance: InstanceCounters) => number,
): number {
  const known = new Map(before.instances.map((each) => [each.instance, countOf(each)]));
  const grown = after.instances.map((each) => countOf(each) - (known.get(each.instance) ?? 0));
  return grown.reduce((sum, n) => sum + Math.max(0, n), 0);
}

/** Whether the counters count up to the look itself, and all there is; a store that scrapes lags behind. */
export function isLive(counters: readonly RevisionCounters[]): boolean {
  return counters.every(
    ({ gap, instances }) =>
      gap === undefined && instances.every(({ asOfMs }) => asOfMs === undefined),
  );
}
