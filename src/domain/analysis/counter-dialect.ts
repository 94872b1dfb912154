/** How a data plane names what it counts: a description that both a scrape and a query are read by. */
import type { TargetKey } from '../names.js';

/** What a revision is called in its cluster. */
export interface RevisionPlace {
  readonly target: TargetKey;
  readonly namespace: string;
  /** Its Service, and its Deployment too unless that was adopted. */
  readonly service: string;
  /** Its Deployments, where the counters are those of pods; else none are looked up. */
  readonly deployments: readonly string[];
  /** Its name as labels have it. */
  readonly revision: string;
}

/** Label → regular expression for its whole value, in what RE2 and JavaScript share; a label that is absent is empty. */
export type LabelPatterns = Readonly<Record<string, string>>;

export interface CounterDialect {
  readonly name: string;
  /** Counter of requests answered. */
  readonly requests: string;
  /** A request failed where any of these labels has such a value. */
  readonly errors: LabelPatterns;
  /** Cumulative buckets of durations, `…_bucket`, and how many milliseconds their unit has. */
  readonly buckets: string;
  readonly unitMs: 1 | 1000;
  /** Which series are a revision's: those that fit all labels of any of these. Empty: it cannot be told. */
  readonly find: (place: RevisionPlace) => readonly LabelPatterns[];
  /** Labels that tell the processes apart that count; one that a series does not have says nothing. */
  readonly instance: readonly string[];
  /** Gauge of the time at which such a process began, so that one that began anew is another instance; null: none. */
  readonly started: string | null;
  /** Counted by the pods themselves: their Deployments are needed, and a gateway cannot be asked. */
  readonly byPods: boolean;
  /** Counted by what divides each request between revisions: what it does not show of one was not answered by it. */
  readonly atSplit: boolean;
  /** Copies of requests count like requests, at the revision that they are sent to. */
  readonly countsCopies: boolean;
}

const processStart = 'process_start_time_seconds';
/** As service discovery in a cluster sets them. */
const scraped = ['job', 'instance', 'pod'];

/** Unknown, deadline exceeded, unimplemented, internal, unavailable, data loss: what a server or its proxy gets wrong. */
const grpcErrors = '2|4|1[2-5]';

const gateway = {
  errors: { code: '5..' },
  unitMs: 1000,
  instance: scraped,
  started: processStart,
  byPods: false,
  atSplit: true,
  countsCopies: true,
} as const;

/** Traefik joins by hyphens, and never by two. */
const hyphened = (...parts: readonly string[]) => exactly(parts.join('-').replace(/-+/g, '-'));

const traefik: CounterDialect = {
  ...gateway,
  name: 'traefik',
  // Of gRPC it tells the status of the call, and `unknown` where a proxy answered or no trailer was announced.
  errors: { code: `5..|${grpcErrors}` },
  requests: 'traefik_service_requests_total',
  buckets: 'traefik_service_request_duration_seconds_bucket',
  find({ namespace, service }) {
    const backend = hyphened(namespace, service);
    // Of an HTTPRoute; of a GRPCRoute; of an IngressRoute, a TraefikService or an Ingress.
    const port = '(?:http-[0-9]+|[0-9]+-grpc)@kubernetesgateway|[0-9a-z]+@kubernetes(?:crd)?';
    return [{ service: `${backend}-(?:${port})` }];
  },
};

/** @param reporter one hop only: a request that two hops report would count twice */
function istio(name: string, reporter: string): CounterDialect {
  return {
    ...{ name, unitMs: 1, instance: scraped, byPods: false, atSplit: true },
    // Whoever sends a copy does not report it.
    countsCopies: false,
    requests: 'istio_requests_total',
    errors: { response_code: '5..', grpc_response_status: grpcErrors },
    buckets: 'istio_request_duration_milliseconds_bucket',
    find: ({ namespace, service }) => [
      {
        reporter,
        destination_service_namespace: exactly(namespace),
        destination_service_name: exactly(service),
      },
    ],
    // Proxies do not say it; a container that begins anew is seen by counters that fell.
    started: null,
  };
}

const ingressNginx: CounterDialect = {
  ...gateway,
  countsCopies: false,
  name: 'ingress-nginx',
  requests: 'nginx_ingress_controller_requests',
  errors: { status: '5..' },
  buckets: 'nginx_ingress_controller_request_duration_seconds_bucket',
  // `service` is the main ingress's also where the canary answered; `canary` names the upstream that did.
  find: ({ namespace, service }) => [
    { namespace: exactly(namespace), service: exactly(service), canary: '-?' },
    { namespace: exactly(namespace), canary: `${hyphened(namespace, service)}-[0-9a-z]+` },
  ],
};

const contour: CounterDialect = {
  ...gateway,
  name: 'contour',
  requests: 'envoy_cluster_upstream_rq',
  errors: { envoy_response_code: '5..' },
  buckets: 'envoy_cluster_upstream_rq_time_bucket',
  unitMs: 1,
  find: ({ namespace, service }) => [
    { envoy_cluster_name: `${exactly(namespace)}_${exactly(service)}_[0-9a-z-]+` },
  ],
  started: null,
};

/** Where `mergeBackends` gives each backend a cluster of its own; else a cluster is a whole rule, and told nothing of. */
const envoyGateway: CounterDialect = {
  ...contour,
  name: 'envoy-gateway',
  // Behind the port, what else belongs to the cluster's identity: `grpc`, `serviceip`.
  find: ({ namespace, service }) => [
    {
      envoy_cluster_name: `backend/service/${exactly(namespace)}/${exactly(service)}(?:/[0-9a-z]+)*`,
    },
  ],
};

/** By the proxies of clients, which divide the requests among the backends of a route. */
const linkerd: CounterDialect = {
  ...gateway,
  name: 'linkerd',
  requests: 'outbound_http_route_backend_response_statuses_total',
  errors: {
    // Empty where nothing was answered. A client that goes away meanwhile is `CANCEL` or `UNKNOWN` behind a status.
    http_status: '(?:5..)?',
    error:
      'FAIL_FAST|LOAD_SHED|(?:REQUEST|RESPONSE_HEADERS|RESPONSE_STREAM|IDLE)_TIMEOUT|REFUSED|ENHANCE_YOUR_CALM|RESET|GO_AWAY|IO',
  },
  buckets: 'outbound_http_route_backend_response_duration_seconds_bucket',
  find: ({ namespace, service }) => [
    {
      backend_kind: 'Service',
      backend_namespace: exactly(namespace),
      backend_name: exactly(service),
    },
  ],
};

/** Names of pods are cut: `<Deployment>-<hash>-` to this length, and five random characters behind it. */
const podNameBase = 58;

/** Pattern of what the pods of a Deployment are called. */
export function podNames(deployment: string): string {
  const base = `${deployment}-`;
  return base.length < podNameBase
    ? `${exactly(base)}[0-9a-z]{1,10}-?[0-9a-z]{5}`
    : `${exactly(base.slice(0, podNameBase))}[0-9a-z]{5}`;
}

const pods: CounterDialect = {
  ...gateway,
  name: 'pods',
  requests: 'http_requests_total',
  errors: { code: '5..', status: '5..', status_code: '5..' },
  buckets: 'http_request_duration_seconds_bucket',
  byPods: true,
  atSplit: false,
  find({ target, namespace, deployments, revision }) {
    const { service, environment, region = '' } = target;
    // Where the scrape takes over the labels of pods, they say it whatever the pod is called.
    const labelled = {
      namespace: exactly(namespace),
      sluice_dev_service: exactly(service),
      sluice_dev_environment: exactly(environment),
      sluice_dev_region: exactly(region),
      sluice_dev_revision: exactly(revision),
    };
    const named = deployments.map((deployment) => {
      return { namespace: exactly(namespace), pod: podNames(deployment) };
    });
    return [...named, labelled];
  },
};

/** Those that need no more than their name. */
export const counterDialects = {
  traefik,
  istio: istio('istio', 'source'),
  'istio-ambient': istio('istio-ambient', 'waypoint'),
  'ingress-nginx': ingressNginx,
  contour,
  'envoy-gateway': envoyGateway,
  linkerd,
  pods,
} as const satisfies Readonly<Record<string, CounterDialect>>;

export type CounterDialectName = keyof typeof counterDialects;

/** Names of one's own, as they are written down. */
export interface WrittenDialect {
  readonly requests: string;
  readonly errors: LabelPatterns;
  readonly durations: string;
  readonly unit: 's' | 'ms';
  /** In its patterns `{namespace}`, `{service}` and `{revision}` are filled in. */
  readonly labels: LabelPatterns;
  readonly instance?: readonly string[] | undefined;
}

export function customDialect(written: WrittenDialect): CounterDialect {
  const { requests, errors, durations, unit, labels, instance } = written;
  return {
    ...gateway,
    ...{ name: 'custom', requests, errors, buckets: durations },
    unitMs: unit === 's' ? 1000 : 1,
    instance: instance ?? gateway.instance,
    // Who counts is not said.
    atSplit: false,
    find(place) {
      const parts: Readonly<Record<string, string>> = {
        namespace: place.namespace,
        service: place.service,
        revision: place.revision,
      };
      const filled = Object.entries(labels).map(([label, pattern]) => {
        const named = /\{(namespace|service|revision)\}/g;
        return [label, pattern.replace(named, (_, part: string) => exactly(parts[part] ?? ''))];
      });
      return [Object.fromEntries(filled) as LabelPatterns];
    },
  };
}

/** A pattern of this text alone. */
function exactly(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
