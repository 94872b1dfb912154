/** Finds what a target runs: its Deployments, their pods, and which pods are ready endpoints. */
import type { TargetKey } from '../../domain/names.js';
import type { RevisionStatus } from '../../domain/rollout/workload.js';
import type { Cluster } from './cluster.js';
import type { ExplainPod } from './event-reasons.js';
import { revisionStatus } from './instance-status.js';
import { annotations, selectorText, targetSelector } from './names.js';
import { type Deployment, type EndpointSlice, kinds, type Pod } from './objects.js';

export async function listDeployments(
  cluster: Cluster,
  target: TargetKey,
): Promise<readonly Deployment[]> {
  const found = await cluster.list(kinds.deployment, targetSelector(target));
  return found.filter(({ metadata }) => {
    return !metadata.deletionTimestamp && metadata.annotations?.[annotations.revision];
  });
}

/** @param revision its name; null when it is not there */
export async function findRevision(
  cluster: Cluster,
  target: TargetKey,
  revision: string,
): Promise<Deployment | null> {
  return namedIn(await listDeployments(cluster, target), revision);
}

export function namedIn(there: readonly Deployment[], revision: string): Deployment | null {
  const isIt = ({ metadata }: Deployment) =>
    metadata.annotations?.[annotations.revision] === revision;
  return there.find(isIt) ?? null;
}

/** By the Deployment's own selector, so that an adopted one is read like any other. */
export function listPods(cluster: Cluster, deployment: Deployment): Promise<readonly Pod[]> {
  return cluster.list(kinds.pod, selectorText(deployment.spec.selector.matchLabels ?? {}));
}

/** @param explain asked about a pod that is not ready and whose status does not say why */
export async function readRevisions(
  cluster: Cluster,
  target: TargetKey,
  explain: ExplainPod = async () => null,
): Promise<readonly RevisionStatus[]> {
  // The cluster copies a Service's labels to its slices. One list of pods for all revisions: this is asked often.
  const [found, slices, ours] = await Promise.all([
    listDeployments(cluster, target),
    cluster.list(kinds.endpointSlice, targetSelector(target)),
    cluster.list(kinds.pod, targetSelector(target)),
  ]);
  const reachable = readyPods(slices);
  return Promise.all(
    found.map(async (deployment) => {
      const pods = isAdopted(deployment)
        ? await listPods(cluster, deployment)
        : ours.filter((pod) => isOf(deployment, pod));
      return explained(revisionStatus(deployment, pods, reachable), pods, explain);
    }),
  );
}

/** Pods of an adopted one do not carry the target's labels. */
function isAdopted({ metadata }: Deployment): boolean {
  return metadata.annotations?.[annotations.adopted] === 'true';
}

function isOf({ spec }: Deployment, { metadata }: Pod): boolean {
  const selected = Object.entries(spec.selector.matchLabels ?? {});
  return selected.every(([name, value]) => metadata.labels?.[name] === value);
}

/** One instance is enough to know what is wrong with all of them. */
async function explained(
  status: RevisionStatus,
  pods: readonly Pod[],
  explain: ExplainPod,
): Promise<RevisionStatus> {
  const silent = status.instances.find(({ state, reason }) => state !== 'ready' && reason === null);
  const pod = pods.find(({ metadata }) => silent?.id.startsWith(`${metadata.uid}.`));
  if (silent === undefined || pod === undefined) return status;
  const reason = await explain(pod);
  const instances = status.instances.map((one) => (one === silent ? { ...one, reason } : one));
  return { ...status, instances };
}

function readyPods(slices: readonly EndpointSlice[]): ReadonlySet<string> {
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  // An unset condition counts as ready.
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  return new Set(ready.flatMap(({ targetRef }) => targetRef?.uid ?? []));
}
