/** Counters that were read before the look that takes them in. */
import type { RevisionCounters } from './sample.js';

/** The same, counting up to `atMs` at most: what happened since then is not in them. */
export function countedUpTo(counters: RevisionCounters, atMs: number): RevisionCounters {
  const instances = counters.instances.map((each) => {
    return { ...each, asOfMs: Math.min(each.asOfMs ?? atMs, atMs) };
  });
  return { ...counters, instances };
}
