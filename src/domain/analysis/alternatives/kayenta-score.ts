/** The score of a comparison: groups of metrics with weights, as Kayenta adds them up. */
import type { Label } from './kayenta-metric.js';

export interface ScoredMetric {
  readonly label: Label;
  readonly critical: boolean;
  readonly groups: readonly string[];
}

export interface Score {
  /** 0–100. */
  readonly score: number;
  /** Why it is 0 whatever the groups say. */
  readonly failedBy: 'critical' | 'nodata' | null;
  readonly groups: readonly GroupScore[];
}

export interface GroupScore {
  readonly group: string;
  /** Percent of its metrics that passed, those without data left out. */
  readonly score: number;
  readonly hasNoData: boolean;
}

/** With so many percent of all metrics without data nothing is scored. */
const mostNodata = 50;

function scoreGroup(group: string, metrics: readonly ScoredMetric[]): GroupScore {
  const scored = metrics.filter(({ label }) => label !== 'Nodata' && label !== 'Error');
  const passed = scored.filter(({ label }) => label === 'Pass').length;
  const hasNoData = scored.length === 0;
  return { group, score: hasNoData ? 0 : (passed / scored.length) * 100, hasNoData };
}

/**
 * @param weights percent by group; groups without one share what is left of 100
 * @example 2 of 2 passed in a group of weight 75, 0 of 1 in one of 25 → 75
 * @example Pass, High and Low in one group → 33.33
 */
export function scoreMetrics(
  metrics: readonly ScoredMetric[],
  weights: Readonly<Record<string, number>> = {},
): Score {
  const names = [...new Set(metrics.flatMap(({ groups }) => groups))];
  const groups = names.map((name) =>
    scoreGroup(
      name,
      metrics.filter((metric) => metric.groups.includes(name)),
    ),
  );
  if (metrics.some(({ critical, label }) => critical && label !== 'Pass')) {
    return { score: 0, failedBy: 'critical', groups };
  }
  const nodata = metrics.filter(({ label }) => label === 'Nodata').length;
  if ((nodata / metrics.length) * 100 >= mostNodata) {
    return { score: 0, failedBy: 'nodata', groups };
  }
  const known = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const others = names.filter((name) => !(name in weights)).length;
  const sum = groups.reduce((total, { group, score, hasNoData }) => {
    const weight = weights[group] ?? (100 - known) / others;
    return total + (hasNoData ? 100 : score) * (weight / 100);
  }, 0);
  return { score: Math.round(sum * 100) / 100, failedBy: null, groups };
}

/** @example 75 and more → Pass, from 50 on → Marginal */
export function classifyScore(
  score: number,
  { pass, marginal }: { readonly pass: number; readonly marginal: number },
): 'Pass' | 'Marginal' | 'Fail' {
  if (score >= pass) return 'Pass';
  return score >= marginal ? 'Marginal' : 'Fail';
}
