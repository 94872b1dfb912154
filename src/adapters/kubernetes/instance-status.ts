/** Says of a revision's pods what the project says of instances. */
import type { InstanceStatus, RevisionStatus } from '../../domain/rollout/workload.js';
import { annotations } from './names.js';
import type { Condition, ContainerStatus, Deployment, Pod } from './objects.js';

/** States that every pod goes through on its way. */
const ordinary = new Set(['ContainerCreating', 'PodInitializing']);
/** What the kubelet assumes where a probe does not say. */
const failuresUntilUnready = 3;
const probePeriodS = 10;
const longestReason = 300;

const oneLine = (...parts: readonly (string | undefined)[]) =>
  parts
    .filter((part) => part)
    .join(': ')
    .replace(/\s+/g, ' ')
    .slice(0, longestReason) || null;

function restartsOf(pod: Pod): number {
  return (pod.status?.containerStatuses ?? []).reduce((sum, one) => sum + one.restartCount, 0);
}

function stoppedReason({ state, lastState }: ContainerStatus): string | null {
  const exit = state?.terminated ?? lastState?.terminated;
  const code = exit?.exitCode === undefined ? undefined : `exit code ${exit.exitCode}`;
  const why = exit?.reason === 'Error' ? undefined : exit?.reason;
  return oneLine(state?.waiting?.reason, code ?? why, exit?.message ?? state?.waiting?.message);
}

/** Its output may hold secrets, so that it is not told here, only where to find it. */
function logCommand({ metadata }: Pod, { name, state }: ContainerStatus): string {
  const previous = state?.terminated ? '' : ' --previous';
  return `kubectl -n ${metadata.namespace ?? ''} logs ${metadata.name} -c ${name}${previous}`;
}

type Stage = Pick<InstanceStatus, 'state' | 'reason'>;

function stageOf(pod: Pod, reachable: boolean): Stage {
  const { phase, conditions = [], containerStatuses = [], reason, message } = pod.status ?? {};
  const condition = (type: string): Condition | undefined =>
    conditions.find((one) => one.type === type);
  if (phase === 'Failed' || phase === 'Succeeded') {
    return { state: 'exited', reason: oneLine(reason, message) ?? `the pod has ${phase}` };
  }
  const stopped = containerStatuses.find(
    ({ state }) => state?.terminated || state?.waiting?.reason === 'CrashLoopBackOff',
  );
  if (stopped) {
    const why = stoppedReason(stopped) ?? 'it has stopped';
    return { state: 'exited', reason: `${why} (${logCommand(pod, stopped)})` };
  }
  const held = containerStatuses.find(
    ({ state }) => state?.waiting && !ordinary.has(state.waiting.reason ?? ''),
  );
  if (held) {
    const { waiting } = held.state ?? {};
    return { state: 'starting', reason: oneLine(waiting?.reason, waiting?.message) };
  }
  const scheduled = condition('PodScheduled');
  if (scheduled?.status === 'False') {
    return { state: 'starting', reason: oneLine(scheduled.reason, scheduled.message) };
  }
  const ready = condition('Ready');
  if (ready?.status === 'True') {
    return reachable
      ? { state: 'ready', reason: null }
      : { state: 'starting', reason: 'not among the endpoints of its Service yet' };
  }
  const since = Date.parse(ready?.lastTransitionTime ?? '');
  const wasReady = containerStatuses.some(({ ready: fine, state }) => {
    // Not ready is also the first word about every pod, but then from before its container ran.
    return !fine && since > Date.parse(state?.running?.startedAt ?? '');
  });
  return wasReady
    ? { state: 'unready', reason: oneLine('readiness probe fails', ready?.message) }
    : { state: 'starting', reason: null };
}

/**
 * The kubelet counts failed probes in private: it says unready after the threshold and no sooner. Then it probes on at
 * the period, and each of those has failed, or the pod would be ready again.
 */
function probeFailuresOf({ spec, status }: Pod, nowMs: number): number {
  const { failureThreshold = failuresUntilUnready, periodSeconds = probePeriodS } =
    spec.containers[0]?.readinessProbe ?? {};
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  // Kubernetes writes whole seconds.
  const unreadyMs = nowMs - Date.parse(ready?.lastTransitionTime ?? '') - 1000;
  const since = Math.floor(unreadyMs / (periodSeconds * 1000));
  return failureThreshold + Math.max(0, since || 0);
}

/** @param reachable the pod is a ready endpoint of the revision's Service */
export function instanceStatus(
  pod: Pod,
  reachable: boolean,
  nowMs: number = Date.now(),
): InstanceStatus {
  const stage = stageOf(pod, reachable);
  const [main] = pod.spec.containers;
  const named = main?.ports?.find(({ name }) => name === 'http') ?? main?.ports?.[0];
  const port = named === undefined ? '' : `:${named.containerPort}`;
  return {
    ...stage,
    id: `${pod.metadata.uid}.${restartsOf(pod)}`,
    ...(pod.metadata.name === undefined ? {} : { name: pod.metadata.name }),
    url: `http://${pod.status?.podIP ?? pod.metadata.name}${port}`,
    probeFailures: stage.state === 'unready' ? probeFailuresOf(pod, nowMs) : 0,
  };
}

export interface RestartsBefore {
  readonly rollout: number;
  /** By uid of the pod; pods that are not named had none. */
  readonly counts: Readonly<Record<string, number>>;
}

export function restartsBefore(deployment: Deployment): RestartsBefore | null {
  const text = deployment.metadata.annotations?.[annotations.restartsBefore];
  return text === undefined ? null : (JSON.parse(text) as RestartsBefore);
}

export function countRestarts(rollout: number, pods: readonly Pod[]): RestartsBefore {
  const counts = pods.map((pod) => [pod.metadata.uid ?? '', restartsOf(pod)] as const);
  return { rollout, counts: Object.fromEntries(counts.filter(([, count]) => count > 0)) };
}

/** @param reachable uids of pods that are ready endpoints */
export function revisionStatus(
  deployment: Deployment,
  pods: readonly Pod[],
  reachable: ReadonlySet<string>,
): RevisionStatus {
  const noted = deployment.metadata.annotations ?? {};
  const before = restartsBefore(deployment)?.counts ?? {};
  const desiredInstances = deployment.spec.replicas ?? 1;
  const living =
    desiredInstances === 0 ? [] : pods.filter((pod) => !pod.metadata.deletionTimestamp);
  const instances = living.map((pod) => instanceStatus(pod, reachable.has(pod.metadata.uid ?? '')));
  return {
    name: noted[annotations.revision] ?? '',
    version: noted[annotations.version] ?? '',
    digest: noted[annotations.digest] ?? '',
    desiredInstances,
    instances: [...instances, ...missing(deployment, instances.length)],
    restarts: pods.reduce(
      (sum, pod) => sum + Math.max(0, restartsOf(pod) - (before[pod.metadata.uid ?? ''] ?? 0)),
      0,
    ),
  };
}

/** Stands for pods that the cluster will not create, so that the reason (a quota, mostly) is seen. */
function missing(deployment: Deployment, there: number): readonly InstanceStatus[] {
  const failing = deployment.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  if (failing === undefined || there >= (deployment.spec.replicas ?? 1)) return [];
  const { uid, name } = deployment.metadata;
  const reason = oneLine(failing.reason, failing.message);
  return [
    { id: `${uid}.none`, state: 'starting', url: `http://${name}`, probeFailures: 0, reason },
  ];
}
