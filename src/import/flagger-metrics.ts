/** The metrics of a Canary as health limits. */
import type { Field } from './field.js';
import { type Limits, shareText } from './limits.js';
import type { Notebook } from './notes.js';

const evidence = 'a verdict over all requests, and not a rate over a window';

export function convertMetrics(metrics: Field, limits: Limits, book: Notebook): void {
  for (const metric of metrics.items()) {
    const name = metric.at('name').value;
    const isBuiltIn =
      metric.at('templateRef').value === undefined && metric.at('query').value === undefined;
    // What is left unused is told as lost, as a whole.
    if (!isBuiltIn) continue;
    if (name === 'request-success-rate') successRate(metric, limits, book);
    if (name === 'request-duration') duration(metric, limits, book);
  }
}

/** The threshold under its present name, else under its deprecated one. */
function thresholdOf(metric: Field, bound: 'min' | 'max'): Field | undefined {
  return [metric.at('thresholdRange', bound), metric.at('threshold')].find(
    ({ value }) => value !== undefined,
  );
}

function successRate(metric: Field, limits: Limits, book: Notebook): void {
  const threshold = thresholdOf(metric, 'min');
  const percent = threshold?.amount();
  metric.at('name').text();
  metric.at('interval').duration();
  if (threshold === undefined || percent === undefined) return;
  const share = 1 - percent / 100;
  if (share <= 0 || share >= 1) {
    const why = 'a limit of nothing at all would fall with the first failed request';
    book.unexpressed(threshold, why, 'health.errorRate.max, such as 0.1%');
    return;
  }
  limits.errorRate('max', share);
  book.different(threshold, evidence, `health.errorRate.max: ${shareText(share)}`);
}

function duration(metric: Field, limits: Limits, book: Notebook): void {
  const threshold = thresholdOf(metric, 'max');
  const ms = threshold?.amount();
  metric.at('name').text();
  metric.at('interval').duration();
  if (threshold === undefined || ms === undefined) return;
  if (ms < 1) {
    book.unexpressed(threshold, 'no request is that fast', 'health.latencyP95.max');
    return;
  }
  limits.latencyP95('max', ms);
  const but = `the p95 and not the p99; ${evidence}`;
  book.different(threshold, but, `health.latencyP95.max: ${Math.round(ms)}ms`);
}
