/** The judges a policy may name in place of the comparison with stable: one interface over all of them, interval by interval. */
import { judgeArgo } from './argo-judgement.js';
import { type ArgoSettings, type ArgoState, beginArgo, observeArgo } from './argo-thresholds.js';
import {
  beginFlagger,
  type FlaggerSettings,
  type FlaggerState,
  judgeFlagger,
  observeFlagger,
} from './flagger-thresholds.js';
import { type Interval, isLatency } from './interval.js';
import type { Judgement, StepTimes } from './judgement.js';
import {
  beginMannWhitney,
  judgeMannWhitney,
  type MannWhitneySettings,
  type MannWhitneyState,
  observeMannWhitney,
} from './mann-whitney-judge.js';

export type NamedJudge = ArgoSettings | FlaggerSettings | MannWhitneySettings;

/** JSON-serialisable. */
export type NamedJudgeState = {
  /** When the step was seen at its weight that the newest interval belonged to. */
  readonly stepAtMs: number | null;
} & (
  | { readonly kind: 'argo'; readonly run: ArgoState }
  | { readonly kind: 'flagger'; readonly run: FlaggerState }
  | { readonly kind: 'mannWhitney'; readonly run: MannWhitneyState }
);

export function beginNamedJudge(settings: NamedJudge): NamedJudgeState {
  const stepAtMs = null;
  if (settings.kind === 'mannWhitney') {
    return { kind: 'mannWhitney', stepAtMs, run: beginMannWhitney(settings) };
  }
  return settings.style === 'argo'
    ? { kind: 'argo', stepAtMs, run: beginArgo(settings) }
    : { kind: 'flagger', stepAtMs, run: beginFlagger() };
}

/**
 * The state after one more interval; intervals come in the order of time.
 * @param stepAtMs when the running step was seen at its weight, which tells steps apart; null: not yet, or no traffic is
 *   meant for the candidate
 */
export function observeInterval(
  state: NamedJudgeState,
  interval: Interval,
  settings: NamedJudge,
  stepAtMs: number | null,
): NamedJudgeState {
  const isNew = stepAtMs !== state.stepAtMs;
  if (state.kind === 'argo' && isArgo(settings)) {
    const run = observeArgo(state.run, interval, settings, stepAtMs, isNew);
    return { ...state, stepAtMs, run };
  }
  if (state.kind === 'flagger' && isFlagger(settings)) {
    const run = observeFlagger(state.run, interval, settings, stepAtMs, isNew);
    return { ...state, stepAtMs, run };
  }
  if (state.kind === 'mannWhitney' && settings.kind === 'mannWhitney') {
    return {
      ...state,
      stepAtMs,
      run: observeMannWhitney(state.run, interval, settings, stepAtMs),
    };
  }
  // The policy names another judge than the one that began, which knows nothing yet.
  return observeInterval(beginNamedJudge(settings), interval, settings, stepAtMs);
}

/** What the judge says at `nowMs`; null: nothing yet. Failing is said at once, anything else when the step is over. */
export function judgeByName(
  state: NamedJudgeState,
  times: StepTimes,
  nowMs: number,
  settings: NamedJudge,
): Judgement | null {
  if (state.kind === 'argo' && isArgo(settings)) {
    return judgeArgo(state.run, times, nowMs, settings);
  }
  if (state.kind === 'flagger' && isFlagger(settings)) {
    return judgeFlagger(state.run, times, nowMs, settings);
  }
  if (state.kind === 'mannWhitney' && settings.kind === 'mannWhitney') {
    return judgeMannWhitney(state.run, times, nowMs, settings);
  }
  return null;
}

function isArgo(settings: NamedJudge): settings is ArgoSettings {
  return settings.kind === 'thresholds' && settings.style === 'argo';
}

function isFlagger(settings: NamedJudge): settings is FlaggerSettings {
  return settings.kind === 'thresholds' && settings.style === 'flagger';
}

/** Whether the judge reads the histogram of latency, which is then counted edge by edge. */
export function readsLatency(settings: NamedJudge): boolean {
  if (isFlagger(settings)) return settings.metrics.some((one) => one.metric === 'request-duration');
  return settings.metrics.some(({ metric }) => isLatency(metric));
}
