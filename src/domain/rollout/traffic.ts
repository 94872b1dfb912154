/** The traffic of a target now, as two readings of its counters tell it. */
import type { RevisionCounters } from '../analysis/sample.js';
import { growSide } from '../analysis/side-counters.js';

export interface Traffic {
  /** Of all its revisions together. */
  readonly requestsPerS: number;
  /** Failed requests, 0–1: of all that the counters hold, since a few seconds say little of it. */
  readonly errorShare: number;
  readonly overMs: number;
}

export type TrafficAnswer =
  | { readonly kind: 'known'; readonly traffic: Traffic }
  /** Why not, one clause. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** What was read of the serving revisions, at one time. */
export interface Reading {
  readonly atMs: number;
  readonly counters: readonly RevisionCounters[];
}

/**
 * Each instance by its own times: a store that scrapes answers with what it read some seconds ago.
 * @returns null while the readings are of the same moment, so that a later one may still tell
 * @example 1000 requests and 3 s later 1120, 2 of all of them failed → 40 requests/s, 0.18 % errors
 */
export function trafficBetween(first: Reading, last: Reading): Traffic | null {
  let requestsPerS = 0;
  let overMs = 0;
  let requests = 0;
  let errors = 0;
  last.counters.forEach((counters, index) => {
    const before = first.counters[index];
    if (before === undefined) return;
    const known = growSide([], before, [], 'wait').marks;
    const { growth } = growSide(known, counters, [], 'wait');
    for (const now of counters.instances) {
      const then = before.instances.find(({ instance }) => instance === now.instance);
      const apartMs = (now.asOfMs ?? last.atMs) - (then?.asOfMs ?? first.atMs);
      requests += now.requests;
      errors += now.errors;
      if (then === undefined || apartMs <= 0) continue;
      const grown = growth.find(({ instance }) => instance === now.instance)?.requests ?? 0;
      requestsPerS += (1000 * grown) / apartMs;
      overMs = Math.max(overMs, apartMs);
    }
  });
  if (overMs === 0) return null;
  return { requestsPerS, errorShare: requests === 0 ? 0 : errors / requests, overMs };
}
