/** What both sides did between two looks, and the metrics that named judges read from it. */

/** Answered requests of one side, none counted twice. */
export interface SideIncrease {
  readonly requests: number;
  /** Of those: failed. */
  readonly errors: number;
  /** Of those: answered within each edge of the interval, cumulative; absent: no histogram. */
  readonly within?: readonly number[];
}

/** One look's increases. A bench may build these alone, without samples. */
export interface Interval {
  /** When it ended, epoch ms. */
  readonly atMs: number;
  /** Null: nobody counts this side. */
  readonly candidate: SideIncrease | null;
  readonly stable: SideIncrease | null;
  /** Edges of the histogram, finite and ascending. */
  readonly edgesMs?: readonly number[];
  /** Why nothing could be read; both sides are null then. */
  readonly missed?: string;
}

export type MetricName =
  | 'successRate'
  | 'errorRate'
  | 'latencyP50'
  | 'latencyP90'
  | 'latencyP95'
  | 'latencyP99';

const quantiles = {
  latencyP50: 0.5,
  latencyP90: 0.9,
  latencyP95: 0.95,
  latencyP99: 0.99,
} as const;

export function isLatency(metric: MetricName): metric is keyof typeof quantiles {
  return metric in quantiles;
}

export const noIncrease: SideIncrease = { requests: 0, errors: 0 };

/** The sum of two; a histogram only where both have one of the same edges, or one of them is empty. */
export function sumOfSides(a: SideIncrease, b: SideIncrease): SideIncrease {
  const requests = a.requests + b.requests;
  const errors = a.errors + b.errors;
  const within = sumWithin(a, b);
  return within === undefined ? { requests, errors } : { requests, errors, within };
}

function sumWithin(a: SideIncrease, b: SideIncrease): readonly number[] | undefined {
  if (a.within === undefined) return a.requests === 0 ? b.within : undefined;
  if (b.within === undefined) return b.requests === 0 ? a.within : undefined;
  return a.within.map((count, n) => count + (b.within?.[n] ?? 0));
}

/**
 * The metric's value: a share from 0 to 1, or milliseconds; NaN where there was no request, as 0/0 is in PromQL.
 * @example 3 errors of 200 requests → errorRate 0.015, successRate 0.985
 */
export function valueOf(
  metric: MetricName,
  side: SideIncrease,
  edgesMs: readonly number[] = [],
): number {
  if (isLatency(metric)) return quantileMs(quantiles[metric], side, edgesMs);
  const errorRate = side.requests === 0 ? Number.NaN : side.errors / side.requests;
  return metric === 'errorRate' ? errorRate : 1 - errorRate;
}

/**
 * PromQL's histogram_quantile: linear inside a bucket that begins at 0 or at the edge below; above the last edge, that
 * edge; NaN without requests or edges.
 * @example 90 of 100 within 100 ms, all within 200 ms → p95 = 150 ms
 */
function quantileMs(
  quantile: number,
  { requests, within = [] }: SideIncrease,
  edgesMs: readonly number[],
): number {
  const last = edgesMs.at(-1);
  if (requests === 0 || last === undefined || within.length < edgesMs.length) return Number.NaN;
  const rank = quantile * requests;
  let below = 0;
  for (const [n, edge] of edgesMs.entries()) {
    // Buckets are not read in one moment: one may be behind the one below it.
    const count = Math.max(below, within[n] ?? 0);
    if (count >= rank) {
      const from = n === 0 ? 0 : (edgesMs[n - 1] as number);
      if (count === below) return from;
      return from + ((edge - from) * (rank - below)) / (count - below);
    }
    below = count;
  }
  return last;
}

/** A share as a number with four digits, milliseconds whole, as sentences write them. */
export function formatValue(metric: MetricName, value: number): string {
  if (Number.isNaN(value)) return 'no value';
  return isLatency(metric) ? `${Math.round(value)} ms` : String(Number(value.toPrecision(4)));
}
