/** A namespace of a Kubernetes cluster with a Gateway API gateway, behind the three ports of a platform. */
import type { TargetKey } from '../../domain/names.js';
import type { Platform } from '../../ports/platform.js';
import { type ClusterOptions, connectCluster } from './cluster.js';
import { createGatewayMetrics } from './gateway-metrics.js';
import { createTargetRoutes } from './target-route.js';
import { createGatewayRouter, createSplitReader } from './traffic-router.js';
import { createKubernetesWorkload } from './workload.js';

export interface KubernetesPlatformOptions extends ClusterOptions {
  /** In all of these `{service}`, `{environment}` and `{region}` stand for the target's. */
  readonly router: {
    /** Name of the HTTPRoute. */
    readonly route: string;
    /** Name of the Service that users have now. */
    readonly backend: string;
    /** Where users reach the target. */
    readonly url?: string;
    /** Prometheus endpoint of the gateway. */
    readonly metrics: string;
  };
}

export interface KubernetesPlatform extends Platform {
  /** Closes kept connections. */
  close(): Promise<void>;
}

/** @throws InvalidInput when the kubeconfig or its context is not there */
export function createKubernetesPlatform(options: KubernetesPlatformOptions): KubernetesPlatform {
  const { router, namespace } = options;
  const cluster = connectCluster(options);
  const routes = createTargetRoutes(cluster, (target) => place(router.route, target));
  const backendName = (target: TargetKey) => place(router.backend, target);
  const { url } = router;
  const urlOf = (target: TargetKey) => (url === undefined ? null : place(url, target));
  const readSplit = createSplitReader(backendName);
  return {
    workload: createKubernetesWorkload({ cluster, routes, readSplit, backendName }),
    router: createGatewayRouter({ cluster, routes, backendName, urlOf }),
    metrics: createGatewayMetrics({ namespace, url: router.metrics }),
    close: () => cluster.close(),
  };
}

function place(text: string, { service, environment, region = '' }: TargetKey): string {
  const parts: Readonly<Record<string, string>> = { service, environment, region };
  return text.replace(/\{(service|environment|region)\}/g, (_, name: string) => parts[name] ?? '');
}
