/** Puts an analysis run in Argo's manner into a verdict: Failed fails, Inconclusive is doubt, Error is no data. */
import {
  type ArgoMetric,
  type ArgoMetricState,
  type ArgoPhase,
  type ArgoSettings,
  type ArgoState,
  phaseOf,
  wouldSucceed,
} from './argo-thresholds.js';
import {
  counted,
  isLate,
  isOver,
  judged,
  type JudgedEvidence,
  type Judgement,
  type StepTimes,
  undecided,
} from './judgement.js';

/**
 * @example failureLimit 3, four measurements below 0.99 → fail
 * @example both conditions set, neither met → inconclusive: doubt
 * @example the counters do not answer five times in a row → inconclusive: noData
 * @example no count, the step's time over, two of three failures allowed → pass
 */
export function judgeArgo(
  state: ArgoState,
  times: StepTimes,
  nowMs: number,
  settings: ArgoSettings,
): Judgement | null {
  const phase = phaseOf(state, settings);
  const numbers = state.metrics
    .map((metric, n) => ({ metric, setting: settings.metrics[n] as ArgoMetric }))
    .sort((a, b) => weigh(b.metric.phase) - weigh(a.metric.phase))
    .map(({ metric, setting }) => tell(metric, setting));
  switch (phase) {
    case 'Failed':
      return judged('fail', numbers);
    case 'Inconclusive':
      return undecided('doubt', numbers);
    case 'Error':
      return undecided('noData', numbers);
    case 'Successful':
      return isOver(times, nowMs) ? judged('pass', numbers) : null;
    case 'Running':
      if (isOver(times, nowMs) && wouldSucceed(state, settings)) return judged('pass', numbers);
      if (!isLate(times, nowMs)) return null;
      return undecided(state.metrics.some(isUnmeasured) ? 'noData' : 'doubt', numbers);
  }
}

function isUnmeasured({ lastAtMs }: ArgoMetricState): boolean {
  return lastAtMs === null;
}

function weigh(phase: ArgoPhase): number {
  return ['Successful', 'Running', 'Inconclusive', 'Error', 'Failed'].indexOf(phase);
}

function tell(metric: ArgoMetricState, setting: ArgoMetric): JudgedEvidence {
  const { failed, inconclusive, consecutiveErrors, count, last, phase } = metric;
  const name = setting.dryRun ? `${setting.metric} (dry run)` : setting.metric;
  const newest = `the last: ${last}, ${wantedBy(setting)}`;
  const of = (n: number, what: string, limit: string, most: number) =>
    counted(
      `${name}: ${n} measurements ${what}, ${limit} ${most}; ${newest}`,
      `${n} ${what}`,
      `${limit} ${most}`,
      [n, count],
    );
  if (phase === 'Error') {
    const { consecutiveErrorLimit: most } = setting;
    return of(consecutiveErrors, 'in a row had errors', 'consecutiveErrorLimit', most);
  }
  if (phase === 'Inconclusive') {
    if (inconclusive > setting.inconclusiveLimit) {
      return of(inconclusive, 'inconclusive', 'inconclusiveLimit', setting.inconclusiveLimit);
    }
    return of(count, 'done', 'without consecutiveSuccessLimit', setting.consecutiveSuccessLimit);
  }
  if (setting.failureLimit < 0) {
    const { consecutiveSuccessLimit: wanted } = setting;
    return of(metric.consecutiveSuccesses, 'succeeded last', 'consecutiveSuccessLimit', wanted);
  }
  return of(failed, `of ${count} failed`, 'failureLimit', setting.failureLimit);
}

function wantedBy({ successCondition, failureCondition }: ArgoMetric): string {
  const wanted = successCondition === null ? [] : [`wanted ${successCondition.text}`];
  const barred = failureCondition === null ? [] : [`failing at ${failureCondition.text}`];
  return [...wanted, ...barred].join(', ') || 'any value succeeds';
}
