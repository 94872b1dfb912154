/** Converts an Argo Rollouts Rollout, with the analysis templates of the same file, to sluice.yaml. */
import { type Analyses, createAnalyses, isTemplateFor, templateTable } from './argo-analysis.js';
import { keptRules, keptStepRules } from './argo-judge.js';
import { convertBlueGreen } from './argo-blue-green.js';
import { rolloutKind, rolloutTable } from './argo-fields.js';
import { canaryRouter } from './argo-router.js';
import { convertSteps } from './argo-steps.js';
import { type Field, mostSeconds } from './field.js';
import * as common from './import.js';
import { createLimits } from './limits.js';
import { readManifests, theOne } from './manifests.js';
import { createNotebook, type Notebook, noteTheRest, withRules } from './notes.js';
import { needsApps, deploymentOf, healthPathOf } from './pods.js';
import { written } from './project-file.js';
import { canTellTesters, noteMetrics, routed } from './routed.js';

type Written = Readonly<Record<string, unknown>>;

/** How long instances are kept that were to stay for ever. */
const keptForEver = '7d';

/** @throws InvalidInput with every fault, each with file:line:column */
export function importRollout(request: common.ImportRequest): common.Imported {
  const { text, file } = request;
  const manifests = readManifests(text, file);
  const rollout = theOne(manifests, rolloutKind, { name: request.service, file });
  const book = createNotebook();
  const limits = createLimits();
  const { root } = rollout;
  const inNamespace = root.at('metadata', 'namespace').value;
  const templates = manifests.filter((each) => isTemplateFor(inNamespace, each));
  const analyses = createAnalyses(templates, limits, book, request.keepsThresholds === true);
  const spec = root.at('spec');
  const service = common.serviceName(root.at('metadata', 'name'), request.service);
  const namespace = common.namespaceOf(root, book);
  const deployment = deploymentName(spec, service, book);
  const beside = deploymentOf(manifests, deployment);
  const template = spec.at('template');
  const healthPath = healthPathOf(template) ?? beside.healthPath;
  template.use();
  const instances = replicasOf(spec.at('replicas'), book) ?? beside.instances ?? 1;
  const { strategy, routing } = convertStrategy(spec, { instances, namespace, analyses, book });
  const isBackground = spec.at('strategy', 'canary', 'analysis').value !== undefined;
  const judge = analyses.judge(isBackground ? 'rollout' : 'step');
  const health = { ...limits.written(), ...(judge === undefined ? {} : { judge }) };
  const prometheus = analyses.prometheus();
  noteMetrics(routing, prometheus, book);
  common.noteDefaultLimits(health, spec.at('strategy'), book);
  const antiAffinity = antiAffinityOf(spec.at('strategy'));
  noteTheRest(rollout, judge ? withRules(rolloutTable, keptStepRules) : rolloutTable, book);
  const known = judge ? withRules(templateTable, keptRules) : templateTable;
  for (const each of templates) noteTheRest(each, known, book);
  common.noteOthers(manifests, [rollout, ...templates], book);
  const converted = {
    router: routing.router,
    prometheus,
    title: rollout.title,
    file,
    service,
    environment: common.environmentName(request.environment),
    namespace,
    deployment,
    instances,
    healthPath,
    antiAffinity,
    strategy,
    health,
    webhooks: undefined,
  };
  return common.finish(converted, manifests, book);
}

function deploymentName(spec: Field, service: string, book: Notebook): string {
  const reference = spec.at('workloadRef');
  spec.at('selector').use();
  spec.at('minReadySeconds').use();
  needsApps(reference.at('apiVersion'), book);
  if (reference.at('scaleDown').value === 'never') reference.at('scaleDown').use();
  const kind = reference.at('kind');
  const name = reference.at('name').label();
  if (kind.value !== undefined && kind.text() !== 'Deployment') {
    book.unexpressed(kind, 'only a Deployment is copied', 'a Deployment of the same name');
  }
  return name ?? service;
}

/** What one strategy of the two says. */
function antiAffinityOf(strategy: Field): string | undefined {
  for (const one of ['canary', 'blueGreen']) {
    const field = strategy.at(one, 'antiAffinity');
    const required = field.at('requiredDuringSchedulingIgnoredDuringExecution');
    const preferred = field.at('preferredDuringSchedulingIgnoredDuringExecution');
    preferred.at('weight').whole(1, 100);
    if (required.value !== undefined) {
      required.use();
      return 'required';
    }
    if (preferred.value !== undefined) return 'preferred';
  }
  return undefined;
}

function replicasOf(field: Field, book: Notebook): number | undefined {
  const replicas = field.whole(0, 1000);
  if (replicas !== 0) return replicas;
  book.different(field, 'a service has at least one instance', 'instances: 1');
  return 1;
}

interface StrategyContext {
  readonly instances: number;
  readonly namespace: string;
  readonly analyses: Analyses;
  readonly book: Notebook;
}

function convertStrategy(spec: Field, context: StrategyContext) {
  const canary = spec.at('strategy', 'canary');
  const blueGreen = spec.at('strategy', 'blueGreen');
  const { book, analyses, instances } = context;
  if ((canary.value === undefined) === (blueGreen.value === undefined)) {
    spec.at('strategy').fault('either canary or blueGreen');
  }
  if (blueGreen.value !== undefined) {
    const timing = timingOf(spec, blueGreen, book);
    const backend = blueGreen.at('activeService').text();
    const routing = routed({ kind: 'service-selector', backend }, blueGreen);
    const replicas = instances;
    return { strategy: convertBlueGreen(blueGreen, { replicas, analyses, timing, book }), routing };
  }
  const routing = canaryRouter(canary, context.namespace, book);
  const timing = timingOf(spec, canary, book);
  const maxWeight = canary.at('trafficRouting', 'maxTrafficWeight').whole(1, 1_000_000) ?? 100;
  const hasHeaders = canTellTesters(routing);
  const background = canary.at('analysis', 'templates');
  if (background.value !== undefined) analyses.use(background);
  const steps = convertSteps(canary.at('steps'), {
    replicas: instances,
    maxWeight,
    hasHeaders,
    analyses,
    book,
  });
  if (steps.length > 0) return { strategy: { canary: { steps, ...timing } }, routing };
  const hadSteps = canary.at('steps').items().length > 0;
  return {
    strategy: hadSteps
      ? { canary: { steps: [{ setWeight: 100 }], ...timing } }
      : { rolling: { ...batchesOf(canary.at('maxSurge'), instances, book), ...timing } },
    routing,
  };
}

/** Without steps a canary is a rolling update; what may surge at once is a batch. */
function batchesOf(field: Field, replicas: number, book: Notebook): Written {
  const { value } = field;
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  const surge = percent === undefined ? value : Math.ceil((replicas * Number(percent)) / 100);
  if (typeof surge !== 'number' || surge < 1) return {};
  const batches = Math.min(100, Math.max(1, Math.ceil(replicas / surge)));
  field.use();
  book.different(field, 'each batch is judged before the next', `rolling.batches: ${batches}`);
  return { batches };
}

function timingOf(spec: Field, strategy: Field, book: Notebook): Written {
  const deadline = spec.at('progressDeadlineSeconds').whole(0, mostSeconds);
  const abort = spec.at('progressDeadlineAbort');
  if (abort.flag() === false) {
    book.different(abort, 'a step past its deadline is always rolled back', 'as if it were true');
  }
  const warm = strategy.at('scaleDownDelaySeconds').whole(0, mostSeconds);
  const kept = strategy.at('abortScaleDownDelaySeconds');
  const keptSeconds = kept.whole(0, mostSeconds);
  if (keptSeconds === 0) {
    const why = '0 keeps aborted instances for ever, and nothing is kept for ever';
    book.different(kept, why, `abortScaleDownDelay: ${keptForEver}`);
  }
  return {
    ...(deadline === undefined ? {} : { progressDeadline: written(deadline * 1000) }),
    ...(warm === undefined ? {} : { keepWarm: written(warm * 1000) }),
    ...(keptSeconds === undefined
      ? {}
      : { abortScaleDownDelay: keptSeconds === 0 ? keptForEver : written(keptSeconds * 1000) }),
  };
}
