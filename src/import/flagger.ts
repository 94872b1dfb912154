/** Converts a Flagger Canary to sluice.yaml. */
import { type Field, mostSeconds } from './field.js';
import { canaryKind, canaryTable } from './flagger-fields.js';
import { convertJudge, keptRules } from './flagger-judge.js';
import { convertMetrics } from './flagger-metrics.js';
import { canaryRouter, splits } from './flagger-router.js';
import { convertAnalysis } from './flagger-strategy.js';
import { convertWebhooks } from './flagger-webhooks.js';
import * as common from './import.js';
import { createLimits } from './limits.js';
import { readManifests, theOne } from './manifests.js';
import { createNotebook, type Notebook, noteTheRest, withRules } from './notes.js';
import { needsApps, deploymentOf } from './pods.js';
import { written } from './project-file.js';
import { canTellTesters, noteMetrics, prometheusAt } from './routed.js';

/** Used when none is written; shorter ones are lengthened to the least. */
const usualIntervalMs = 60_000;
const leastIntervalMs = 10_000;

/** @throws InvalidInput with every fault, each with file:line:column */
export function importCanary(request: common.ImportRequest): common.Imported {
  const { text, file } = request;
  const manifests = readManifests(text, file);
  const canary = theOne(manifests, canaryKind, { name: request.service, file });
  const book = createNotebook();
  const limits = createLimits();
  const { root } = canary;
  const spec = root.at('spec');
  const service = common.serviceName(root.at('metadata', 'name'), request.service);
  const namespace = common.namespaceOf(root, book);
  const target = targetOf(spec.at('targetRef'), service, book);
  const beside = deploymentOf(manifests, target);
  useScaler(spec.at('autoscalerRef'));
  const routing = canaryRouter(spec, target, book);
  const analysis = spec.at('analysis');
  analysis.at('threshold').whole(0, 1_000_000);
  const intervalMs = intervalOf(analysis.at('interval'), book);
  const hooks = convertWebhooks(analysis.at('webhooks'), intervalMs, book);
  const judge = request.keepsThresholds ? convertJudge(analysis, intervalMs) : undefined;
  if (judge === undefined) convertMetrics(analysis.at('metrics'), limits, book);
  const instances = beside.instances ?? 3;
  if (beside.instances === undefined) {
    const why = 'a Canary does not say how many instances its target has';
    book.fillIn(spec.at('targetRef'), why, `workload.instances: ${instances}`);
  }
  const deadline = spec.at('progressDeadlineSeconds').whole(0, mostSeconds);
  const timing = deadline === undefined ? {} : { progressDeadline: written(deadline * 1000) };
  const mustSwitch = !splits(spec);
  const strategy = convertAnalysis(analysis, {
    intervalMs,
    instances,
    hooks,
    timing,
    mustSwitch,
    hasHeaders: canTellTesters(routing),
    book,
  });
  const health = { ...limits.written(), ...(judge === undefined ? {} : { judge }) };
  const prometheus = prometheusAt(spec.at('metricsServer'), undefined, book);
  noteMetrics(routing, prometheus, book);
  common.noteDefaultLimits(health, analysis, book);
  noteTheRest(canary, judge ? withRules(canaryTable, keptRules) : canaryTable, book);
  common.noteOthers(manifests, [canary], book);
  const converted = {
    router: routing.router,
    prometheus,
    title: canary.title,
    file,
    service,
    environment: common.environmentName(request.environment),
    namespace,
    deployment: target,
    instances,
    healthPath: beside.healthPath,
    antiAffinity: undefined,
    strategy,
    health,
    webhooks: hooks.allowed,
  };
  return common.finish(converted, manifests, book);
}

/** Those that are turned to the stable revision, by their kind; with the group it is of. */
const scalers = new Map([
  ['HorizontalPodAutoscaler', 'autoscaling/'],
  ['ScaledObject', 'keda.sh/'],
]);

function useScaler(reference: Field): void {
  const group = scalers.get(String(reference.at('kind').value));
  const apiVersion = String(reference.at('apiVersion').value);
  if (group === undefined || !apiVersion.startsWith(group)) return;
  for (const name of ['apiVersion', 'kind', 'name']) reference.at(name).text();
}

function targetOf(reference: Field, service: string, book: Notebook): string {
  needsApps(reference.at('apiVersion'), book);
  const kind = reference.at('kind');
  if (kind.value !== undefined && kind.text() !== 'Deployment') {
    book.unexpressed(kind, 'only a Deployment is copied', 'a Deployment of the same name');
  }
  const at = reference.at('name');
  const name = at.label();
  if (at.value === undefined) at.fault('the name of a Deployment');
  return name ?? service;
}

function intervalOf(field: Field, book: Notebook): number {
  const ms = field.duration();
  if (ms === undefined) return usualIntervalMs;
  if (ms >= leastIntervalMs) return ms;
  book.different(field, 'their controller made 10s of it', 'analysis: { for: 10s }');
  return leastIntervalMs;
}
