/** Latency as counts: how many requests took longer than an edge of the histogram, at edges that stable's past chose. */
import type { InstanceCount } from './dispersion.js';
import type { InstanceCounters } from './sample.js';

/** A histogram of one instance: cumulative since it started, or what one look added. */
export type Histogram = Pick<InstanceCounters, 'requests' | 'buckets'>;

const comparedQuantiles: readonly number[] = [0.5, 0.9, 0.99];

/** Shares of 0 and 1 are drawn in by half a request, so that their odds are finite. */
function logOdds(within: number, requests: number): number {
  return Math.log((within + 0.5) / (requests - within + 0.5));
}

function countWithin({ buckets }: Histogram, edgeMs: number): number | null {
  return buckets.find(({ leMs }) => leMs === edgeMs)?.count ?? null;
}

/**
 * The edges nearest stable's quantiles, in odds (an edge passed by 0.1 % is nearer to p99 than one passed by 20 %);
 * ascending, each once, of those that every instance with traffic has. Chosen once, before the candidate has traffic: an
 * edge chosen by the data it is to judge would be the one that looks worst.
 * @example stable: 50 of 100 within 50 ms, 90 within 100, 99 within 500, all within 1000 → [50, 100, 500]
 * @example stable: 99.9 % within 50 ms, the smallest edge → [50]
 * @example no traffic, or no edge in common → []
 */
export function chooseEdges(
  stable: readonly Histogram[],
  quantiles: readonly number[] = comparedQuantiles,
): readonly number[] {
  const active = stable.filter(({ requests }) => requests > 0);
  const requests = active.reduce((sum, one) => sum + one.requests, 0);
  const edges = (active[0]?.buckets ?? []).flatMap(({ leMs }) => {
    const counts = active.map((one) => countWithin(one, leMs));
    const within = counts.reduce<number | null>(
      (sum, count) => (sum === null || count === null ? null : sum + count),
      0,
    );
    return within === null || !Number.isFinite(leMs)
      ? []
      : [{ leMs, odds: logOdds(Math.min(within, requests), requests) }];
  });
  const nearest = quantiles.flatMap((quantile) => {
    const wanted = Math.log(quantile / (1 - quantile));
    const distance = (odds: number): number => Math.abs(odds - wanted);
    const [first, ...others] = edges;
    if (first === undefined) return [];
    return others.reduce(
      (best, edge) => (distance(edge.odds) < distance(best.odds) ? edge : best),
      first,
    ).leMs;
  });
  return [...new Set(nearest)].sort((a, b) => a - b);
}

/**
 * Requests slower than the edge as bad ones, instance by instance. An instance without the edge tells nothing, so it is
 * left out with its requests.
 * @param increases what one look added, not the counters themselves
 */
export function slowerThan(
  increases: readonly Histogram[],
  edgeMs: number,
): readonly InstanceCount[] {
  return increases.flatMap((one) => {
    const within = countWithin(one, edgeMs);
    if (within === null) return [];
    return [{ requests: one.requests, bad: Math.max(0, one.requests - within) }];
  });
}
