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
  const { failed, inconclusive, consecutiveErrors, consecutiveSuccesses, count, phase } = metric;
  const { failureLimit, inconclusiveLimit, consecutiveErrorLimit } = setting;
  const name = setting.dryRun ? `${setting.metric} (dry run)` : setting.metric;
  const of = (n: number, seen: string, limit: string): JudgedEvidence => {
    const sentence = `${name}: ${seen}, ${limit}; the last: ${metric.last}, ${wantedBy(setting)}`;
    return counted(sentence, seen, limit, [n, count]);
  };
  const successes = `consecutiveSuccessLimit ${setting.consecutiveSuccessLimit}`;
  const inRow = `${consecutiveSuccesses} of ${count} measurements succeeded in a row`;
  if (phase === 'Error') {
    const seen = `${consecutiveErrors} measurements in a row had errors`;
    return of(consecutiveErrors, seen, `consecutiveErrorLimit ${consecutiveErrorLimit}`);
  }
  if (phase === 'Inconclusive' && inconclusive > inconclusiveLimit) {
    const seen = `${inconclusive} of ${count} measurements were inconclusive`;
    return of(inconclusive, seen, `inconclusiveLimit ${inconclusiveLimit}`);
  }
  if (phase === 'Inconclusive' || failureLimit < 0) {
    return of(consecutiveSuccesses, inRow, successes);
  }
  const seen = `${failed} of ${count} measurements failed`;
  return of(failed, seen, `failureLimit ${failureLimit}`);
}

function wantedBy({ successCondition, failureCondition }: ArgoMetric): string {
  const wanted = successCondition === null ? [] : [`wanted ${successCondition.text}`];
  const barred = failureCondition === null ? [] : [`failing at ${failureCondition.text}`];
  return [...wanted, ...barred].join(', ') || 'any value succeeds';
}
