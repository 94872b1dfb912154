/** What one look adds on each instance of a side, with a histogram read at the edges that are compared. */
import type { NamedCount } from './instance-excess.js';
import type { InstanceCounters, RevisionCounters } from './sample.js';

/** The highest values counted so far of one instance. */
export interface SideMark {
  readonly instance: string;
  readonly requests: number;
  readonly errors: number;
  /** Answered within each edge, in the order of the edges; null where the instance has no such edge. */
  readonly within: readonly (number | null)[];
  /** Up to when that counts, where it is told. */
  readonly asOfMs?: number;
}

/** What one look adds on one instance. */
export type SideGrowth = Omit<SideMark, 'asOfMs'>;

/** Instances that are not reported any more are remembered up to this number: a scrape may leave one out and bring it back. */
const rememberedAbsent = 10;

function markOf(counters: InstanceCounters, edgesMs: readonly number[]): SideMark {
  const { instance, requests, errors, buckets, asOfMs } = counters;
  return {
    instance,
    requests,
    errors: Math.min(errors, requests),
    within: edgesMs.map((edge) => buckets.find(({ leMs }) => leMs === edge)?.count ?? null),
    ...(asOfMs === undefined ? {} : { asOfMs }),
  };
}

/** Counters of a histogram and of requests are not read in one moment, so that one may be a little behind the other. */
function grown(now: SideMark, from: SideMark | null): SideGrowth {
  const requests = now.requests - (from?.requests ?? 0);
  const errors = Math.min(requests, now.errors - (from?.errors ?? 0));
  const within = now.within.map((count, n) => {
    const before = from === null ? 0 : from.within[n];
    if (count === null || before === null || before === undefined) return null;
    return Math.min(requests, Math.max(0, count - before));
  });
  return { instance: now.instance, requests, errors, within };
}

/**
 * The growth since `marks`, and the new marks. A counter that runs backwards began anew from zero; what is older than
 * what was seen says nothing.
 * @param newcomers whether an instance not seen before counts from zero (`count`), or from now on (`wait`): one of stable
 *   may have served for hours before a scrape found it
 * @example 100 requests seen, 130 now → 30; 7 now → 7, since it began anew
 */
export function growSide(
  marks: readonly SideMark[],
  counters: RevisionCounters,
  edgesMs: readonly number[],
  newcomers: 'count' | 'wait',
): { readonly growth: readonly SideGrowth[]; readonly marks: readonly SideMark[] } {
  const before = new Map(marks.map((mark) => [mark.instance, mark]));
  const present: SideMark[] = [];
  const growth: SideGrowth[] = [];
  for (const counted of counters.instances) {
    const now = markOf(counted, edgesMs);
    const known = before.get(now.instance);
    before.delete(now.instance);
    if (known !== undefined && (now.asOfMs ?? Infinity) < (known.asOfMs ?? 0)) {
      present.push(known);
      continue;
    }
    present.push(now);
    if (known === undefined && newcomers === 'wait') continue;
    const goesOn =
      known !== undefined && now.requests >= known.requests && now.errors >= known.errors;
    growth.push(grown(now, goesOn ? known : null));
  }
  return { growth, marks: [...[...before.values()].slice(-rememberedAbsent), ...present] };
}

/** Adds a look's failed requests to what each instance had, known ones first; at most `longest` instances. */
export function addByInstance(
  totals: readonly NamedCount[],
  growth: readonly SideGrowth[],
  longest = 50,
): readonly NamedCount[] {
  const added = new Map(totals.map((one) => [one.instance, one]));
  for (const { instance, requests, errors } of growth) {
    const known = added.get(instance);
    if (known === undefined && (requests === 0 || added.size >= longest)) continue;
    const sum = { requests: (known?.requests ?? 0) + requests, bad: (known?.bad ?? 0) + errors };
    added.set(instance, { instance, ...sum });
  }
  return [...added.values()];
}
