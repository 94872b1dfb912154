/** What other release tools watch with: their judges as their documents configure them, and with limits tuned to this traffic. */
import {
  argoDefaults,
  type ArgoSettings,
} from '../../../src/domain/analysis/alternatives/argo-thresholds.js';
import {
  type Condition,
  readCondition,
} from '../../../src/domain/analysis/alternatives/condition.js';
import {
  flaggerDefaults,
  type FlaggerSettings,
} from '../../../src/domain/analysis/alternatives/flagger-thresholds.js';
import {
  effectSizesOf,
  kayentaDefaults,
} from '../../../src/domain/analysis/alternatives/kayenta-metric.js';
import {
  mannWhitneyDefaults,
  type MannWhitneySettings,
} from '../../../src/domain/analysis/alternatives/mann-whitney-judge.js';
import type { NamedJudge } from '../../../src/domain/analysis/alternatives/named-judge.js';

/** A peer's judge with one of its settings. */
export interface Setting {
  readonly peer: string;
  /** Null: as the documents configure it; else what was tuned. */
  readonly limit: string | null;
  /** Settings of a series come from the strictest to the most patient: a stricter one is never later. */
  readonly series: string;
  /** How often it is told of new counts; more often makes no difference to it. */
  readonly secondsPerLook: number;
  readonly judge: NamedJudge;
}

/** The success rate of the documents' examples, as all of them write it. */
const usualSuccess = 0.99;
const successes = [0.998, 0.996, 0.994, 0.99, 0.985, 0.98, 0.97, 0.95, 0.9, 0.8, 0.5];

/** Without a value it waits, as the documents advise where there may be no traffic. */
function conditionOf(success: number): Condition {
  const condition = readCondition(`isNaN(result[0]) || result[0] >= ${success}`);
  if (condition === null) throw new RangeError(`no condition: ${success}`);
  return condition;
}

function argo(intervalS: number, failureLimit: number): Setting[] {
  const judge = (success: number, initialDelayMs: number): ArgoSettings => ({
    kind: 'thresholds',
    style: 'argo',
    countsOver: 'rollout',
    metrics: [
      {
        ...argoDefaults,
        ...{ metric: 'successRate', intervalMs: intervalS * 1000, count: null },
        ...{ failureLimit, initialDelayMs, failureCondition: null },
        successCondition: conditionOf(success),
      },
    ],
  });
  const peer = `Argo ${intervalS} s/F${failureLimit}`;
  const secondsPerLook = Math.min(10, intervalS);
  const series = (initialDelayMs: number, words: string): Setting[] =>
    successes.map((success) => ({
      ...{ peer, secondsPerLook, series: `${peer}${words}` },
      limit: `below ${percent(success)}${words}`,
      judge: judge(success, initialDelayMs),
    }));
  const asConfigured = { peer, secondsPerLook, series: peer, limit: null };
  return [
    { ...asConfigured, judge: judge(usualSuccess, 0) },
    ...series(0, ''),
    ...series(60_000, ', first after 60 s'),
  ];
}

function flagger(intervalS: number, threshold: number): Setting[] {
  const judge = (success: number): FlaggerSettings => ({
    ...flaggerDefaults,
    kind: 'thresholds',
    style: 'flagger',
    intervalMs: intervalS * 1000,
    threshold,
    metrics: [{ metric: 'request-success-rate', windowMs: 60_000, min: success * 100, max: null }],
  });
  const peer = `Flagger ${intervalS} s x${threshold}`;
  const common = { peer, secondsPerLook: 10, series: peer };
  return [
    { ...common, limit: null, judge: judge(usualSuccess) },
    ...successes.map((success) => ({
      ...common,
      limit: `below ${percent(success)}`,
      judge: judge(success),
    })),
  ];
}

function kayenta(): Setting[] {
  const judge = (allowedIncrease: number): MannWhitneySettings => ({
    ...mannWhitneyDefaults,
    kind: 'mannWhitney',
    intervalMs: 300_000,
    minimumValues: 1,
    groupWeights: {},
    metrics: [
      {
        ...kayentaDefaults,
        ...{ metric: 'errorRate', groups: ['errors'], muted: false },
        ...{ direction: 'increase', nanStrategy: 'replace' },
        effectSize: effectSizesOf('meanRatio', { allowedIncrease }),
      },
    ],
  });
  const peer = 'Kayenta each 5 min';
  const common = { peer, secondsPerLook: 10, series: peer };
  return [
    { ...common, limit: null, judge: judge(1) },
    ...[1, 1.1, 1.25, 1.5, 2, 3, 5, 10].map((allowed) => ({
      ...common,
      limit: `above ${allowed} times`,
      judge: judge(allowed),
    })),
  ];
}

/** Each peer as configured, then its tuned settings. */
export const settings: readonly Setting[] = [
  ...argo(30, 3),
  ...argo(30, 0),
  ...argo(1, 0),
  ...flagger(60, 5),
  ...flagger(10, 5),
  ...flagger(10, 1),
  ...kayenta(),
];

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
