/**
 * Stands in for Argo CD or Flux on the bed: reads the tip of a branch, applies the Deployment with the version that the
 * kustomization names, waits for it as they do, and writes of itself what they write.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AppsV1Api,
  CustomObjectsApi,
  PatchStrategy,
  setHeaderOptions,
  type V1Deployment,
} from '@kubernetes/client-node';
import { parse } from 'yaml';
import type { TestCluster } from '../bed/cluster.js';
import type { GitRepository } from './git-repository.js';

const everyMs = 200;

export interface StandInOptions {
  readonly kind: 'argo-cd' | 'flux';
  readonly cluster: TestCluster;
  readonly repository: GitRepository;
  /** Folder in the repository with `deployment.yaml` and `kustomization.yaml`. */
  readonly path: string;
  /** Where its own object and the Deployment are. */
  readonly namespace: string;
  /** Of its own object. */
  readonly name: string;
}

export interface StandInFollower {
  /** Applies nothing while it is true, as one that is suspended or whose controller is away. */
  paused: boolean;
  stop(): Promise<void>;
}

type Health = 'Healthy' | 'Progressing' | 'Degraded';

const objects = {
  'argo-cd': { group: 'argoproj.io', version: 'v1alpha1', plural: 'applications' },
  flux: { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', plural: 'kustomizations' },
} as const;

const specs = (path: string) => ({
  'argo-cd': {
    kind: 'Application',
    spec: {
      ...{ project: 'default', destination: { namespace: 'default' } },
      source: { repoURL: 'file:///origin', path, targetRevision: 'main' },
      syncPolicy: { automated: {} },
    },
  },
  flux: {
    kind: 'Kustomization',
    spec: {
      ...{ interval: '10m', prune: true, wait: true, path },
      sourceRef: { kind: 'GitRepository', name: 'deployments' },
    },
  },
});

export async function startStandIn(options: StandInOptions): Promise<StandInFollower> {
  const { kind, cluster, repository, path, namespace, name } = options;
  const custom = cluster.admin.makeApiClient(CustomObjectsApi);
  const apps = cluster.admin.makeApiClient(AppsV1Api);
  const place = { ...objects[kind], namespace };
  const { group, version } = place;
  const own = specs(path)[kind];
  const body = { ...own, apiVersion: `${group}/${version}`, metadata: { name } };
  await custom.createNamespacedCustomObject({ ...place, body });

  let applied: string | null = null;
  const history: object[] = [];

  async function apply(commit: string): Promise<string> {
    const read = (file: string) => repository.read(`${path}/${file}`, commit);
    const deployment = parse(await read('deployment.yaml')) as V1Deployment;
    const { images } = parse(await read('kustomization.yaml')) as {
      images: readonly { name: string; newTag: string; digest?: string }[];
    };
    for (const container of deployment.spec?.template.spec?.containers ?? []) {
      const image = images.find((one) => container.image?.endsWith(`/${one.name}`));
      const digest = image?.digest === undefined ? '' : `@${image.digest}`;
      if (image) container.image = `${container.image}:${image.newTag}${digest}`;
    }
    const named = { namespace, name: deployment.metadata?.name ?? '' };
    await apps.patchNamespacedDeployment(
      { ...named, body: deployment, fieldManager: `${kind}-controller`, force: true },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
    return named.name;
  }

  /** By the rules that Argo CD and kstatus share for a Deployment. */
  async function healthOf(deployment: string): Promise<Health> {
    const { metadata, spec, status } = await apps.readNamespacedDeployment({
      ...{ namespace, name: deployment },
    });
    if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return 'Progressing';
    const late = status?.conditions?.find(({ type }) => type === 'Progressing');
    if (late?.reason === 'ProgressDeadlineExceeded') return 'Degraded';
    const wanted = spec?.replicas ?? 1;
    const isDone = status?.updatedReplicas === wanted && status.replicas === wanted;
    return isDone && status.availableReplicas === wanted ? 'Healthy' : 'Progressing';
  }

  async function write(commit: string, health: Health): Promise<void> {
    const status = kind === 'flux' ? await fluxStatus(commit, health) : argoStatus(commit, health);
    const write = { ...place, name, body: { status } };
    const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    // An Application has no status subresource.
    if (kind === 'flux') await custom.patchNamespacedCustomObjectStatus(write, merge);
    else await custom.patchNamespacedCustomObject(write, merge);
  }

  function argoStatus(commit: string, health: Health): object {
    const deployedAt = new Date().toISOString();
    if (applied !== commit) history.push({ id: history.length, revision: commit, deployedAt });
    const comparedTo = { source: own.spec, destination: {} };
    return {
      sync: { status: 'Synced', revision: commit, comparedTo },
      health: { status: health },
      history,
    };
  }

  async function fluxStatus(commit: string, health: Health): Promise<object> {
    const found = (await custom.getNamespacedCustomObject({ ...place, name })) as {
      metadata: { generation: number };
    };
    const observedGeneration = found.metadata.generation;
    const revision = `main@sha1:${commit}`;
    const [status, reason] = (
      {
        Healthy: ['True', 'ReconciliationSucceeded'],
        Progressing: ['Unknown', 'Progressing'],
        Degraded: ['False', 'HealthCheckFailed'],
      } as const
    )[health];
    const message = {
      Healthy: `Applied revision: ${revision}`,
      Progressing: `Running health checks for revision ${revision} with a timeout of 30s`,
      Degraded: 'health check failed after 6s: failed early due to stalled resources',
    }[health];
    const common = { status, message, observedGeneration };
    const lastTransitionTime = new Date().toISOString();
    return {
      ...{ observedGeneration, lastAttemptedRevision: revision },
      ...(health === 'Healthy' ? { lastAppliedRevision: revision } : {}),
      conditions: [
        { ...common, lastTransitionTime, type: 'Ready', reason },
        { ...common, lastTransitionTime, type: 'Healthy', reason },
      ],
    };
  }

  let stopped = false;
  const follower = { paused: false, stop };
  const following = (async () => {
    let deployment = '';
    while (!stopped) {
      await sleep(everyMs);
      if (follower.paused) continue;
      const tip = await repository.tip();
      if (tip !== applied) deployment = await apply(tip);
      await write(tip, await healthOf(deployment));
      applied = tip;
    }
  })();
  // A fault of the stand-in is the test's, at the latest when it stops.
  following.catch(() => undefined);
  async function stop(): Promise<void> {
    stopped = true;
    await following;
  }
  return follower;
}
