/** What every named judge says and is told: a window's times, and an answer with its numbers. */
import type { Evidence, Verdict } from '../verdict.js';

/** Times of a step, from the look that saw its weight. */
export interface StepTimes {
  readonly startedAtMs: number;
  readonly minimumMs: number;
  /** Null: for ever. */
  readonly maximumMs: number | null;
}

/** The numbers behind it, without the name of a check. */
export type JudgedEvidence = Pick<Evidence, 'seen' | 'limit' | 'sentence' | 'bad' | 'total'>;

export interface Judgement extends Pick<Verdict, 'kind' | 'undecided'> {
  /** The deciding one first. */
  readonly evidence: readonly JudgedEvidence[];
}

export function isOver({ startedAtMs, minimumMs }: StepTimes, nowMs: number): boolean {
  return nowMs >= startedAtMs + minimumMs;
}

export function isLate({ startedAtMs, maximumMs }: StepTimes, nowMs: number): boolean {
  return maximumMs !== null && nowMs >= startedAtMs + maximumMs;
}

export function judged(kind: 'pass' | 'fail', evidence: readonly JudgedEvidence[]): Judgement {
  return { kind, undecided: null, evidence };
}

export function undecided(why: 'doubt' | 'noData', evidence: readonly JudgedEvidence[]): Judgement {
  return { kind: 'inconclusive', undecided: why, evidence };
}

/** Numbers that count something out of something: failed checks, points of a score. */
export function counted(
  sentence: string,
  seen: string,
  limit: string,
  [bad, total]: readonly [number | null, number | null] = [null, null],
): JudgedEvidence {
  return { sentence, seen, limit, bad, total };
}
