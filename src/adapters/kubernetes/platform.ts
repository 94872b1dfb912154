/** A namespace of a Kubernetes cluster behind the three ports of a platform. */
import type { TargetKey } from '../../domain/names.js';
import { type CounterDialect, counterDialects } from '../../domain/analysis/counter-dialect.js';
import type { ConnectMetrics } from '../../ports/metric-source.js';
import type { SharedReads } from '../../ports/shared-reads.js';
import type { HandBack } from '../../ports/hand-back.js';
import type { Followers } from '../../ports/followers.js';
import type { Migrations } from '../../ports/migrations.js';
import type { Platform } from '../../ports/platform.js';
import type { Preview } from '../../ports/preview.js';
import { type ClusterOptions, connectCluster } from './cluster.js';
import { createKubernetesFollowers } from './companions/followers.js';
import { createGatewayMetrics } from './gateway-metrics.js';
import { createHandBack } from './hand-back.js';
import { place } from './names.js';
import { type RoutingOptions, routingOf } from './routing/routing-of.js';
import { createRevisionPlaces } from './revision-places.js';
import { createTargetRoutes } from './target-route.js';
import { createTrafficEvidence } from './traffic-evidence.js';
import { createEventReasons } from './event-reasons.js';
import { createKubernetesMigrations } from './migrations/kubernetes-migrations.js';
import { createKubernetesPreview } from './preview/preview-revision.js';
import { createKubernetesRouter } from './traffic-router.js';
import { createKubernetesWorkload } from './workload.js';

export interface KubernetesPlatformOptions extends ClusterOptions {
  readonly router: RoutingOptions & {
    /** Name of the Service that users have now; `{service}`, `{environment}` and `{region}` stand for the target's. */
    readonly backend: string;
    /** Where users reach the target; filled in likewise. */
    readonly url?: string | undefined;
    /** Where its counters are read. A URL alone: the gateway's own endpoint, which counts as Traefik does. */
    readonly metrics: string | GatewayScrape | ConnectMetrics;
  };
}

export interface GatewayScrape {
  readonly scrape: readonly string[];
  readonly counters: CounterDialect;
  /** For those who watch; proofs that traffic has moved are asked for apart and never wait. */
  readonly shared?: SharedReads;
}

export interface KubernetesPlatform extends Platform {
  readonly followers: Followers;
  readonly handBack: HandBack;
  readonly preview: Preview;
  readonly migrations: Migrations;
  /** Closes kept connections. */
  close(): Promise<void>;
}

/** @throws InvalidInput when the kubeconfig or its context is not there */
export function createKubernetesPlatform(options: KubernetesPlatformOptions): KubernetesPlatform {
  const { router } = options;
  const cluster = connectCluster(options);
  const backendName = (target: TargetKey) => place(router.backend, target);
  const routing = routingOf(router);
  const routeName = (target: TargetKey) =>
    place('route' in router ? router.route : router.backend, target);
  const routes = createTargetRoutes({ cluster, routing, routeName, backendName });
  const { url } = router;
  const urlOf = (target: TargetKey) => (url === undefined ? null : place(url, target));
  const places = createRevisionPlaces(cluster);
  const live = connectMetrics(router.metrics)(places);
  const watched = shareScrape(router.metrics)?.(places);
  const evidence = createTrafficEvidence(live);
  const explain = createEventReasons(cluster);
  return {
    workload: createKubernetesWorkload({ cluster, routes, evidence, backendName, explain }),
    router: createKubernetesRouter({ cluster, routes, evidence, urlOf }),
    followers: createKubernetesFollowers({ cluster, routes }),
    handBack: createHandBack({ cluster, routes, evidence, backendName }),
    preview: createKubernetesPreview({ cluster, routes, backendName }),
    migrations: createKubernetesMigrations({ cluster, routes }),
    metrics: watched ?? live,
    async close() {
      await Promise.all([live.close(), watched?.close(), cluster.close()]);
    },
  };
}

type Metrics = KubernetesPlatformOptions['router']['metrics'];

/** Undefined: nothing is shared here. */
function shareScrape(metrics: Metrics): ConnectMetrics | undefined {
  if (typeof metrics !== 'object' || metrics.shared === undefined) return undefined;
  return (places) => createGatewayMetrics({ ...metrics, places });
}

function connectMetrics(metrics: Metrics): ConnectMetrics {
  if (typeof metrics === 'function') return metrics;
  const { scrape, counters } =
    typeof metrics === 'string'
      ? { scrape: [metrics], counters: counterDialects.traefik }
      : metrics;
  return (places) => createGatewayMetrics({ scrape, counters, places });
}
