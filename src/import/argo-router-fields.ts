/** Every field of a Rollout's trafficRouting, and what becomes of it. */
import type { FieldRule } from './notes.js';

const at = 'spec.strategy.canary.trafficRouting';
const router = 'platforms.cluster.router';
const plugin = `${at}.plugins.argoproj-labs/gatewayAPI`;
const rulesByService =
  'rules that send to the Service of users (backend) are ours, all others stay';
const onlyWeights = 'the second Ingress says only what weights and testers need';
const otherRoutes = 'one route leads to a target';

function becomes(field: string, where: string): FieldRule {
  return { field: `${at}.${field}`, becomes: where };
}

function lost(field: string, why: string, instead: string): FieldRule {
  return { field: `${at}.${field}`, lost: why, instead };
}

function noRouter(field: string, name: string): FieldRule {
  return lost(
    field,
    `${name} is no router of Sluice`,
    'a Gateway API route in front of the Service',
  );
}

export const argoRouterRules: readonly FieldRule[] = [
  { field: `${plugin}.httpRoute`, becomes: `${router}.route` },
  { field: `${plugin}.grpcRoute`, becomes: `${router}.route, routeKind` },
  { field: `${plugin}.httpRoutes`, becomes: `${router}.route` },
  { field: `${plugin}.grpcRoutes`, becomes: `${router}.route, routeKind` },
  { field: `${plugin}.namespace`, becomes: `platforms.cluster.namespace` },
  { field: plugin, lost: `${otherRoutes}, of HTTP or gRPC`, instead: 'nothing' },
  lost('plugins', 'it is no router of Sluice', 'a Gateway API route in front of the Service'),
  becomes('istio.virtualService.name', `${router}.route`),
  becomes('istio.virtualServices[].name', `${router}.route`),
  becomes('istio.destinationRule.name', `${router}.destinationRule`),
  lost('istio.virtualService', rulesByService, 'nothing'),
  lost('istio.virtualServices', rulesByService, 'nothing'),
  lost(
    'istio.destinationRule',
    'each revision is a host of its own, and no subset',
    'leave the subsets out; its other settings are copied for each revision',
  ),
  becomes('nginx.stableIngress', `${router}.route`),
  becomes('nginx.stableIngresses', `${router}.route`),
  becomes('nginx.annotationPrefix', `nothing: it is the usual one`),
  lost('nginx.additionalIngressAnnotations', onlyWeights, 'headerRoute for testers'),
  lost('nginx.canaryIngressAnnotations', onlyWeights, 'headerRoute for testers'),
  becomes('alb.ingress', `${router}.route`),
  becomes('alb.ingresses', `${router}.route`),
  becomes('alb.rootService', `${router}.backend`),
  {
    field: `${at}.alb.servicePort`,
    becomes: `${router}.backend`,
    but: 'it is read from the Ingress and the Service',
  },
  becomes('alb.annotationPrefix', `nothing: it is the usual one`),
  lost(
    'alb.stickinessConfig',
    'a user who sticks to a candidate would stay there after a rollback',
    'nothing',
  ),
  becomes('traefik.weightedTraefikServiceName', `${router}.route`),
  noRouter('smi', 'SMI'),
  noRouter('ambassador', 'Ambassador'),
  noRouter('appMesh', 'App Mesh'),
  noRouter('apisix', 'APISIX'),
  lost('managedRoutes', 'there is one route for testers, and it stands first', 'headerRoute'),
  becomes('maxTrafficWeight', 'strategy.canary.steps[].setWeight'),
];
