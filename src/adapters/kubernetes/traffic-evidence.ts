/**
 * Whether a data plane goes by the split that it says it has taken: by the requests it has counted since then. Evidence
 * only speaks against a revision that is to get nothing and still does. The silence of one that is to get traffic proves
 * nothing, because answers are counted when they come and a candidate may hang: its fault is the analysis's to find.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RevisionCounters } from '../../domain/analysis/sample.js';
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import type { Split } from '../../domain/rollout/split.js';
import type { MetricSource } from '../../ports/metric-source.js';
import type { ConfirmedBy } from '../../ports/traffic-router.js';
import { answeredBetween, begunBetween, isLive } from './served-requests.js';

export interface TrafficEvidence {
  /**
   * Asked after the gateway has said that it has taken the split; at most 0.5 s where nothing speaks against it, none without counters.
   * @throws NotReady when a revision that is to get nothing still gets requests after 3 s
   */
  confirmSplit(target: TargetKey, split: Split): Promise<ConfirmedBy>;
  /**
   * Resolves once a revision outside of the split gets no requests, so that it may end: when hundreds went elsewhere, or
   * after 3 s in which none was seen. Without counters it waits those 3 s.
   * @throws NotReady when it still gets requests after 6 s
   */
  waitUntilUnused(target: TargetKey, revision: string, split: Split): Promise<void>;
}

/** Time as a test may want it. */
export interface Clock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

interface Question {
  readonly target: TargetKey;
  readonly idle: readonly string[];
  readonly busy: readonly string[];
  /** So many requests to others, with none to the idle ones for at least so long, are proof. */
  readonly proof: { readonly requests: number; readonly forMs: number };
  /** Silence for so long is taken when there is no proof. */
  readonly enoughMs: number;
  /** Instead of that where there are no counters. */
  readonly blindMs: number;
  readonly longestMs: number;
}

const pollMs = 100;
/** Counters that are not there in this time are taken as not there at all. */
const patienceMs = 1000;
/** A gateway of Traefik's takes changes 2 s apart unless it is told otherwise. */
const slowGatewayMs = 3000;

const realClock: Clock = { nowMs: () => performance.now(), sleep: (ms) => sleep(ms) };

export function createTrafficEvidence(
  metrics: MetricSource,
  clock: Clock = realClock,
): TrafficEvidence {
  /** Null when there are none, or none that count up to now. */
  async function look(
    target: TargetKey,
    names: readonly string[],
  ): Promise<readonly RevisionCounters[] | null> {
    const late = sleep(patienceMs, null, { ref: false });
    const read = metrics.readCounters(target, names).catch(() => null);
    const found = await Promise.race([read, late]);
    const some = found?.some(({ instances }) => instances.length > 0) === true;
    return found !== null && some && isLive(found) ? found : null;
  }

  async function ask(question: Question): Promise<ConfirmedBy> {
    const { target, idle, busy, proof, enoughMs, blindMs, longestMs } = question;
    const names = [...idle, ...busy];
    const startedAtMs = clock.nowMs();
    const first = await look(target, names);
    let before = first;
    let lookedAtMs = clock.nowMs();
    let quietSinceMs = startedAtMs;
    let elsewhere = 0;
    for (;;) {
      if (before === null && clock.nowMs() - quietSinceMs >= blindMs) return 'gateway status';
      await clock.sleep(pollMs);
      const ageMs = lookedAtMs - startedAtMs;
      const after = before && (await look(target, names));
      lookedAtMs = clock.nowMs();
      if (before !== null && after !== null) {
        const begun = pairsOf(before, after).map(([old, now]) => begunBetween(old, now, ageMs));
        const toIdle = sum(begun.slice(0, idle.length));
        elsewhere = toIdle > 0 ? 0 : elsewhere + sum(begun.slice(idle.length));
        if (toIdle > 0) quietSinceMs = lookedAtMs;
        const quietMs = lookedAtMs - quietSinceMs;
        if (elsewhere >= proof.requests && quietMs >= proof.forMs) return 'requests';
        if (quietMs >= enoughMs) return 'gateway status';
        const triedMs = lookedAtMs - startedAtMs;
        if (triedMs >= longestMs) throw stillUsed(target, idle, first, after, triedMs);
      }
      before = after;
    }
  }

  /** Never fails: see the head of this file. */
  async function seesRequests(target: TargetKey, names: readonly string[]): Promise<ConfirmedBy> {
    const first = await look(target, names);
    const startedAtMs = clock.nowMs();
    while (first !== null && clock.nowMs() - startedAtMs < 2 * pollMs) {
      await clock.sleep(pollMs / 2);
      const after = await look(target, names);
      if (after === null) break;
      if (pairsOf(first, after).every(([old, now]) => answeredBetween(old, now) > 0))
        return 'requests';
    }
    return 'gateway status';
  }

  return {
    async confirmSplit(target, split) {
      const { idle, busy } = sidesOf(split);
      if (idle.length === 0) return await seesRequests(target, busy);
      const proof = { requests: 40, forMs: 0 };
      const bounds = { proof, enoughMs: 500, blindMs: 0, longestMs: slowGatewayMs };
      return await ask({ target, idle, busy, ...bounds });
    },
    async waitUntilUnused(target, revision, split) {
      const busy = [split.stable, split.candidate].filter((name) => name !== null);
      const proof = { requests: 200, forMs: 500 };
      const waits = { enoughMs: slowGatewayMs, blindMs: slowGatewayMs };
      const bounds = { proof, ...waits, longestMs: 2 * slowGatewayMs };
      await ask({ target, idle: [revision], busy, ...bounds });
    },
  };
}

/** Testers may send a candidate requests at weight 0; then neither side is known to be idle. Copies are no answers. */
function sidesOf({ stable, candidate, weight, headerRoute, mirror }: Split): {
  readonly idle: readonly string[];
  readonly busy: readonly string[];
} {
  const shares = [
    { name: stable, share: 100 - weight },
    ...(mirror === undefined
      ? [{ name: candidate, share: headerRoute === null ? weight : Math.max(weight, 1) }]
      : []),
  ];
  const named = (has: (share: number) => boolean) =>
    shares.flatMap(({ name, share }) => (name !== null && has(share) ? [name] : []));
  return { idle: named((share) => share === 0), busy: named((share) => share > 0) };
}

function pairsOf(
  before: readonly RevisionCounters[],
  after: readonly RevisionCounters[],
): readonly (readonly [RevisionCounters, RevisionCounters])[] {
  return before.flatMap((old, n) => {
    const now = after[n];
    return now === undefined ? [] : [[old, now] as const];
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

function stillUsed(
  target: TargetKey,
  idle: readonly string[],
  first: readonly RevisionCounters[] | null,
  last: readonly RevisionCounters[],
  forMs: number,
): Failure {
  const counted = (counters: readonly RevisionCounters[] | null, n: number) =>
    sum((counters?.[n]?.instances ?? []).map(({ requests }) => requests));
  const seen = idle.map((name, n) => `${name}: ${counted(first, n)} → ${counted(last, n)}`);
  return new Failure('NotReady', `${idle.join(' and ')} still gets requests`, {
    where: last[0]?.source ?? targetPath(target),
    seen: `requests ${seen.join(', ')} in ${Math.round(forMs)} ms`,
    limit: 'none that began after the gateway had taken the split',
    retryAfterMs: 500,
    next: 'see whether the gateway really goes by the route that it says it has accepted',
  });
}
