/** The kubelet of the bed: nodes that are ready, and every pod bound to one of them run as local processes. */
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api, type KubeConfig, type V1Pod, Watch } from '@kubernetes/client-node';
import type { Images } from './images.js';
import { type RunningPod, removePod, startPod } from './pod.js';
import { serveLogs } from './pod-logs.js';

export interface Kubelet {
  /** @throws when no such pod runs here */
  pod(namespace: string, name: string): RunningPod;
  pods(): readonly RunningPod[];
}

export interface KubeletOptions {
  readonly kubeConfig: KubeConfig;
  readonly images: Images;
  /** Folder of the pods' output, a file per run of a container. */
  readonly logs: string;
  /** Certificate and key of the endpoint that the API server reads logs from. */
  readonly tls: { readonly cert: string; readonly key: string };
}

/** Three, each in a zone of its own, so that spreading and anti-affinity mean something. */
const nodes = ['bed-a', 'bed-b', 'bed-c'];
const hostIp = '10.244.0.1';
const logPort = 10_250;
const againMs = 200;

export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const core = options.kubeConfig.makeApiClient(CoreV1Api);
  mkdirSync(options.logs, { recursive: true });
  const running = new Map<string, RunningPod>();
  let addresses = 0;

  function nextAddress(): string {
    addresses += 1;
    // From 10.244.1.1 on; no address is used twice, so that nobody meets a stranger behind an old one.
    return `10.244.${1 + Math.floor(addresses / 250)}.${1 + (addresses % 250)}`;
  }

  function take(pod: V1Pod): void {
    const uid = pod.metadata?.uid ?? '';
    if (!nodes.includes(pod.spec?.nodeName ?? '')) return;
    const known = running.get(uid);
    if (pod.metadata?.deletionTimestamp !== undefined) {
      const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
      // Unknown: it is to be deleted before it ever ran here.
      void (known?.end(graceMs) ?? removePod(core, pod)).then(() => running.delete(uid));
    } else if (known === undefined && pod.status?.phase === 'Pending') {
      const { images, logs } = options;
      running.set(uid, startPod(pod, { core, images, logs, hostIp, ip: nextAddress() }));
    }
  }

  /** Its object is gone from the API (a forced delete): its processes have no right to stay. */
  function drop(uid: string): void {
    void running.get(uid)?.end(0);
    running.delete(uid);
  }

  async function follow(): Promise<void> {
    const list = await core.listPodForAllNamespaces();
    const present = new Set(list.items.map((pod) => pod.metadata?.uid ?? ''));
    for (const uid of running.keys()) if (!present.has(uid)) drop(uid);
    for (const pod of list.items) take(pod);
    const resourceVersion = list.metadata?.resourceVersion ?? '';
    await new Promise<void>((resolve, reject) => {
      new Watch(options.kubeConfig)
        .watch(
          '/api/v1/pods',
          { resourceVersion, allowWatchBookmarks: true },
          (phase, object: V1Pod) => {
            if (phase === 'ADDED' || phase === 'MODIFIED') take(object);
            else if (phase === 'DELETED') drop(object.metadata?.uid ?? '');
          },
          () => resolve(),
        )
        .catch(reject);
    });
  }

  /** For as long as the bed lives; an API server that is away or restarted is met again. */
  async function followForever(): Promise<never> {
    for (;;) {
      await follow().catch(() => undefined);
      await sleep(againMs);
    }
  }

  const find = (namespace: string, name: string) =>
    [...running.values()].find((each) => each.namespace === namespace && each.name === name);
  await Promise.all([
    ...nodes.map((name) => createNode(core, name)),
    serveLogs({ host: hostIp, port: logPort, tls: options.tls, find }),
  ]);
  void followForever();
  return {
    pods: () => [...running.values()],
    pod(namespace, name) {
      const pod = find(namespace, name);
      if (pod === undefined) throw new Error(`no pod ${namespace}/${name} runs here`);
      return pod;
    },
  };
}

async function createNode(core: CoreV1Api, name: string): Promise<void> {
  const resources = { cpu: '1000', memory: '4000Gi', pods: '1000' };
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady' };
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'topology.kubernetes.io/zone': `zone-${name.slice(-1)}`,
  };
  await core.createNode({ body: { metadata: { name, labels } } });
  await core.replaceNodeStatus({
    name,
    body: {
      metadata: { name, labels },
      status: {
        capacity: resources,
        allocatable: resources,
        conditions: [{ ...ready, lastHeartbeatTime: new Date(), lastTransitionTime: new Date() }],
        addresses: [
          { type: 'InternalIP', address: hostIp },
          { type: 'Hostname', address: name },
        ],
        daemonEndpoints: { kubeletEndpoint: { Port: logPort } },
      },
    },
  });
}
