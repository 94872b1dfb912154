/** What tests put on the Kubernetes bed: namespaces, services with their routes, and accounts that may little. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AppsV1Api,
  AuthorizationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  loadAllYaml,
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
  type V1Container,
  type V1PodSpec,
  type V1PolicyRule,
  type V1Role,
} from '@kubernetes/client-node';
import { gateway } from '../bed/bed.js';
import { runLabel, type TestCluster } from '../bed/cluster.js';

const routes = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' } as const;
const port = 8080;
const roleFile = join(import.meta.dirname, '../../deploy/kubernetes/rbac.yaml');

/** Without Authorization the API says nothing but its own faults; see `accountOf`. */
export interface Account {
  readonly token: string;
  readonly kubeConfig: KubeConfig;
}

export interface ServiceSpec {
  readonly namespace: string;
  readonly name: string;
  /** `sluice.test/checkout:<version>`, with `@sha256:…` when the digest is to be held. */
  readonly image: string;
  readonly replicas: number;
  /** Over the container that runs the image and is probed at /healthz every second. */
  readonly container?: Partial<V1Container>;
  /** Over the pod's spec. */
  readonly pod?: Partial<V1PodSpec>;
}

/** @returns the namespace's name, which no other test has */
export async function createNamespace(cluster: TestCluster, prefix: string): Promise<string> {
  const core = cluster.admin.makeApiClient(CoreV1Api);
  const body = { metadata: { generateName: `${prefix}-`, labels: runLabel } };
  return (await core.createNamespace({ body })).metadata?.name ?? '';
}

/** A Deployment and the Service before it, both of that name; does not wait for its pods. */
export async function createService(cluster: TestCluster, spec: ServiceSpec): Promise<void> {
  const { namespace, name, image, replicas } = spec;
  const labels = { app: name };
  const container: V1Container = {
    ...{ name: 'app', image, ports: [{ name: 'http', containerPort: port }] },
    readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
    ...spec.container,
  };
  await cluster.admin.makeApiClient(AppsV1Api).createNamespacedDeployment({
    namespace,
    body: {
      metadata: { name, labels },
      spec: {
        ...{ replicas, selector: { matchLabels: labels } },
        template: { metadata: { labels }, spec: { containers: [container], ...spec.pod } },
      },
    },
  });
  await cluster.admin.makeApiClient(CoreV1Api).createNamespacedService({
    namespace,
    body: {
      metadata: { name, labels },
      spec: { selector: labels, ports: [{ name: 'http', port, targetPort: 'http' }] },
    },
  });
}

/** An HTTPRoute on the shared Gateway for the host `<name>.<namespace>.test`, which it returns. */
export async function createRoute(
  cluster: TestCluster,
  namespace: string,
  name: string,
  weights: Readonly<Record<string, number>>,
): Promise<string> {
  const host = `${name}.${namespace}.test`;
  await cluster.admin.makeApiClient(CustomObjectsApi).createNamespacedCustomObject({
    ...{ ...routes, namespace },
    body: {
      ...{ apiVersion: `${routes.group}/${routes.version}`, kind: 'HTTPRoute', metadata: { name } },
      spec: {
        parentRefs: [{ name: gateway.name, namespace: gateway.namespace }],
        ...{ hostnames: [host], rules: [{ backendRefs: backends(weights) }] },
      },
    },
  });
  return host;
}

/** Weights by service name; the whole first rule's backends become these. */
export async function setWeights(
  cluster: TestCluster,
  namespace: string,
  name: string,
  weights: Readonly<Record<string, number>>,
): Promise<void> {
  await cluster.admin.makeApiClient(CustomObjectsApi).patchNamespacedCustomObject(
    {
      ...{ ...routes, namespace, name },
      body: [{ op: 'replace', path: '/spec/rules/0/backendRefs', value: backends(weights) }],
    },
    setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
  );
}

function backends(weights: Readonly<Record<string, number>>) {
  return Object.entries(weights).map(([name, weight]) => ({ name, port, weight }));
}

/** What the shipped Role lets a worker do. */
export function shippedRules(): readonly V1PolicyRule[] {
  const objects = loadAllYaml(readFileSync(roleFile, 'utf8')) as V1Role[];
  return objects.find(({ kind }) => kind === 'Role')?.rules ?? [];
}

/**
 * A service account bound to a Role of these rules, and a token of it. Waits until the API server
 * grants the first rule, because a binding takes a moment to be known.
 */
export async function accountOf(
  cluster: TestCluster,
  namespace: string,
  name: string,
  rules: readonly V1PolicyRule[],
): Promise<Account> {
  const core = cluster.admin.makeApiClient(CoreV1Api);
  const rbac = cluster.admin.makeApiClient(RbacAuthorizationV1Api);
  const metadata = { name, namespace };
  await Promise.all([
    core.createNamespacedServiceAccount({ namespace, body: { metadata } }),
    rbac.createNamespacedRole({ namespace, body: { metadata, rules: [...rules] } }),
    rbac.createNamespacedRoleBinding({
      namespace,
      body: {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    }),
  ]);
  const { status } = await core.createNamespacedServiceAccountToken({
    ...{ name, namespace, body: { spec: { audiences: [], expirationSeconds: 3600 } } },
  });
  const token = status?.token ?? '';
  const kubeConfig = cluster.kubeConfig(token);
  await within(`the role of ${name} is granted`, 10_000, () =>
    isGranted(kubeConfig, namespace, rules[0]),
  );
  return { token, kubeConfig };
}

async function isGranted(
  kubeConfig: KubeConfig,
  namespace: string,
  rule: V1PolicyRule | undefined,
): Promise<boolean> {
  if (rule === undefined) return true;
  const resourceAttributes = {
    namespace,
    group: rule.apiGroups?.[0] ?? '',
    resource: rule.resources?.[0] ?? '',
    verb: rule.verbs[0] ?? '',
  };
  const { status } = await kubeConfig
    .makeApiClient(AuthorizationV1Api)
    .createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } });
  return status?.allowed === true;
}

/** Resolves when as many pods of the Deployment are ready as it asks for. */
export async function ready(
  cluster: TestCluster,
  namespace: string,
  name: string,
  forMs = 30_000,
): Promise<void> {
  const apps = cluster.admin.makeApiClient(AppsV1Api);
  await within(`${namespace}/${name} is ready`, forMs, async () => {
    const { spec, status, metadata } = await apps.readNamespacedDeployment({ namespace, name });
    const observed = status?.observedGeneration === metadata?.generation;
    return observed && status?.readyReplicas === spec?.replicas;
  });
}

/** @throws when it does not come true in time; a read that fails counts as not yet */
export async function within(
  what: string,
  forMs: number,
  isTrue: () => Promise<boolean>,
): Promise<void> {
  let fault: unknown;
  for (const untilMs = Date.now() + forMs; Date.now() < untilMs; await sleep(50)) {
    try {
      if (await isTrue()) return;
      fault = undefined;
    } catch (error) {
      fault = error;
    }
  }
  throw new Error(`not within ${forMs} ms: ${what}`, fault === undefined ? {} : { cause: fault });
}
