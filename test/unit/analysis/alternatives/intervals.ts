/** Builds intervals of two sides, and has a named judge look at them one a second. */
import type {
  Interval,
  SideIncrease,
} from '../../../../src/domain/analysis/alternatives/interval.js';
import type { Judgement } from '../../../../src/domain/analysis/alternatives/judgement.js';
import {
  beginNamedJudge,
  judgeByName,
  type NamedJudge,
  type NamedJudgeState,
  observeInterval,
} from '../../../../src/domain/analysis/alternatives/named-judge.js';

const edgesMs = [100, 500, 1000];

/** What one second brings on a side. */
export interface Second {
  readonly requests?: number;
  readonly errors?: number;
  /** All answers within the edge. */
  readonly withinMs?: number;
}

function side({ requests = 100, errors = 0, withinMs = 100 }: Second = {}): SideIncrease {
  return { requests, errors, within: edgesMs.map((edge) => (edge >= withinMs ? requests : 0)) };
}

export function interval(
  atS: number,
  candidate: Second | null = {},
  stable: Second | null = {},
): Interval {
  return {
    ...{ atMs: atS * 1000, edgesMs },
    candidate: candidate && side(candidate),
    stable: stable && side(stable),
  };
}

export const missedInterval = (atS: number): Interval => ({
  ...{ atMs: atS * 1000, candidate: null, stable: null, missed: 'http://metrics did not answer' },
});

/** One interval a second, `from` included and `to` too. */
export function seconds(
  from: number,
  to: number,
  candidate: Second | null = {},
  stable: Second | null = {},
): readonly Interval[] {
  return Array.from({ length: to - from + 1 }, (_, n) => interval(from + n, candidate, stable));
}

export interface Step {
  readonly startedS: number;
  readonly minimumS: number;
  readonly maximumS?: number;
}

export interface Said {
  readonly atS: number;
  readonly kind: Judgement['kind'];
  readonly undecided: Judgement['undecided'];
  readonly sentence: string;
}

/** The state after all intervals, the step known from its start on. */
export function watched(
  settings: NamedJudge,
  intervals: readonly Interval[],
  steps: readonly Step[],
): NamedJudgeState {
  return intervals.reduce(
    (state, one) => observeInterval(state, one, settings, stepAt(steps, one.atMs)),
    beginNamedJudge(settings),
  );
}

function stepAt(steps: readonly Step[], atMs: number): number | null {
  const step = steps.findLast(({ startedS }) => startedS * 1000 <= atMs);
  return step === undefined ? null : step.startedS * 1000;
}

/** What is said first, second by second; null: nothing to the end. */
export function firstSaid(
  settings: NamedJudge,
  intervals: readonly Interval[],
  step: Step,
): Said | null {
  let state = beginNamedJudge(settings);
  const { startedS, minimumS, maximumS } = step;
  const times = {
    startedAtMs: startedS * 1000,
    minimumMs: minimumS * 1000,
    maximumMs: maximumS === undefined ? null : maximumS * 1000,
  };
  for (const one of intervals) {
    state = observeInterval(state, one, settings, stepAt([step], one.atMs));
    // A worker may take a state up that another wrote down.
    state = JSON.parse(JSON.stringify(state)) as NamedJudgeState;
    const said = judgeByName(state, times, one.atMs, settings);
    if (said) {
      const { kind, undecided, evidence } = said;
      return { atS: one.atMs / 1000, kind, undecided, sentence: evidence[0]?.sentence ?? '' };
    }
  }
  return null;
}
