/** Revisions on a simulated API server: Deployment, Service, one pod and its endpoint, ready or not. */
import { annotations, labels, targetLabels } from '../../src/adapters/kubernetes/names.js';
import {
  type Deployment,
  kinds,
  type KubernetesObject,
  type Pod,
} from '../../src/adapters/kubernetes/objects.js';
import { backendOf, sceneTarget } from './routing-scene.js';
import type { SimulatedCluster } from './simulated-cluster.js';

export const revisionNames = ['a', 'b', 'c'] as const;

export function putRevision(cluster: SimulatedCluster, revision: string): void {
  const name = backendOf(revision);
  const shared = targetLabels(sceneTarget);
  const selector = { ...shared, [labels.revision]: revision };
  const put = (apiVersion: string, kind: string, content: object, notes = {}) =>
    cluster.put({
      ...{ apiVersion, kind, ...content },
      metadata: { name, labels: shared, annotations: notes },
    } as KubernetesObject);
  const noted = { [annotations.revision]: revision, [annotations.version]: `1.0.0-${revision}` };
  const template = { metadata: { labels: selector }, spec: { containers: [] } };
  put(
    ...(['apps/v1', 'Deployment'] as const),
    { spec: { replicas: 1, selector: { matchLabels: selector }, template } },
    noted,
  );
  put('v1', 'Service', { spec: { selector, ports: [{ port: 8080 }] } });
  scaleUp(cluster, revision);
}

/** One instance, which is ready at once. */
export function scaleUp(cluster: SimulatedCluster, revision: string): void {
  const name = backendOf(revision);
  const deployment = cluster.peek(kinds.deployment, name);
  if (deployment === null) return;
  const scaled: Deployment = { ...deployment, spec: { ...deployment.spec, replicas: 1 } };
  cluster.put(scaled);
  const matchLabels = deployment.spec.selector.matchLabels ?? {};
  const pod: Pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: matchLabels } },
    spec: { containers: [{ name: 'app', image: 'app' }] },
  };
  if (cluster.peek(kinds.pod, name) === null) cluster.put(pod);
  setReady(cluster, revision, true);
}

/** Pods of what was scaled to nothing go. */
export function followScale(cluster: SimulatedCluster): void {
  for (const revision of revisionNames) {
    const name = backendOf(revision);
    if (cluster.peek(kinds.deployment, name)?.spec.replicas !== 0) continue;
    for (const kind of [kinds.pod, kinds.endpointSlice]) cluster.take(kind, name);
  }
}

export function setReady(cluster: SimulatedCluster, revision: string, ready: boolean): void {
  const pod = cluster.peek(kinds.pod, backendOf(revision));
  if (pod === null) return;
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  const status: Pod['status'] = { phase: 'Running', conditions, containerStatuses: [] };
  const next: Pod = { ...pod, status };
  cluster.put(next);
  const { name, uid = '' } = pod.metadata;
  const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' };
  const endpoints = [{ conditions: { ready }, targetRef: { uid } }];
  const metadata = { name, labels: targetLabels(sceneTarget) };
  cluster.put({ ...slice, metadata, endpoints } as KubernetesObject);
}

export function isReady(cluster: SimulatedCluster, revision: string): boolean {
  const conditions = cluster.peek(kinds.pod, backendOf(revision))?.status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
