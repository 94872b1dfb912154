/** A pod as processes of this machine, its status written back whenever something about it changes. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
  type V1PodStatus,
} from '@kubernetes/client-node';
import { type RunningContainer, startContainer } from './container.js';
import { environmentOf } from './environment.js';
import type { Images } from './images.js';

export interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly ip: string;
  readonly containers: readonly RunningContainer[];
  logFile(container: string, run: number): string;
  /** Ends its processes within the grace, then removes the pod from the API. Safe to call again. */
  end(graceMs: number): Promise<void>;
}

export interface PodContext {
  readonly core: CoreV1Api;
  readonly images: Images;
  readonly logs: string;
  readonly hostIp: string;
  readonly ip: string;
}

const retryMs = 250;

export function startPod(pod: V1Pod, context: PodContext): RunningPod {
  const { core, images, ip, hostIp } = context;
  const namespace = pod.metadata?.namespace ?? 'default';
  const name = pod.metadata?.name ?? '';
  const uid = pod.metadata?.uid ?? '';
  const startTime = new Date();
  const transitions = new Map<string, { readonly status: string; readonly at: Date }>();
  let wanted = 0;
  let writing = false;
  let ended: Promise<void> | null = null;

  const logFile = (container: string, run: number) =>
    join(context.logs, `${namespace}_${name}_${container}.${run}.log`);

  function condition(type: string, isTrue: boolean) {
    const status = isTrue ? 'True' : 'False';
    const before = transitions.get(type);
    const at = before?.status === status ? before.at : new Date();
    transitions.set(type, { status, at });
    const reason = isTrue ? {} : { reason: 'ContainersNotReady' };
    return { type, status, lastTransitionTime: at, ...reason };
  }

  function status(): V1PodStatus {
    const containerStatuses = containers.map((each) => each.status());
    const ready = containerStatuses.every((each) => each.ready);
    const conditions = [
      condition('PodScheduled', true),
      condition('Initialized', true),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ];
    return {
      ...{ phase: phase(), podIP: ip, podIPs: [{ ip }], hostIP: hostIp, startTime },
      ...{ conditions, containerStatuses },
    };
  }

  function phase(): string {
    const statuses = containers.map((each) => each.status());
    const exits = statuses.map(({ state }) => state?.terminated?.exitCode);
    const policy = pod.spec?.restartPolicy ?? 'Always';
    const over = exits.every((exit) => exit !== undefined && (policy === 'Never' || exit === 0));
    if (over && policy !== 'Always')
      return exits.every((exit) => exit === 0) ? 'Succeeded' : 'Failed';
    const begun = statuses.some(
      (each) => each.state?.waiting === undefined || each.restartCount > 0,
    );
    return begun ? 'Running' : 'Pending';
  }

  /** One write at a time, and always of the newest state: what changes meanwhile is written next. */
  async function write(): Promise<void> {
    wanted += 1;
    if (writing) return;
    writing = true;
    for (let written = 0; written < wanted; ) {
      const current = wanted;
      try {
        await core.patchNamespacedPodStatus(
          { namespace, name, body: { metadata: { uid }, status: status() } },
          setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
        );
        written = current;
      } catch (error) {
        const code = (error as { code?: number }).code;
        // Gone, or another pod of that name: nobody waits for this status any more.
        if (code === 404 || code === 409 || code === 422) break;
        await sleep(retryMs);
      }
    }
    writing = false;
  }

  function event(type: 'Normal' | 'Warning', reason: string, message: string) {
    const at = new Date();
    const body = {
      metadata: { generateName: `${name}.`, namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
      ...{ type, reason, message, source: { component: 'kubelet' } },
      ...{ firstTimestamp: at, lastTimestamp: at, count: 1 },
    };
    // An event is a courtesy: it may be refused while its namespace ends.
    core.createNamespacedEvent({ namespace, body }).catch(() => undefined);
  }

  const containers: RunningContainer[] = [];
  const changed = () => {
    // The first states arrive while the list is still being made.
    if (containers.length === pod.spec?.containers.length) void write();
  };
  for (const spec of pod.spec?.containers ?? []) {
    const container = startContainer({
      ...{ spec, podIp: ip, images, changed, event },
      restartPolicy: pod.spec?.restartPolicy ?? 'Always',
      logFile: (run) => logFile(spec.name, run),
      environment: () => environmentOf(core, pod, spec, ip),
    });
    containers.push(container);
  }
  void write();

  async function end(graceMs: number): Promise<void> {
    await Promise.all(containers.map((each) => each.stop(graceMs)));
    await removePod(core, pod);
  }

  return {
    ...{ namespace, name, uid, ip, containers, logFile },
    end: (graceMs) => (ended ??= end(graceMs)),
  };
}

/** Takes the object of a pod without processes out of the API, however often the API must be asked. */
export async function removePod(core: CoreV1Api, { metadata = {} }: V1Pod): Promise<void> {
  const { namespace = 'default', name = '', uid = '' } = metadata;
  const body = { gracePeriodSeconds: 0, preconditions: { uid } };
  for (;;) {
    try {
      await core.deleteNamespacedPod({ namespace, name, body });
      return;
    } catch (error) {
      const code = (error as { code?: number }).code;
      if (code === 404 || code === 409) return;
      await sleep(retryMs);
    }
  }
}
