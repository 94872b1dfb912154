/** A named judge inside a watch: it sees every look, and its answer is put beside the guards'. */
import type { Observation } from '../sample.js';
import type { Evidence, Verdict } from '../verdict.js';
import type { Judgement, StepTimes } from './judgement.js';
import {
  beginNamedJudge,
  judgeByName,
  type NamedJudge,
  type NamedJudgeState,
  observeInterval,
  readsLatency,
} from './named-judge.js';
import { intervalOf, nothingObserved, type ObservedSides } from './observed-sides.js';

/** JSON-serialisable; 5 to 20 kB with 10 instances, by the judge and its metrics. */
export interface NamedWatch {
  readonly sides: ObservedSides;
  readonly judge: NamedJudgeState;
}

/** A step as a watch keeps it. */
export interface NamedStep extends Omit<StepTimes, 'startedAtMs'> {
  readonly weight: number;
  readonly startedAtMs: number | null;
}

/** @param step as the observation leaves it; without traffic for the candidate there is nothing to measure */
export function watchByName(
  watch: NamedWatch | undefined,
  observation: Observation,
  step: NamedStep | null,
  settings: NamedJudge,
): NamedWatch {
  const before = watch ?? { sides: nothingObserved, judge: beginNamedJudge(settings) };
  const { interval, state } = intervalOf(before.sides, observation, readsLatency(settings));
  const stepAtMs = step === null || step.weight === 0 ? null : step.startedAtMs;
  return { sides: state, judge: observeInterval(before.judge, interval, settings, stepAtMs) };
}

export interface NamedAnswer extends Pick<Verdict, 'kind' | 'undecided'> {
  readonly evidence: readonly Evidence[];
}

/** What the judge says of the step; null: nothing yet, or it has no say, since no traffic is meant for the candidate. */
export function answerByName(
  watch: NamedWatch | undefined,
  step: NamedStep,
  nowMs: number,
  settings: NamedJudge,
): NamedAnswer | null {
  const { startedAtMs, weight, minimumMs, maximumMs } = step;
  if (watch === undefined || startedAtMs === null || weight === 0) return null;
  const times = { startedAtMs, minimumMs, maximumMs };
  const said = judgeByName(watch.judge, times, nowMs, settings);
  return said && { ...said, evidence: evidenceOf(said) };
}

function evidenceOf({ evidence }: Judgement): readonly Evidence[] {
  return evidence.map((one) => ({ check: 'namedJudge', ...one, eValue: null, eLimit: null }));
}
