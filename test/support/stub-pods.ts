/**
 * Pods without processes, for clusters that cannot run our images: pods that name this scheduler are never bound to a
 * node; here they are reported ready, and put among the endpoints of the Services that select them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CoreV1Api,
  DiscoveryV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1EndpointSlice,
  type V1Pod,
  type V1Service,
} from '@kubernetes/client-node';
import type { TestCluster } from '../bed/cluster.js';

/** `spec.schedulerName` of such pods. */
export const stubScheduler = 'sluice.test-stub';

const everyMs = 100;

/** @returns ends it; what it wrote goes with the namespace */
export function startStubPods(cluster: TestCluster, namespace: string): () => Promise<void> {
  const core = cluster.admin.makeApiClient(CoreV1Api);
  const discovery = cluster.admin.makeApiClient(DiscoveryV1Api);
  const written = new Map<string, string>();
  let addresses = 0;
  let isOver = false;

  async function makeReady({ metadata }: V1Pod): Promise<void> {
    addresses += 1;
    // Addresses that are kept for documentation: nobody answers there.
    const podIP = `198.18.${Math.floor(addresses / 250)}.${1 + (addresses % 250)}`;
    const conditions = ['ContainersReady', 'Ready'].map((type) => ({ type, status: 'True' }));
    await core.patchNamespacedPodStatus(
      {
        ...{ namespace, name: metadata?.name ?? '' },
        body: { status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions } },
      },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  async function publish({ metadata, spec }: V1Service, pods: readonly V1Pod[]): Promise<void> {
    const selector = Object.entries(spec?.selector ?? {});
    const service = metadata?.name ?? '';
    const chosen = pods.filter(
      (pod) =>
        pod.status?.podIP !== undefined &&
        selector.length > 0 &&
        selector.every(([name, value]) => pod.metadata?.labels?.[name] === value),
    );
    const name = `stub-${service}`;
    const body: V1EndpointSlice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      addressType: 'IPv4',
      metadata: {
        name,
        labels: { ...metadata?.labels, 'kubernetes.io/service-name': service },
      },
      ports: [],
      endpoints: chosen.map(({ metadata, status }) => ({
        addresses: [status?.podIP ?? ''],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', namespace, name: metadata?.name ?? '', uid: metadata?.uid ?? '' },
      })),
    };
    const text = JSON.stringify(body);
    if (written.get(name) === text) return;
    await discovery.patchNamespacedEndpointSlice(
      { namespace, name, body, fieldManager: 'stub', force: true },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
    written.set(name, text);
  }

  async function round(): Promise<void> {
    const pods = (await core.listNamespacedPod({ namespace })).items.filter(
      ({ spec, metadata }) =>
        spec?.schedulerName === stubScheduler && metadata?.deletionTimestamp === undefined,
    );
    for (const pod of pods) if (pod.status?.podIP === undefined) await makeReady(pod);
    const services = await core.listNamespacedService({ namespace });
    for (const service of services.items) await publish(service, pods);
  }

  async function follow(): Promise<void> {
    while (!isOver) {
      // A pod that went meanwhile is met in the next round.
      await round().catch(() => undefined);
      await sleep(everyMs);
    }
  }
  const following = follow();
  return () => {
    isOver = true;
    return following;
  };
}
