/** Evidence that may be read after every look: a mixture over several alternatives and over the time a fault begins. */
import { logMean, logSum } from './log-numbers.js';

/*
 * Each look k brings, for each alternative j, a factor L_k^j whose expectation under the null is at most 1. A fault may
 * begin late, so every look is a possible start: S_t = L_t * (S_{t-1} + w_t) and E_t = mean_j S_t^j + what is not spent
 * of the weights. E is an e-process: P(E ever >= 1/a) <= a (Ville), whenever one looks and whenever one stops.
 * The first look weighs 1/2; after T the part 1/2 * 1/(1 + T/scale) is unspent. Weights follow the clock alone: they
 * know nothing of the counts, and a look taken in two halves spends as much as the whole one.
 * The mixture over starts: docs/decisions/0008.
 */

/** JSON-serialisable; about 200 bytes. */
export interface EvidenceState {
  /** Epoch ms of the first and the newest look; null before the first. */
  readonly beganAtMs: number | null;
  readonly lookedAtMs: number | null;
  /** Natural logarithm of S_t for each alternative; empty before the first look. */
  readonly logS: readonly number[];
}

const scaleMs = 60_000;

export function beginEvidence(): EvidenceState {
  return { beganAtMs: null, lookedAtMs: null, logS: [] };
}

/** What is not spent of the weights so long after the first look. */
export function unspentAt(elapsedMs: number): number {
  return 0.5 / (1 + elapsedMs / scaleMs);
}

/** Time never runs backwards for the weights: a look told late spends nothing of them. */
function elapsedMs({ beganAtMs, lookedAtMs }: EvidenceState): number {
  return beganAtMs === null || lookedAtMs === null ? 0 : lookedAtMs - beganAtMs;
}

/**
 * The state after one more look.
 * @param logFactors log L of this look for each alternative, always in the same order and number
 * @param atMs when the look was taken; it must not depend on what the look shows
 */
export function addEvidence(
  state: EvidenceState,
  logFactors: readonly number[],
  atMs: number,
): EvidenceState {
  const isFirst = state.beganAtMs === null || state.lookedAtMs === null;
  const timed = {
    beganAtMs: state.beganAtMs ?? atMs,
    lookedAtMs: Math.max(state.lookedAtMs ?? atMs, atMs),
  };
  const unspent = isFirst ? 1 : unspentAt(elapsedMs(state));
  const weight = unspent - unspentAt(timed.lookedAtMs - timed.beganAtMs);
  const logWeight = weight > 0 ? Math.log(weight) : Number.NEGATIVE_INFINITY;
  const logS = logFactors.map((logFactor, j) =>
    isFirst ? logWeight + logFactor : logSum(state.logS[j] as number, logWeight) + logFactor,
  );
  return { ...timed, logS };
}

/**
 * log E now.
 * @example before any look: 0; one look whose factor is 199 for each alternative: E = 199/2 + 1/2 = 100
 */
export function logEvidenceOf(state: EvidenceState): number {
  if (state.logS.length === 0) return 0;
  return logSum(logMean(state.logS), Math.log(unspentAt(elapsedMs(state))));
}
