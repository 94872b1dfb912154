/** Looks at a candidate beside stable, second by second: seeded, with errors and latencies as asked for. */
import type {
  HealthSample,
  InstanceCounters,
  RevisionCounters,
} from '../../../src/domain/analysis/sample.js';
import { binomial, poisson, randomFrom } from './seeded-random.js';

export interface Side {
  readonly instances: number;
  /** Share of failed requests, 0–1. */
  readonly errors: number;
  /** Median of the answer's time; half of all take between a half and the double of it, about. */
  readonly medianMs?: number;
  /** By the number of the instance; default: `errors`. */
  readonly errorsOf?: (n: number) => number;
}

export interface TwoSides {
  readonly perSecond: number;
  readonly weight: number;
  readonly candidate: Side;
  readonly stable: Side;
  readonly seconds: number;
  readonly seed?: number;
  /** Without candidate's traffic, before the first look that has some. */
  readonly quietS?: number;
}

const edgesMs: readonly number[] = [5, 10, 25, 50, 75, 100, 150, 200, 300, 500, 750, 1000];

/** Share of answers within an edge: log-logistic, shape 1.6. */
function within(edgeMs: number, medianMs: number): number {
  return 1 / (1 + (edgeMs / medianMs) ** -1.6);
}

/** One look a second, cumulative since each instance began; stable has served for an hour before. */
export function looksOf(world: TwoSides): HealthSample[] {
  const { perSecond, weight, seconds, quietS = 1, seed = 7 } = world;
  const random = randomFrom(seed);
  const side = (name: string, { instances, errors, errorsOf, medianMs = 40 }: Side) => {
    const counters = Array.from({ length: instances }, () => ({
      requests: 0,
      errors: 0,
      counts: edgesMs.map(() => 0),
    }));
    return {
      serve(each: number) {
        for (const [n, one] of counters.entries()) {
          const requests = poisson(each / instances, random);
          one.requests += requests;
          one.errors += binomial(requests, errorsOf?.(n) ?? errors, random);
          let left = requests;
          let slowerThan = 1;
          let fast = 0;
          for (const [edge, ms] of edgesMs.entries()) {
            const slower = 1 - within(ms, medianMs);
            const here = binomial(left, 1 - slower / slowerThan, random);
            [left, slowerThan, fast] = [left - here, slower, fast + here];
            one.counts[edge] = (one.counts[edge] ?? 0) + fast;
          }
        }
      },
      read: (): RevisionCounters => ({
        revision: name,
        instances: counters.flatMap(({ requests, errors: failed, counts }, n) =>
          requests === 0 ? [] : [countersOf(`${name}-${n}`, requests, failed, counts)],
        ),
      }),
    };
  };
  const [candidate, stable] = [side('next', world.candidate), side('now', world.stable)];
  stable.serve(perSecond * 3600);
  return Array.from({ length: quietS + seconds }, (_, second) => {
    const share = second < quietS ? 0 : weight / 100;
    candidate.serve(perSecond * share);
    stable.serve(perSecond * (1 - share));
    return {
      ...{ atMs: second * 1000, candidate: candidate.read(), stable: stable.read() },
      ...{ candidateInstances: [], candidateRestarts: 0, weight: share * 100 },
    };
  });
}

function countersOf(
  instance: string,
  requests: number,
  errors: number,
  counts: readonly number[],
): InstanceCounters {
  const buckets = edgesMs.map((leMs, n) => ({ leMs, count: counts[n] ?? 0 }));
  return { instance, requests, errors, buckets, inFlight: 0, inFlightOlder: [] };
}
