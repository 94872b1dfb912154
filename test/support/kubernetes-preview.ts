/** One service with its route in a namespace of its own, and the platform with the rights of the shipped Role. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppsV1Api, CoreV1Api, type V1Container, type V1PolicyRule } from '@kubernetes/client-node';
import {
  createKubernetesPlatform,
  type KubernetesPlatform,
} from '../../src/adapters/kubernetes/platform.js';
import type { TargetKey } from '../../src/domain/names.js';
import type { WorkloadPreview } from '../../src/domain/rollout/preview.js';
import type { WorkloadSpec } from '../../src/domain/rollout/workload.js';
import type { TestCluster } from '../bed/cluster.js';
import {
  accountOf,
  createNamespace,
  createRoute,
  createService,
  shippedRules,
} from './kubernetes.js';
import { checkoutRevision, checkoutWorkload } from './platform-under-test.js';

export interface PreviewScene {
  readonly namespace: string;
  readonly platform: KubernetesPlatform;
  readonly target: TargetKey;
  readonly workload: WorkloadSpec;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  preview(version: string, change?: Partial<WorkloadSpec>): Promise<WorkloadPreview>;
  /** Names of all Deployments, Services, Jobs and pods of the namespace. */
  deployed(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** @param options `rules` instead of the shipped Role's; `route: false` for a target without one */
export async function startPreviewScene(
  cluster: TestCluster,
  options: {
    readonly container?: Partial<V1Container>;
    readonly rules?: readonly V1PolicyRule[];
    readonly route?: boolean;
    readonly replicas?: number;
  } = {},
): Promise<PreviewScene> {
  const { container = {}, rules = shippedRules(), route = true, replicas = 0 } = options;
  const namespace = await createNamespace(cluster, 'preview');
  const image = 'sluice.test/checkout:1.0.0';
  await createService(cluster, { namespace, name: 'checkout', image, replicas, container });
  if (route) await createRoute(cluster, namespace, 'checkout', { checkout: 1 });
  const { kubeConfig } = await accountOf(cluster, namespace, 'sluice', rules);
  const kubeconfig = join(cluster.folder, `${namespace}.kubeconfig`);
  writeFileSync(kubeconfig, kubeConfig.exportConfig(), { mode: 0o600 });
  const platform = createKubernetesPlatform({
    ...{ namespace, kubeconfig },
    router: {
      ...{ kind: 'gateway-api', routeKind: 'HTTPRoute', route: '{service}', backend: '{service}' },
      metrics: 'http://127.0.0.1:9/metrics',
    },
  });
  const core = cluster.admin.makeApiClient(CoreV1Api);
  const apps = cluster.admin.makeApiClient(AppsV1Api);
  const target: TargetKey = { service: 'checkout', environment: 'production' };
  const workload: WorkloadSpec = { ...checkoutWorkload, deployment: 'checkout', instances: 2 };
  return {
    ...{ namespace, platform, target, workload, core, apps },
    preview(version, change = {}) {
      const { name: _, ...revision } = checkoutRevision(version);
      const spec = { ...workload, ...change };
      const { instances } = spec;
      return platform.preview.previewRevision({ target, revision, workload: spec, instances });
    },
    async deployed() {
      const all = await Promise.all([
        apps.listNamespacedDeployment({ namespace }),
        core.listNamespacedService({ namespace }),
        core.listNamespacedPod({ namespace }),
      ]);
      return all.flatMap(({ items }) => items.map(({ metadata }) => metadata?.name ?? ''));
    },
    stop: () => platform.close(),
  };
}
