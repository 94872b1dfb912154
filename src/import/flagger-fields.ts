/** Every field of a Flagger Canary, and what becomes of it. */
import type { FieldRule, FieldTable } from './notes.js';

const router = 'platforms.cluster.router';
const yourService = 'no Service is made for users: yours stays, and each revision gets one like it';
const keepService = 'keep the Service that Flagger made, as your own manifest';
const yourRoute = 'no route is made: yours stays, and only its weights are changed';
const keepRoute = 'write it in your route';
const analysis = 'spec.analysis';

function lost(field: string, why: string, instead: string): FieldRule {
  return { field, lost: why, instead };
}

const top: readonly FieldRule[] = [
  { field: 'apiVersion', becomes: 'nothing: it says what to import' },
  { field: 'kind', becomes: 'nothing: it says what to import' },
  { field: 'metadata.name', becomes: 'services.<name>, project' },
  { field: 'metadata.namespace', becomes: 'platforms.cluster.namespace' },
  lost(
    'metadata',
    'there is no object of Sluice in the cluster that could carry it',
    'put labels and annotations on the Deployment',
  ),
  lost('status', 'it is how their controller keeps its books', 'sluice get, sluice why'),
  { field: 'spec.provider', becomes: `${router}.kind` },
  { field: 'spec.metricsServer', becomes: 'metrics.prometheus.url, router.metrics' },
  { field: 'spec.targetRef.apiVersion', becomes: 'services.<name>.workload.deployment' },
  { field: 'spec.targetRef.kind', becomes: 'services.<name>.workload.deployment' },
  { field: 'spec.targetRef.name', becomes: 'services.<name>.workload.deployment' },
  { field: 'spec.autoscalerRef.apiVersion', becomes: 'nothing: the autoscaler stays yours' },
  { field: 'spec.autoscalerRef.kind', becomes: 'nothing: the autoscaler stays yours' },
  {
    field: 'spec.autoscalerRef.name',
    becomes: 'nothing: the autoscaler stays yours',
    but: 'an autoscaler of the Deployment is turned to the stable revision, named or not',
  },
  lost(
    'spec.autoscalerRef',
    'there is one autoscaler, yours, and it is turned to the stable revision as it is',
    'change the autoscaler itself',
  ),
  lost('spec.routeRef', 'APISIX is no router of Sluice', 'a Gateway API route'),
  lost('spec.upstreamRef', 'Gloo is no router of Sluice', 'a Gateway API route'),
  {
    field: 'spec.progressDeadlineSeconds',
    becomes: 'environments.<name>.strategy.*.progressDeadline',
  },
  lost(
    'spec.skipAnalysis',
    'a service is watched in every release',
    'sluice promote --full, for one release and with a reason',
  ),
  lost(
    'spec.revertOnDeletion',
    'there is no object whose deletion could revert anything',
    'sluice eject <service>/<environment> hands a target back',
  ),
  lost(
    'spec.suspend',
    'it is a state and no configuration',
    'sluice lock <service>/<environment> keeps rollouts out, sluice pause holds one',
  ),
];

const service: readonly FieldRule[] = [
  { field: 'spec.service.name', becomes: `${router}.backend` },
  ...['port', 'portName', 'targetPort', 'appProtocol', 'trafficDistribution'].map(
    (name): FieldRule => ({
      field: `spec.service.${name}`,
      becomes: `${router}.backend`,
      but: `${yourService}; ${keepService}`,
    }),
  ),
  ...['portDiscovery', 'headless', 'apex', 'primary', 'canary', 'unmanagedMetadata'].map((name) =>
    lost(`spec.service.${name}`, yourService, keepService),
  ),
  ...[
    'timeout',
    'backendTimeout',
    'gateways',
    'gatewayRefs',
    'hosts',
    'delegation',
    'trafficPolicy',
    'match',
    'rewrite',
    'retries',
    'headers',
    'mirror',
    'corsPolicy',
  ].map((name) => lost(`spec.service.${name}`, yourRoute, keepRoute)),
  ...['meshName', 'backends'].map((name) =>
    lost(`spec.service.${name}`, 'App Mesh is no router of Sluice', 'a Gateway API route'),
  ),
];

const copies =
  'copies need a router that makes them and counters that count them, which a manifest does not say';
const mirror = 'mirror: { percent, for } before the first setWeight';

const judged: readonly FieldRule[] = [
  { field: `${analysis}.interval`, becomes: 'strategy.canary.steps[].analysis.for' },
  { field: `${analysis}.iterations`, becomes: 'strategy.*: how long it is judged' },
  { field: `${analysis}.maxWeight`, becomes: 'strategy.canary.steps[].setWeight' },
  { field: `${analysis}.stepWeight`, becomes: 'strategy.canary.steps[].setWeight' },
  { field: `${analysis}.stepWeights`, becomes: 'strategy.canary.steps[].setWeight' },
  lost(
    `${analysis}.stepWeightPromotion`,
    'the candidate becomes stable as it is: traffic does not move to a second copy',
    'nothing',
  ),
  {
    field: `${analysis}.threshold`,
    becomes:
      'health, with onInconclusive and onNoData for doubt and silence; health.judge: { kind: thresholds, style: flagger } counts as they do: docs/judges.md',
    but: 'a verdict over all requests takes the place of checks that are counted',
  },
  lost(
    `${analysis}.primaryReadyThreshold`,
    'a rollback does not wait for the stable side, and stable stays as it is',
    'nothing',
  ),
  lost(
    `${analysis}.canaryReadyThreshold`,
    'a shift waits for the capacity that carries its weight',
    'strategy.canary.steps[].setScale',
  ),
  ...['mirror', 'mirrorWeight'].map((name) => lost(`${analysis}.${name}`, copies, mirror)),
  lost(
    `${analysis}.alerts`,
    'sluice.yaml names nobody to tell',
    'sluice release --wait in CI, or sluice watch',
  ),
  { field: `${analysis}.match[].headers`, becomes: 'strategy.canary.steps[].headerRoute' },
  lost(
    `${analysis}.match`,
    'testers are known by one exact value of a header',
    'headerRoute: { header, value }',
  ),
  lost(
    `${analysis}.sessionAffinity`,
    'no cookie binds a user to a revision',
    'strategy: blueGreen with weights: [100], where all users move at once',
  ),
  { field: `${analysis}.metrics[].name`, becomes: 'health.errorRate, health.latencyP95' },
  {
    field: `${analysis}.metrics[].interval`,
    becomes: 'health.interval',
    but: 'counters are looked at every second, and no window dilutes them',
  },
  { field: `${analysis}.metrics[].thresholdRange.min`, becomes: 'health.errorRate' },
  { field: `${analysis}.metrics[].thresholdRange.max`, becomes: 'health.latencyP95' },
  { field: `${analysis}.metrics[].threshold`, becomes: 'health.errorRate, health.latencyP95' },
  lost(
    `${analysis}.metrics`,
    'health is counted at the router and asks no other query',
    'a webhook step: an HTTP service of yours asks it and answers 200 to go on',
  ),
  { field: `${analysis}.webhooks[].type`, becomes: 'strategy.canary.steps[].webhook' },
  { field: `${analysis}.webhooks[].name`, becomes: 'strategy.canary.steps[].webhook' },
  { field: `${analysis}.webhooks[].url`, becomes: 'strategy.canary.steps[].webhook.url' },
  { field: `${analysis}.webhooks[].timeout`, becomes: 'strategy.canary.steps[].webhook.timeout' },
  { field: `${analysis}.webhooks[].retries`, becomes: 'strategy.canary.steps[].webhook.retries' },
  lost(
    `${analysis}.webhooks[].metadata`,
    'a webhook is asked about the rollout: target, candidate, stable, weight and who asked',
    'make what it needs part of its URL',
  ),
  lost(`${analysis}.webhooks[].muteAlert`, 'sluice.yaml names nobody to tell', 'nothing'),
  lost(
    `${analysis}.webhooks[].disableTLS`,
    'certificates are always checked',
    'NODE_EXTRA_CA_CERTS for the worker names a certificate authority of your own',
  ),
];

/** The same under its old name. */
const deprecated: FieldRule = lost(
  'spec.canaryAnalysis',
  'it is the old name of spec.analysis',
  'rename it to spec.analysis and import again',
);

export const canaryKind = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary' } as const;

export const canaryTable: FieldTable = {
  kinds: ['Canary'],
  rules: [
    ...top,
    { field: 'spec.ingressRef.apiVersion', becomes: router },
    { field: 'spec.ingressRef.kind', becomes: router },
    { field: 'spec.ingressRef.name', becomes: `${router}.route` },
    ...service,
    ...judged,
    deprecated,
  ],
};
