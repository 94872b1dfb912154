/** Every field of an Argo Rollouts Rollout, and what becomes of it. */
import { argoRouterRules } from './argo-router-fields.js';
import type { FieldRule, FieldTable } from './notes.js';

const controllerOnly = 'it is how their controller keeps its books';
const inLedger = 'nothing: every verdict is kept in the ledger with its evidence';
const onDeployment = 'write it in the template of the Deployment';
const noTemplateMetadata =
  'pods are not relabelled while they serve; a revision has the labels sluice.dev/* for life';
const noLimitOfOld = 'the stable and the previous revision stay, and no others';

function antiAffinity(at: string): readonly FieldRule[] {
  const becomes = 'services.<name>.workload.antiAffinity';
  const preferred = `${at}.preferredDuringSchedulingIgnoredDuringExecution`;
  return [
    { field: `${at}.requiredDuringSchedulingIgnoredDuringExecution`, becomes },
    { field: preferred, becomes },
    { field: `${preferred}.weight`, becomes, but: 'it weighs as much as any rule can' },
  ];
}

const top: readonly FieldRule[] = [
  { field: 'apiVersion', becomes: 'nothing: it says what to import' },
  { field: 'kind', becomes: 'nothing: it says what to import' },
  { field: 'metadata.name', becomes: 'services.<name>, project' },
  { field: 'metadata.namespace', becomes: 'platforms.cluster.namespace' },
  {
    field: 'metadata',
    lost: 'there is no object of Sluice in the cluster that could carry it',
    instead: 'put labels and annotations on the Deployment',
  },
  { field: 'status', lost: controllerOnly, instead: 'sluice get, sluice why' },
  { field: 'spec.replicas', becomes: 'services.<name>.workload.instances' },
  {
    field: 'spec.selector',
    becomes: 'services.<name>.workload.deployment',
    but: 'it belongs to the Deployment; revisions are selected by labels of their own',
  },
  {
    field: 'spec.template',
    becomes: 'services.<name>.workload.deployment',
    but: 'Sluice copies a Deployment and holds no template: apply one with this template, this selector and the name that stands in sluice.yaml',
  },
  { field: 'spec.workloadRef.apiVersion', becomes: 'services.<name>.workload.deployment' },
  { field: 'spec.workloadRef.kind', becomes: 'services.<name>.workload.deployment' },
  { field: 'spec.workloadRef.name', becomes: 'services.<name>.workload.deployment' },
  {
    field: 'spec.workloadRef.scaleDown',
    lost: 'a Deployment that was there before is never scaled to nothing',
    instead: 'scale it down yourself once its Service is no longer used',
  },
  {
    field: 'spec.minReadySeconds',
    becomes: 'services.<name>.workload.deployment',
    but: 'it is the Deployment’s: write it in its spec',
  },
  {
    field: 'spec.rollbackWindow',
    lost: 'going back is never gated, so no window has to be opened for it',
    instead: 'sluice rollback <service>/<environment>: no steps, no analysis',
  },
  { field: 'spec.revisionHistoryLimit', lost: noLimitOfOld, instead: 'strategy.*.keepWarm' },
  {
    field: 'spec.paused',
    lost: 'it is a state and no configuration',
    instead: 'sluice lock <service>/<environment> keeps rollouts out, sluice pause holds one',
  },
  {
    field: 'spec.progressDeadlineSeconds',
    becomes: 'environments.<name>.strategy.*.progressDeadline',
  },
  {
    field: 'spec.progressDeadlineAbort',
    becomes: 'environments.<name>.strategy.*.progressDeadline (as if true)',
  },
  {
    field: 'spec.restartAt',
    lost: 'it is an act and no configuration',
    instead: 'kubectl rollout restart of the revision’s Deployment',
  },
  { field: 'spec.analysis', lost: controllerOnly, instead: inLedger },
];

const canary: readonly FieldRule[] = [
  {
    field: 'spec.strategy.canary.canaryService',
    becomes: 'platforms.cluster.router',
    but: 'each revision gets a Service of its own; yours for the canary is no longer used',
  },
  { field: 'spec.strategy.canary.stableService', becomes: 'platforms.cluster.router.backend' },
  { field: 'spec.strategy.canary.steps', becomes: 'strategy.canary.steps' },
  { field: 'spec.strategy.canary.steps[].setWeight', becomes: 'strategy.canary.steps[].setWeight' },
  { field: 'spec.strategy.canary.steps[].pause', becomes: 'strategy.canary.steps[].pause' },
  {
    field: 'spec.strategy.canary.steps[].pause.duration',
    becomes: 'strategy.canary.steps[].pause.for',
  },
  {
    field: 'spec.strategy.canary.steps[].analysis.templates',
    becomes: 'strategy.canary.steps[].analysis, health',
    but: 'ends by a verdict over every request and not by a number of measurements',
  },
  {
    field: 'spec.strategy.canary.steps[].analysis',
    lost: 'counters are read for each revision at the router, so queries take no arguments',
    instead: 'health',
  },
  {
    field: 'spec.strategy.canary.steps[].setCanaryScale.replicas',
    becomes: 'strategy.canary.steps[].setScale.instances',
  },
  {
    field: 'spec.strategy.canary.steps[].setCanaryScale.weight',
    becomes: 'strategy.canary.steps[].setScale.instances',
    but: 'counted once from spec.replicas',
  },
  {
    field: 'spec.strategy.canary.steps[].setCanaryScale.matchTrafficWeight',
    becomes: 'strategy.canary.steps[].setScale (null)',
  },
  {
    field: 'spec.strategy.canary.steps[].setHeaderRoute.name',
    becomes: 'strategy.canary.steps[].headerRoute',
    but: 'there is one route for testers at a time, so it has no name',
  },
  {
    field: 'spec.strategy.canary.steps[].setHeaderRoute.match',
    becomes: 'strategy.canary.steps[].headerRoute',
  },
  {
    field: 'spec.strategy.canary.steps[].setHeaderRoute.match[].headerName',
    becomes: 'strategy.canary.steps[].headerRoute.header',
  },
  {
    field: 'spec.strategy.canary.steps[].setHeaderRoute.match[].headerValue.exact',
    becomes: 'strategy.canary.steps[].headerRoute.value',
  },
  {
    field: 'spec.strategy.canary.steps[].setHeaderRoute.match[].headerValue',
    lost: 'testers are known by one exact value of a header',
    instead: 'headerRoute: { header, value } with an exact value',
  },
  {
    field: 'spec.strategy.canary.steps[].setMirrorRoute',
    lost: 'copies need a router that makes them and counters that count them, which a manifest does not say',
    instead: 'mirror: { percent, for } before the first setWeight',
  },
  {
    field: 'spec.strategy.canary.steps[].experiment',
    lost: 'there are no experiments: a candidate is compared with its limits',
    instead: 'setWeight with analysis, the candidate’s instances by setScale',
  },
  {
    field: 'spec.strategy.canary.steps[].plugin',
    lost: 'there are no step plugins',
    instead: 'a webhook step: an HTTP service of yours answers 200 to let the rollout go on',
  },
  {
    field: 'spec.strategy.canary.maxUnavailable',
    lost: 'stable keeps all its instances until the candidate is stable',
    instead: 'nothing',
  },
  {
    field: 'spec.strategy.canary.maxSurge',
    lost: 'the candidate’s instances follow its weight, beside a stable side at full scale',
    instead: 'strategy.canary.steps[].setScale; without steps strategy.rolling.batches',
  },
  {
    field: 'spec.strategy.canary.analysis.templates',
    becomes: 'health',
    but: 'health is judged all the while, from before the first shift until the end',
  },
  {
    field: 'spec.strategy.canary.analysis.startingStep',
    lost: 'health is judged from the first step on',
    instead: 'nothing',
  },
  {
    field: 'spec.strategy.canary.analysis',
    lost: 'counters are read for each revision at the router, so queries take no arguments',
    instead: 'health',
  },
  ...antiAffinity('spec.strategy.canary.antiAffinity'),
  { field: 'spec.strategy.canary.canaryMetadata', lost: noTemplateMetadata, instead: onDeployment },
  { field: 'spec.strategy.canary.stableMetadata', lost: noTemplateMetadata, instead: onDeployment },
  {
    field: 'spec.strategy.canary.scaleDownDelaySeconds',
    becomes: 'strategy.canary.keepWarm',
  },
  {
    field: 'spec.strategy.canary.scaleDownDelayRevisionLimit',
    lost: noLimitOfOld,
    instead: 'strategy.canary.keepWarm',
  },
  {
    field: 'spec.strategy.canary.abortScaleDownDelaySeconds',
    becomes: 'strategy.canary.abortScaleDownDelay',
  },
  {
    field: 'spec.strategy.canary.dynamicStableScale',
    lost: 'stable stays at full scale until the end, so that a rollback waits for no pod',
    instead: 'nothing',
  },
  {
    field: 'spec.strategy.canary.pingPong',
    lost: 'each revision has a Service of its own, which is what ping-pong is for',
    instead: 'nothing',
  },
  {
    field: 'spec.strategy.canary.minPodsPerReplicaSet',
    lost: 'a candidate has at least one instance',
    instead: 'strategy.canary.steps[].setScale',
  },
  {
    field: 'spec.strategy.canary.replicaProgressThreshold',
    lost: 'a shift waits for the capacity that carries its weight',
    instead: 'nothing',
  },
];

function blueGreenLost(name: string, lost: string, instead: string): FieldRule {
  return { field: `spec.strategy.blueGreen.${name}`, lost, instead };
}

const blueGreen: readonly FieldRule[] = [
  { field: 'spec.strategy.blueGreen.activeService', becomes: 'platforms.cluster.router.backend' },
  {
    field: 'spec.strategy.blueGreen.previewService',
    becomes: 'platforms.cluster.router',
    but: 'each revision gets a Service of its own: look at the candidate by that one',
  },
  blueGreenLost(
    'previewReplicaCount',
    'the new side is tested at the scale that users will meet',
    'nothing',
  ),
  {
    field: 'spec.strategy.blueGreen.autoPromotionEnabled',
    becomes: 'strategy.canary.steps[].pause (false)',
  },
  {
    field: 'spec.strategy.blueGreen.autoPromotionSeconds',
    becomes: 'strategy.canary.steps[].pause.for',
  },
  {
    field: 'spec.strategy.blueGreen.prePromotionAnalysis.templates',
    becomes: 'strategy.blueGreen.smoke, health',
    but: 'a side without users has nothing to count: it is smoke-tested, and judged by its limits after the switch',
  },
  blueGreenLost('prePromotionAnalysis', 'smoke tests and limits take no arguments', 'health'),
  {
    field: 'spec.strategy.blueGreen.postPromotionAnalysis.templates',
    becomes: 'strategy.blueGreen.postSwitch, health',
    but: 'judged by a verdict over every request while the old side is warm',
  },
  blueGreenLost('postPromotionAnalysis', 'limits take no arguments', 'health'),
  {
    field: 'spec.strategy.blueGreen.scaleDownDelaySeconds',
    becomes: 'strategy.blueGreen.keepWarm',
  },
  blueGreenLost('scaleDownDelayRevisionLimit', noLimitOfOld, 'strategy.blueGreen.keepWarm'),
  {
    field: 'spec.strategy.blueGreen.abortScaleDownDelaySeconds',
    becomes: 'strategy.blueGreen.abortScaleDownDelay',
  },
  blueGreenLost('maxUnavailable', 'both sides stand at full scale during the switch', 'nothing'),
  ...antiAffinity('spec.strategy.blueGreen.antiAffinity'),
  blueGreenLost('previewMetadata', noTemplateMetadata, onDeployment),
  blueGreenLost('activeMetadata', noTemplateMetadata, onDeployment),
];

export const rolloutKind = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' } as const;

export const rolloutTable: FieldTable = {
  kinds: ['Rollout'],
  rules: [...top, ...canary, ...argoRouterRules, ...blueGreen],
};
