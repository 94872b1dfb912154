/** Analysis templates of Argo Rollouts as health limits, and how long an analysis of them lasts. */
import { formatDuration, readDuration } from '../domain/time.js';
import { convertMetric } from './argo-judge.js';
import { failedShare, readCondition, readQuery, type Threshold } from './argo-condition.js';
import { type Field, longestMs } from './field.js';
import { type Limits, shareText } from './limits.js';
import type { Manifest } from './manifests.js';
import type { FieldTable, Notebook } from './notes.js';
import { prometheusAt } from './routed.js';

const evidence = 'a verdict over all requests takes the place of measurements that are counted';
const everySecond = 'counters are looked at every second, as often as one likes';
const byName = 'health.judge: { kind: thresholds, style: argo } counts as they do: docs/judges.md';
const otherSource = 'health is counted at the router and asks no other system';
const askYourself = 'a webhook step: an HTTP service of yours asks it and answers 200 to go on';
const noArguments = 'counters are read for each revision, so queries take no arguments';

export const templateTable: FieldTable = {
  kinds: ['AnalysisTemplate', 'ClusterAnalysisTemplate'],
  rules: [
    { field: 'apiVersion', becomes: 'nothing: it says what to import' },
    { field: 'kind', becomes: 'nothing: it says what to import' },
    { field: 'metadata.name', becomes: 'nothing: steps name it' },
    { field: 'metadata', lost: 'limits stand in sluice.yaml itself', instead: 'nothing' },
    { field: 'spec.args', lost: noArguments, instead: 'nothing' },
    { field: 'spec.templates', becomes: 'health' },
    {
      field: 'spec.dryRun',
      lost: 'every limit counts; none is measured only',
      instead: 'leave its limit out of health',
    },
    {
      field: 'spec.measurementRetention',
      lost: 'every verdict keeps its evidence in the ledger',
      instead: 'nothing',
    },
    { field: 'spec.metrics', becomes: 'health' },
    { field: 'spec.metrics[].name', becomes: 'health' },
    { field: 'spec.metrics[].interval', becomes: 'strategy.canary.steps[].analysis.for' },
    { field: 'spec.metrics[].initialDelay', becomes: 'strategy.canary.steps[].analysis.for' },
    { field: 'spec.metrics[].count', becomes: 'strategy.canary.steps[].analysis.for' },
    { field: 'spec.metrics[].successCondition', becomes: 'health.*.success, health.*.max' },
    { field: 'spec.metrics[].failureCondition', becomes: 'health.*.max' },
    {
      field: 'spec.metrics[].failureLimit',
      becomes: `health; ${byName}`,
      but: evidence,
    },
    {
      field: 'spec.metrics[].inconclusiveLimit',
      lost: evidence,
      instead: `health.onInconclusive says what doubt leads to; ${byName}`,
    },
    {
      field: 'spec.metrics[].consecutiveErrorLimit',
      lost: 'a source that does not answer is no evidence against a candidate',
      instead: `health.onNoData says what silence leads to; ${byName}`,
    },
    { field: 'spec.metrics[].consecutiveSuccessLimit', lost: evidence, instead: byName },
    {
      field: 'spec.metrics[].provider.prometheus.query',
      becomes: 'health',
      but: 'it is read for what it measures; the numbers themselves come from the router',
    },
    {
      field: 'spec.metrics[].provider.prometheus.address',
      becomes: 'metrics.prometheus.url, router.metrics',
    },
    {
      field: 'spec.metrics[].provider.prometheus',
      lost: 'queries are Sluice’s own, and are asked as plain instant queries',
      instead: 'metrics.prometheus.auth for credentials',
    },
    { field: 'spec.metrics[].provider', lost: otherSource, instead: askYourself },
  ],
};

/** Whether it is a template that a Rollout of that namespace can name. */
export function isTemplateFor(namespace: unknown, template: Manifest): boolean {
  const { apiVersion, kind, root } = template;
  if (apiVersion !== 'argoproj.io/v1alpha1' || !templateTable.kinds.includes(kind)) return false;
  return kind !== 'AnalysisTemplate' || root.at('metadata', 'namespace').value === namespace;
}

/** Shorter than that nothing can be judged. */
const leastMs = 60_000;

export interface Analyses {
  /** Uses a list of template references; how long a run of them takes, milliseconds. */
  use(references: Field): number;
  /** Those whose thresholds are kept, as health.judge; undefined: none is. */
  judge(countsOver: 'step' | 'rollout'): Readonly<Record<string, unknown>> | undefined;
  /** URL of the Prometheus that the templates ask. */
  prometheus(): string | undefined;
}

/** @param manifests templates of the Rollout's namespace, and of the cluster */
export function createAnalyses(
  manifests: readonly Manifest[],
  limits: Limits,
  book: Notebook,
  keepsThresholds: boolean,
): Analyses {
  const judged: Readonly<Record<string, unknown>>[] = [];
  const known = new Map<string, number>();
  let prometheus: string | undefined;
  const read = (reference: Field): number => {
    const name = reference.at('templateName').text();
    const cluster = reference.at('clusterScope').flag() === true;
    const kind = cluster ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
    const template = manifests.find((each) => each.kind === kind && each.name === name);
    if (template === undefined) {
      const why = `the file holds no ${kind} of that name`;
      book.unexpressed(
        reference.at('templateName'),
        why,
        'hand both in as one file, or set health',
      );
      return 0;
    }
    const before = known.get(template.title);
    if (before !== undefined) return before;
    known.set(template.title, 0);
    const { root } = template;
    const inner = root.at('spec', 'templates').items().map(read);
    const own = root
      .at('spec', 'metrics')
      .items()
      .map((metric) => {
        const address = metric.at('provider', 'prometheus', 'address');
        prometheus = prometheusAt(address, prometheus, book);
        const kept = keepsThresholds ? convertMetric(metric, book) : undefined;
        if (kept === undefined) return readMetric(metric, limits, book);
        metric.at('name').text();
        judged.push(kept);
        return keptLength(kept);
      });
    const ms = Math.max(0, ...inner, ...own);
    known.set(template.title, ms);
    return ms;
  };
  return {
    use(references) {
      return Math.max(leastMs, ...references.items().map(read));
    },
    judge(countsOver) {
      if (judged.length === 0) return undefined;
      const over = countsOver === 'rollout' ? { countsOver } : {};
      return { kind: 'thresholds', style: 'argo', ...over, metrics: judged };
    },
    prometheus: () => prometheus,
  };
}

function readMetric(metric: Field, limits: Limits, book: Notebook): number {
  metric.at('name').text();
  metric.at('failureLimit').use();
  const provider = metric.at('provider');
  const query = provider.at('prometheus', 'query');
  if (query.value !== undefined) readLimit(metric, query, limits, book);
  else {
    for (const name of ['successCondition', 'failureCondition']) {
      const condition = metric.at(name);
      if (condition.value !== undefined) book.unexpressed(condition, otherSource, askYourself);
    }
  }
  return lengthOf(metric, book);
}

function readLimit(metric: Field, query: Field, limits: Limits, book: Notebook): void {
  const success = metric.at('successCondition');
  const failure = metric.at('failureCondition');
  const measure = readQuery(query.text() ?? '');
  for (const condition of [success, failure]) {
    if (condition.value === undefined) continue;
    const seen = readCondition(condition.text() ?? '');
    const threshold = seen && condition === failure ? turned(seen) : seen;
    const name = condition === success && failure.value !== undefined ? 'success' : 'max';
    const said = measure && threshold && setLimit(measure, threshold, name, limits);
    if (said === undefined) {
      book.unexpressed(
        condition,
        'limits are the share of failed requests and the p95 of latency, each with one number',
        `health.errorRate or health.latencyP95, or ${askYourself}`,
      );
    } else book.different(condition, `${said.but}; ${evidence}`, said.limit);
  }
}

/** A failure below 0.9 asks for 0.9 and more. */
function turned({ side, value }: Threshold): Threshold {
  return { side: side === 'below' ? 'above' : 'below', value };
}

function setLimit(
  measure: NonNullable<ReturnType<typeof readQuery>>,
  threshold: Threshold,
  name: 'max' | 'success',
  limits: Limits,
): { readonly limit: string; readonly but: string } | undefined {
  if (measure.kind === 'latency') {
    const ms = threshold.value * measure.unitMs;
    if (threshold.side === 'above' || ms <= 0) return undefined;
    limits.latencyP95(name, ms);
    const but =
      measure.quantile === 0.95 ? 'the p95' : `the p95, not the p${measure.quantile * 100}`;
    return { limit: `health.latencyP95.${name}: ${Math.round(ms)}ms`, but };
  }
  const share = failedShare(measure, threshold);
  // A limit of nothing at all would fall with the first failed request.
  if (share === undefined || share <= 0 || share >= 1) return undefined;
  limits.errorRate(name, share);
  return {
    limit: `health.errorRate.${name}: ${shareText(share)}`,
    but: 'the share of failed requests',
  };
}

/** From the first measurement to the last, of one whose thresholds are kept. */
function keptLength({ interval, initialDelay, count }: Readonly<Record<string, unknown>>): number {
  const [each, delay] = [interval, initialDelay].map((text) => readDuration(String(text)) ?? 0);
  const lastsMs = (delay ?? 0) + (each ?? 0) * Math.max(0, Number(count ?? 0) - 1);
  return Math.min(lastsMs, longestMs);
}

/** From the first measurement to the last. */
function lengthOf(metric: Field, book: Notebook): number {
  const intervalMs = time(metric.at('interval'), book);
  const delayMs = time(metric.at('initialDelay'), book);
  const count = metric.at('count');
  const times = Number(count.value ?? 0);
  const lastsMs = delayMs + intervalMs * Math.max(0, times - 1);
  if (lastsMs > longestMs) return count.fault('an analysis of ten years at most') ?? 0;
  if (count.value !== undefined) {
    if (Number.isInteger(times) && times >= 0) {
      count.use();
      const ms = Math.max(leastMs, lastsMs);
      book.different(count, everySecond, `an analysis inline lasts ${formatDuration(ms)} at least`);
    } else book.unexpressed(count, noArguments, 'set the length of the analysis step');
  }
  return lastsMs;
}

function time(field: Field, book: Notebook): number {
  if (typeof field.value === 'string' && field.value.includes('{{')) {
    book.unexpressed(field, noArguments, 'set the length of the analysis step');
    return 0;
  }
  const ms = field.duration() ?? 0;
  if (typeof field.value === 'string' && readDuration(field.value) !== null) {
    book.different(field, everySecond, 'the length of an analysis step');
  }
  return ms;
}
