/** Every kind of router as users have it before: the route, what stands beside it, and what a data plane makes of them. */
import {
  type HttpRoute,
  kinds,
  type KubernetesObject,
  type ObjectKind,
} from '../../src/adapters/kubernetes/objects.js';
import {
  type IngressBackend,
  routeKinds,
} from '../../src/adapters/kubernetes/routing/route-kinds.js';
import type { ForwardAction } from '../../src/adapters/kubernetes/routing/alb-actions.js';
import {
  type RoutingOptions,
  routingOf,
} from '../../src/adapters/kubernetes/routing/routing-of.js';
import type { Routing } from '../../src/adapters/kubernetes/routing/routing.js';

/** @returns the object as it is; null when it is not there */
export type Peek = <Kind extends KubernetesObject>(
  kind: ObjectKind<Kind>,
  name: string,
) => Kind | null;

/** Percent of the requests by Service; testers count as one more, `testers:<Service>`, copies as `mirror:<Service>`. */
export type Shares = Readonly<Record<string, number>>;

export interface RouterKind {
  readonly options: RoutingOptions;
  readonly takesTesters: boolean;
  readonly takesWeights: boolean;
  readonly takesMirrors: boolean;
  /** The first is the route, all of one namespace. */
  readonly objects: readonly KubernetesObject[];
  /** What the objects do, told without the adapter. */
  sharesOf(peek: Peek): Shares;
  /** What nobody but its owner may change. */
  foreignOf(peek: Peek): unknown;
}

const objectOf = (apiVersion: string, kind: string, name: string, spec: object) =>
  ({
    apiVersion,
    kind,
    metadata: { name, annotations: { note: 'mine' } },
    spec,
  }) as KubernetesObject;
const weigh = (entries: readonly (readonly [string, number])[]): Shares => {
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  return Object.fromEntries(
    entries
      .filter(([, weight]) => weight > 0)
      .map(([name, weight]) => [name, (weight / total) * 100]),
  );
};
const told = (service: string | undefined): Shares =>
  service === undefined ? {} : { [`testers:${service}`]: 1 };

const copied = (service: string | undefined, percent: number | undefined): Shares =>
  service === undefined ? {} : { [`mirror:${service}`]: percent ?? 100 };

/** Of the rules after the foreign one: testers first when there are two. */
function ownOf<Rule>(rules: readonly Rule[] | undefined): readonly [Rule | null, Rule] {
  const [, first, second] = rules ?? [];
  if (first === undefined) throw new Error('the route has lost its rules');
  return second === undefined ? [null, first] : [first, second];
}

function gatewayKind(routeKind: 'HTTPRoute' | 'GRPCRoute'): RouterKind {
  const match = (name: string): object =>
    routeKind === 'HTTPRoute'
      ? { path: { type: 'PathPrefix', value: `/${name}` } }
      : { method: { service: `shop.${name || 'Checkout'}` } };
  const ruleTo = (name: string, path: string) => {
    return { matches: [match(path)], backendRefs: [{ name, port: 8080 }] };
  };
  const spec = {
    parentRefs: [{ name: 'shared', namespace: 'gateway' }],
    hostnames: ['checkout.test'],
    rules: [ruleTo('images', 'images'), ruleTo('checkout', '')],
  };
  return {
    options: { kind: 'gateway-api', routeKind, route: '{service}', mirrors: 'percent' },
    ...{ takesTesters: true, takesWeights: true, takesMirrors: true },
    objects: [objectOf('gateway.networking.k8s.io/v1', routeKind, 'checkout', spec)],
    sharesOf(peek) {
      const kind = routeKind === 'HTTPRoute' ? kinds.httpRoute : kinds.grpcRoute;
      const route: HttpRoute | null = peek(kind, 'checkout');
      const [testers, shared] = ownOf(route?.spec.rules);
      const refs = shared.backendRefs ?? [];
      const mirror = shared.filters?.find(({ type }) => type === 'RequestMirror')?.requestMirror;
      return {
        ...weigh(refs.map(({ name, weight = 1 }) => [name, weight])),
        ...told(testers?.backendRefs?.[0]?.name),
        ...copied(mirror?.backendRef.name, mirror?.percent),
      };
    },
    foreignOf(peek) {
      const kind = routeKind === 'HTTPRoute' ? kinds.httpRoute : kinds.grpcRoute;
      const { rules, ...rest } = peek(kind, 'checkout')?.spec ?? {};
      return [rest, rules?.[0]];
    },
  };
}

type Selector = Readonly<Record<string, string>>;

const isPart = (part: Selector, whole: Selector | undefined) =>
  Object.entries(part).every(([name, value]) => whole?.[name] === value);

function selectorKind(kind: 'service-selector' | 'replica-share'): RouterKind {
  const spec = { selector: { app: 'checkout' }, ports: [{ port: 8080 }] };
  const revisions = ['a', 'b', 'c'].map((name) => `checkout-production-${name}`);
  return {
    options: { kind },
    ...{ takesTesters: false, takesWeights: kind === 'replica-share', takesMirrors: false },
    objects: [objectOf('v1', 'Service', 'checkout', spec)],
    sharesOf(peek) {
      const selector = peek(kinds.service, 'checkout')?.spec.selector ?? {};
      const selected = revisions.filter((name) =>
        isPart(selector, peek(kinds.service, name)?.spec.selector),
      );
      const isRunning = (name: string) => peek(kinds.pod, name) !== null;
      const chosen = selected.length > 1 ? selected.filter(isRunning) : selected;
      return weigh(chosen.length === 0 ? [['checkout', 1]] : chosen.map((name) => [name, 1]));
    },
    foreignOf: (peek) => peek(kinds.service, 'checkout')?.spec.ports,
  };
}

const istioKind: RouterKind = {
  options: { kind: 'istio', route: '{service}', destinationRule: '{service}' },
  ...{ takesTesters: true, takesWeights: true, takesMirrors: true },
  objects: [
    objectOf('networking.istio.io/v1', 'VirtualService', 'checkout', {
      hosts: ['checkout.test'],
      gateways: ['mesh'],
      http: [
        { match: [{ uri: { prefix: '/images' } }], route: [{ destination: { host: 'images' } }] },
        { name: 'all', timeout: '5s', route: [{ destination: { host: 'checkout' } }] },
      ],
    }),
    objectOf('networking.istio.io/v1', 'DestinationRule', 'checkout', {
      host: 'checkout',
      trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } },
    }),
  ],
  sharesOf(peek) {
    const { http } = peek(routeKinds.virtualService, 'checkout')?.spec ?? {};
    const [testers, { route = [], mirrors: [mirror] = [] }] = ownOf(http);
    return {
      ...weigh(route.map(({ destination, weight = 100 }) => [destination.host, weight])),
      ...told(testers?.route?.[0]?.destination.host),
      ...copied(mirror?.destination.host, mirror?.percentage?.value),
    };
  },
  foreignOf(peek) {
    const { http, ...rest } = peek(routeKinds.virtualService, 'checkout')?.spec ?? {};
    return [rest, http?.[0], peek(routeKinds.destinationRule, 'checkout')];
  },
};

const pathTo = (path: string, name: string) => {
  return { path, pathType: 'Prefix', backend: { service: { name, port: { number: 8080 } } } };
};
const ingressOf = (ingressClassName: string) =>
  objectOf('networking.k8s.io/v1', 'Ingress', 'checkout', {
    ingressClassName,
    rules: [
      {
        host: 'checkout.test',
        http: { paths: [pathTo('/images', 'images'), pathTo('/', 'checkout')] },
      },
    ],
  });

function foreignIngress(peek: Peek): unknown {
  const { rules, ...rest } = peek(routeKinds.ingress, 'checkout')?.spec ?? {};
  return [rest, rules?.[0]?.host, rules?.[0]?.http?.paths[0]];
}

/** Of testers, null without them, and of all others. */
function ingressBackends(
  peek: Peek,
  name: string,
): readonly [IngressBackend['service'] | null, IngressBackend['service']] {
  const paths = peek(routeKinds.ingress, name)?.spec.rules?.[0]?.http?.paths;
  const [testers, shared] = ownOf(paths);
  return [testers?.backend.service ?? null, shared.backend.service];
}

const nginxKind: RouterKind = {
  options: { kind: 'ingress-nginx', route: '{service}' },
  ...{ takesTesters: true, takesWeights: true, takesMirrors: false },
  objects: [ingressOf('nginx')],
  sharesOf(peek) {
    const main = ingressBackends(peek, 'checkout')[1]?.name ?? '';
    const canary = peek(routeKinds.ingress, 'checkout-canary');
    const service = canary?.spec.rules?.[0]?.http?.paths[0]?.backend.service?.name ?? main;
    if (service === main) return { [main]: 100 };
    const of = (name: string) =>
      canary?.metadata.annotations?.[`nginx.ingress.kubernetes.io/canary${name}`];
    const weight = Number(of('-weight'));
    return {
      ...weigh([
        [main, 100 - weight],
        [service, weight],
      ]),
      ...told(of('-by-header') && service),
    };
  },
  foreignOf: foreignIngress,
};

const albKind: RouterKind = {
  options: { kind: 'aws-alb', route: '{service}' },
  ...{ takesTesters: true, takesWeights: true, takesMirrors: false },
  objects: [ingressOf('alb')],
  sharesOf(peek) {
    const notes = peek(routeKinds.ingress, 'checkout')?.metadata.annotations ?? {};
    const groupsOf = (name: string) => {
      const text = notes[`alb.ingress.kubernetes.io/actions.${name}`] ?? '{}';
      return (JSON.parse(text) as ForwardAction).forwardConfig.targetGroups;
    };
    const [testers, shared] = ingressBackends(peek, 'checkout');
    const name = shared?.name ?? '';
    if (shared?.port?.name !== 'use-annotation') return { [name]: 100 };
    return {
      ...weigh(groupsOf(name).map(({ serviceName, weight = 1 }) => [serviceName, weight])),
      ...told(testers === null ? undefined : groupsOf(testers?.name ?? '')[0]?.serviceName),
    };
  },
  foreignOf: foreignIngress,
};

const traefikKind: RouterKind = {
  options: { kind: 'traefik-service', route: '{service}', ingressRoute: '{service}' },
  ...{ takesTesters: true, takesWeights: true, takesMirrors: true },
  objects: [
    objectOf('traefik.io/v1alpha1', 'TraefikService', 'checkout', {
      weighted: { services: [{ name: 'checkout', port: 8080 }] },
    }),
    objectOf('traefik.io/v1alpha1', 'IngressRoute', 'checkout', {
      entryPoints: ['web'],
      routes: [
        {
          match: 'Host(`checkout.test`) && PathPrefix(`/images`)',
          kind: 'Rule',
          services: [{ name: 'images', port: 8080 }],
        },
        {
          match: 'Host(`checkout.test`)',
          kind: 'Rule',
          services: [{ name: 'checkout', kind: 'TraefikService' }],
        },
      ],
    }),
  ],
  sharesOf(peek) {
    const { services = [] } = peek(routeKinds.traefikService, 'checkout')?.spec.weighted ?? {};
    const [testers] = ownOf(peek(routeKinds.ingressRoute, 'checkout')?.spec.routes);
    const tested = told(testers?.services?.[0]?.name);
    const [{ kind, name: through } = { kind: '', name: '' }] = services;
    if (kind !== 'TraefikService') {
      return { ...weigh(services.map(({ name, weight = 1 }) => [name, weight])), ...tested };
    }
    const { mirroring } = peek(routeKinds.traefikService, through)?.spec ?? {};
    const [mirror] = mirroring?.mirrors ?? [];
    return {
      ...weigh([[mirroring?.name ?? 'nothing', 100]]),
      ...tested,
      ...copied(mirror?.name, mirror?.percent),
    };
  },
  foreignOf(peek) {
    const { routes = [], ...rest } = peek(routeKinds.ingressRoute, 'checkout')?.spec ?? {};
    return [rest, routes[0], routes.at(-1)];
  },
};

export const routerKinds: Readonly<Record<string, RouterKind>> = {
  HTTPRoute: gatewayKind('HTTPRoute'),
  GRPCRoute: gatewayKind('GRPCRoute'),
  'service-selector': selectorKind('service-selector'),
  'replica-share': selectorKind('replica-share'),
  istio: istioKind,
  'ingress-nginx': nginxKind,
  'aws-alb': albKind,
  'traefik-service': traefikKind,
};

export function routingFor({ options }: RouterKind): Routing {
  return routingOf(options);
}
