/** A router of any kind on a real API server: pods that are only reported, and the rights of the shipped Roles, no more. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AppsV1Api,
  CoreV1Api,
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject as ApiObject,
  loadAllYaml,
  type V1PolicyRule,
  type V1Role,
} from '@kubernetes/client-node';
import type { KubernetesObject, ObjectKind } from '../../src/adapters/kubernetes/objects.js';
import { createKubernetesPlatform } from '../../src/adapters/kubernetes/platform.js';
import type { RoutingOptions } from '../../src/adapters/kubernetes/routing/routing-of.js';
import { type TargetKey, targetPath } from '../../src/domain/names.js';
import type { Workload } from '../../src/ports/workload.js';
import { startCluster } from '../bed/cluster.js';
import { accountOf, createNamespace, shippedRules } from './kubernetes.js';
import type { PlatformUnderTest } from './platform-under-test.js';
import type { Peek, RouterKind } from './router-kinds.js';
import { startStubPods, stubScheduler } from './stub-pods.js';

const shipped = join(import.meta.dirname, '../../deploy/kubernetes');
const named = '{service}-{environment}';

export interface RouterUnderTest extends PlatformUnderTest {
  readonly namespace: string;
  /** The objects of a target as they are now: the router's, and those of the same kinds beside it. */
  look(target: TargetKey): Promise<readonly KubernetesObject[]>;
  /** As another writer notes something on one. */
  annotate(object: KubernetesObject, notes: Readonly<Record<string, string>>): Promise<void>;
}

/** Rights of a worker for this kind of router. */
function rulesFor({ kind, ...options }: RoutingOptions): readonly V1PolicyRule[] {
  const isGrpc = 'routeKind' in options && options.routeKind === 'GRPCRoute';
  const own = ['gateway-api', 'service-selector', 'replica-share'].includes(kind) ? null : kind;
  const file = isGrpc ? 'grpcroute' : own;
  if (file === null) return shippedRules();
  const objects = loadAllYaml(readFileSync(join(shipped, `rbac-${file}.yaml`), 'utf8')) as V1Role[];
  const rules = objects.find((object) => object.kind === 'Role')?.rules ?? [];
  return [...rules, ...shippedRules()];
}

/** The kind's objects under another name than `checkout`. */
function renamed<Value>(value: Value, name: string): Value {
  return JSON.parse(JSON.stringify(value).replaceAll('"checkout"', `"${name}"`)) as Value;
}

export function peekInto(objects: readonly KubernetesObject[], name: string): Peek {
  return (<Kind extends KubernetesObject>({ kind }: ObjectKind<Kind>, asked: string) => {
    const wanted = asked.startsWith('checkout-') ? asked : name;
    const found = objects.find((one) => one.kind === kind && one.metadata.name === wanted);
    return (found ?? null) as Kind | null;
  }) as Peek;
}

export async function startRouterPlatform(kind: RouterKind): Promise<RouterUnderTest> {
  const cluster = await startCluster();
  const namespace = await createNamespace(cluster, 'router');
  const { kubeConfig } = await accountOf(cluster, namespace, 'sluice', rulesFor(kind.options));
  const kubeconfig = join(cluster.folder, `${namespace}.kubeconfig`);
  writeFileSync(kubeconfig, kubeConfig.exportConfig(), { mode: 0o600 });
  const core = cluster.admin.makeApiClient(CoreV1Api);
  const objects = KubernetesObjectApi.makeApiClient(cluster.admin);
  const put = async (object: KubernetesObject): Promise<void> => {
    await objects.create({
      ...object,
      metadata: { ...object.metadata, namespace },
    } as object as ApiObject);
  };
  const stopPods = startStubPods(cluster, namespace);
  const labels = { app: 'checkout' };
  await cluster.admin.makeApiClient(AppsV1Api).createNamespacedDeployment({
    namespace,
    body: {
      metadata: { name: 'checkout' },
      spec: {
        ...{ replicas: 0, selector: { matchLabels: labels } },
        template: {
          metadata: { labels },
          spec: {
            schedulerName: stubScheduler,
            containers: [{ name: 'app', image: 'sluice.test/checkout:1.0.0' }],
          },
        },
      },
    },
  });
  const createService = (name: string) =>
    core.createNamespacedService({
      ...{
        namespace,
        body: { metadata: { name }, spec: { ports: [{ port: 8080 }], selector: labels } },
      },
    });
  await createService('images');
  const platform = createKubernetesPlatform({
    ...{ namespace, kubeconfig },
    router: {
      ...renamedOptions(kind.options),
      ...{ backend: named, url: `http://checkout.test/${named}` },
      metrics: 'http://127.0.0.1:1/metrics',
    },
  });
  const routed = new Map<string, Promise<void>>();
  const nameOf = ({ service, environment }: TargetKey) => `${service}-${environment}`;

  async function prepare(target: TargetKey): Promise<void> {
    const name = nameOf(target);
    const [first] = kind.objects;
    // The route of some kinds is the Service itself.
    if (first?.kind !== 'Service') await createService(name);
    for (const object of renamed(kind.objects, name)) await put(object);
  }

  const workload: Workload = {
    ...platform.workload,
    async applyRevision(request) {
      const path = targetPath(request.target);
      if (!routed.has(path)) routed.set(path, prepare(request.target));
      await routed.get(path);
      const ours = { ...request.workload, deployment: 'checkout' };
      await platform.workload.applyRevision({ ...request, workload: ours });
    },
  };
  const unserved = () => Promise.reject(new Error('there is no data plane'));
  return {
    ...{ namespace, workload, router: platform.router, metrics: platform.metrics },
    async annotate({ apiVersion, kind: of, metadata: { name } }, notes) {
      const metadata = { name, namespace, annotations: notes };
      const type = PatchStrategy.MergePatch;
      const patch = { apiVersion, kind: of, metadata };
      await objects.patch(patch, undefined, undefined, undefined, undefined, type);
    },
    pass: (ms) => sleep(ms),
    ...{ send: unserved, crash: unserved },
    async look(target) {
      const kindsOfIt = new Map(kind.objects.map((one) => [`${one.apiVersion} ${one.kind}`, one]));
      const lists = await Promise.all(
        [...kindsOfIt.values()].map(async (one) => {
          const { items } = await objects.list(one.apiVersion, one.kind, namespace);
          // Items of a list do not say what they are.
          return items.map((item) => ({ ...item, apiVersion: one.apiVersion, kind: one.kind }));
        }),
      );
      const name = nameOf(target);
      const found = (lists.flat() as object as KubernetesObject[]).filter(
        ({ metadata }) => metadata.name === name || metadata.name.startsWith(`${name}-`),
      );
      return found.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    },
    async dispose() {
      await stopPods();
      await platform.close();
      await core.deleteNamespace({ name: namespace });
    },
  };
}

function renamedOptions(options: RoutingOptions): RoutingOptions {
  return JSON.parse(
    JSON.stringify(options).replaceAll('"{service}"', `"${named}"`),
  ) as RoutingOptions;
}
