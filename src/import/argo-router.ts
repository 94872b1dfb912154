/** The router of a Rollout as a router of sluice.yaml. */
import type { Field } from './field.js';
import type { Notebook } from './notes.js';
import { firstOf, type Routed, routed, usualOnly } from './routed.js';

interface Context {
  readonly backend: string | undefined;
  readonly namespace: string;
  readonly book: Notebook;
}

type Convert = (at: Field, context: Context) => Routed;

const pluginName = 'argoproj-labs/gatewayAPI';

/** By the path below trafficRouting. */
const routers: readonly (readonly [readonly string[], Convert])[] = [
  [['plugins', pluginName], gatewayRouter],
  [['istio'], istioRouter],
  [['nginx'], nginxRouter],
  [['alb'], albRouter],
  [['traefik'], traefikRouter],
];

export function canaryRouter(canary: Field, namespace: string, book: Notebook): Routed {
  canary.at('canaryService').text();
  const stable = canary.at('stableService');
  const context = { backend: stable.text(), namespace, book };
  const routing = canary.at('trafficRouting');
  const found = routers.filter(([path]) => routing.at(...path).value !== undefined);
  const [first] = found.map(([path, convert]) => convert(routing.at(...path), context));
  const usual = routing.value === undefined ? 'replica-share' : 'gateway-api';
  const result = first ?? routed({ kind: usual, backend: context.backend }, routingOr(canary));
  if (result.router.backend === undefined) {
    const why = 'it does not name the Service that users have now';
    book.fillIn(result.at, why, 'router.backend: {service}');
  }
  return result;
}

function routingOr(canary: Field): Field {
  const routing = canary.at('trafficRouting');
  return routing.value === undefined ? canary : routing;
}

function gatewayRouter(plugin: Field, { backend, namespace, book }: Context): Routed {
  const there = plugin.at('namespace');
  if (there.value !== undefined && there.text() !== namespace) {
    book.unexpressed(there, oneNamespace, 'put the route into the namespace of the workload');
  }
  const routes = [...routesOf(plugin, 'httpRoute'), ...routesOf(plugin, 'grpcRoute')];
  const route = firstOf(routes, book);
  const routeKind = route?.name.includes('grpcRoute') ? 'GRPCRoute' : undefined;
  return routed({ kind: 'gateway-api', routeKind, route: route?.text(), backend }, route ?? plugin);
}

const oneNamespace = 'route, Services and Deployments of a target stand in one namespace';

/** The route written alone and those of the list. */
function routesOf(plugin: Field, name: string): readonly Field[] {
  const listed = plugin.at(`${name}s`).items();
  return [plugin.at(name), ...listed.map((route) => route.at('name'))];
}

function istioRouter(istio: Field, { backend, namespace, book }: Context): Routed {
  const listed = istio.at('virtualServices').items();
  const names = [istio.at('virtualService'), ...listed].map((each) => each.at('name'));
  const at = firstOf(names, book);
  // `name.namespace` is theirs for a VirtualService that stands elsewhere.
  const [route, elsewhere = namespace] = at?.text()?.split('.') ?? [];
  if (at !== undefined && elsewhere !== namespace) {
    book.unexpressed(at, oneNamespace, 'put the VirtualService into the namespace of the workload');
  }
  const destinationRule = istio.at('destinationRule', 'name').text();
  return routed({ kind: 'istio', route, destinationRule, backend }, at ?? istio);
}

function nginxRouter(nginx: Field, { backend, book }: Context): Routed {
  usualOnly(nginx.at('annotationPrefix'), 'nginx.ingress.kubernetes.io', book);
  const at = firstOf([nginx.at('stableIngress'), ...nginx.at('stableIngresses').items()], book);
  return routed({ kind: 'ingress-nginx', route: at?.text(), backend }, at ?? nginx);
}

function albRouter(alb: Field, { backend, book }: Context): Routed {
  usualOnly(alb.at('annotationPrefix'), 'alb.ingress.kubernetes.io', book);
  alb.at('servicePort').use();
  const at = firstOf([alb.at('ingress'), ...alb.at('ingresses').items()], book);
  // It is the one that the Ingress names.
  const root = alb.at('rootService').text();
  return routed({ kind: 'aws-alb', route: at?.text(), backend: root ?? backend }, at ?? alb);
}

function traefikRouter(traefik: Field, { backend }: Context): Routed {
  const at = traefik.at('weightedTraefikServiceName');
  return routed({ kind: 'traefik-service', route: at.text(), backend }, at);
}
