/** Rolls back for a difference from stable only when two tests agree, each right about another way in which requests depend. */
import { type Dispersion, effectiveInstances, type InstanceCount } from './dispersion.js';
import {
  addEvidence,
  beginEvidence,
  type EvidenceState,
  logEvidenceOf,
} from './evidence-mixture.js';
import { logMean } from './log-numbers.js';
import { type CountPair, oddsFactors, type SideCounts } from './odds-test.js';
import { type SpreadCounts, spreadFactors } from './spread-test.js';

/*
 * Requests are not independent: they fail by the instance. The first key (odds) bears differences that last, up to an
 * odds ratio of 1.5; the second (spread) bears those that come and go within ten seconds, as far as stable's instances
 * have shown them. Both must open. P(both reach 1/a) is at most that of the one whose model holds, so the highest value of
 * each counts, whether or not they stood at the same time.
 */

/** What one look adds, instance by instance. An instance without traffic may be left out or not. */
export interface InstancePair {
  readonly candidate: readonly InstanceCount[];
  readonly stable: readonly InstanceCount[];
  /** Instances behind a side that is counted as one, serving evenly; absent: those that are counted. */
  readonly behind?: { readonly candidate: number; readonly stable: number };
}

/** One way to count bad requests: failed, or slower than one of the edges. */
interface PartState {
  readonly dispersion: Dispersion;
  readonly odds: EvidenceState;
  readonly spread: EvidenceState;
  /** What was counted in the running ten seconds, and the second key before them; null before the first look. */
  readonly stratum: Stratum | null;
  readonly candidate: SideCounts;
  readonly stable: SideCounts;
}

interface Stratum extends SpreadCounts {
  /** Of its first and its newest look, epoch ms. */
  readonly sinceMs: number;
  readonly lookedAtMs: number;
  readonly before: EvidenceState;
}

/** So long an instance's trouble may last and still not be taken for the candidate's. */
export const troubleMs = 10_000;

/** JSON-serialisable; about 900 bytes a part. */
export interface TwoKeyState {
  /** One for errors, one for each edge of latency; their E values are averaged, never the largest taken. */
  readonly parts: readonly PartState[];
  /** Largest log E of each key so far. */
  readonly highest: { readonly logOdds: number; readonly logSpread: number };
}

const none: SideCounts = { requests: 0, bad: 0 };

/** @param dispersions one for each part, learnt before the candidate has traffic */
export function beginTwoKeys(dispersions: readonly Dispersion[]): TwoKeyState {
  const fresh = {
    ...{ odds: beginEvidence(), spread: beginEvidence(), stratum: null },
    ...{ candidate: none, stable: none },
  };
  return {
    parts: dispersions.map((dispersion) => ({ dispersion, ...fresh })),
    highest: { logOdds: 0, logSpread: 0 },
  };
}

export function sumOf(instances: readonly InstanceCount[]): SideCounts {
  return {
    requests: instances.reduce((sum, { requests }) => sum + requests, 0),
    bad: instances.reduce((sum, { bad }) => sum + bad, 0),
  };
}

function plus(a: SideCounts, b: SideCounts): SideCounts {
  return { requests: a.requests + b.requests, bad: a.bad + b.bad };
}

function pairPlus(a: CountPair, b: CountPair): CountPair {
  return { candidate: plus(a.candidate, b.candidate), stable: plus(a.stable, b.stable) };
}

interface LookTime {
  /** Epoch ms. */
  readonly atMs: number;
  readonly isReweighted: boolean;
}

/**
 * The counts of ten seconds are one stratum, whose factor is worked out anew with each look in them: whatever an instance
 * does meanwhile, it does not differ by more from the others than if it were in one trouble all the time.
 */
function stratumWith(
  { stratum, spread, dispersion }: PartState,
  counts: SpreadCounts,
  { atMs, isReweighted }: LookTime,
): Stratum {
  if (stratum === null || isReweighted || atMs - stratum.sinceMs >= troubleMs) {
    const before = stratum === null ? spread : spreadWith(stratum, dispersion);
    return { ...counts, sinceMs: atMs, lookedAtMs: atMs, before };
  }
  const largest = (side: 'candidate' | 'stable') =>
    // One that had no request in a look was there all the same.
    Math.max(stratum.instances[side], counts.instances[side]);
  const instances = { candidate: largest('candidate'), stable: largest('stable') };
  return { ...stratum, ...pairPlus(stratum, counts), instances, lookedAtMs: atMs };
}

function spreadWith(stratum: Stratum, { phi }: Dispersion): EvidenceState {
  return addEvidence(stratum.before, spreadFactors(stratum, phi), stratum.lookedAtMs);
}

/**
 * The state after one more look.
 * @param look the increases of each part, in the order of the parts
 * @param isReweighted the sides share the traffic in another way than before: a stratum has one way only
 */
export function lookWithTwoKeys(
  state: TwoKeyState,
  look: readonly InstancePair[],
  atMs: number,
  isReweighted = false,
): TwoKeyState {
  const parts = state.parts.map((part, index) => {
    const { candidate: ofCandidate = [], stable: ofStable = [], behind } = look[index] ?? {};
    const counts = { candidate: sumOf(ofCandidate), stable: sumOf(ofStable) };
    const instances = behind ?? {
      candidate: effectiveInstances(ofCandidate),
      stable: effectiveInstances(ofStable),
    };
    const stratum = stratumWith(part, { ...counts, instances }, { atMs, isReweighted });
    const odds = addEvidence(part.odds, oddsFactors(counts), atMs);
    return {
      dispersion: part.dispersion,
      odds,
      // It costs the most and decides nothing alone: while the first key has seen nothing, once in a stratum is enough.
      spread: logEvidenceOf(odds) > 0 ? spreadWith(stratum, part.dispersion) : stratum.before,
      stratum,
      candidate: plus(part.candidate, counts.candidate),
      stable: plus(part.stable, counts.stable),
    };
  });
  const now = logKeys({ parts, highest: state.highest });
  return {
    parts,
    highest: {
      logOdds: Math.max(state.highest.logOdds, now.logOdds),
      logSpread: Math.max(state.highest.logSpread, now.logSpread),
    },
  };
}

/** log E of both keys now, as a person sees them move; the decision takes the highest so far. */
export function logKeys({ parts }: TwoKeyState): TwoKeyState['highest'] {
  if (parts.length === 0) return { logOdds: 0, logSpread: 0 };
  return {
    logOdds: logMean(parts.map(({ odds }) => logEvidenceOf(odds))),
    logSpread: logMean(parts.map(({ spread }) => logEvidenceOf(spread))),
  };
}

/** At most this share of healthy rollouts is rolled back, over all metrics together. */
export const falseAlarmShare = 0.01;

export interface MetricEvidence {
  readonly metric: string;
  /** Part of the false alarms this metric may cause, beside the other metrics' weights. */
  readonly weight: number;
  /** Highest log E of the metric: of two keys, the lower one. */
  readonly logE: number;
}

export interface MetricFinding extends MetricEvidence {
  /** log of the value at which this metric rolls back: total weight / (0.01 * weight). */
  readonly logLimit: number;
  readonly isHarm: boolean;
}

/** What both keys have reached: E of the one that has seen less. */
export function agreedLogE({ highest }: TwoKeyState): number {
  return Math.min(highest.logOdds, highest.logSpread);
}

/**
 * Which metrics roll back: each has its own part of the false alarms, so that together they keep within the share.
 * @example errors and latency with weights 3 and 1: limits 133 and 400
 * @example one metric with E = 100 by one key and 99 by the other: no harm yet
 */
export function shareAlarms(
  metrics: readonly MetricEvidence[],
  share = falseAlarmShare,
): readonly MetricFinding[] {
  const total = metrics.reduce((sum, { weight }) => sum + weight, 0);
  return metrics.map((metric) => {
    const logLimit = metric.weight > 0 ? Math.log(total / (share * metric.weight)) : Infinity;
    return { ...metric, logLimit, isHarm: metric.logE >= logLimit };
  });
}
