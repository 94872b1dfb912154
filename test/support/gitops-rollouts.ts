/** Rollouts by the real engine on a branch that a stand-in of Argo CD or Flux follows on the bed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppsV1Api, loadAllYaml, type V1Role } from '@kubernetes/client-node';
import { createGitopsPlatform } from '../../src/adapters/gitops/platform.js';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.js';
import type { TargetKey } from '../../src/domain/names.js';
import type { RolloutRequest } from '../../src/domain/rollout/request.js';
import type { Revision } from '../../src/domain/rollout/revision.js';
import type { RolloutResult } from '../../src/domain/rollout/view.js';
import type { Platform } from '../../src/ports/platform.js';
import { type Bed, startBed } from '../bed/bed.js';
import { aRequest, health, timing, workload } from './builders.js';
import { type EngineUnderTest, startEngine } from './engine-under-test.js';
import { createGitRepository, type GitRepository } from './git-repository.js';
import { accountOf, createNamespace } from './kubernetes.js';
import { checkoutRevision } from './platform-under-test.js';
import { type StandInFollower, startStandIn } from './stand-in-follower.js';

const roleFile = join(import.meta.dirname, '../../deploy/kubernetes/gitops/rbac.yaml');
const name = 'prod-git';
const path = 'apps/checkout/production';

/** Six seconds until a Deployment that gets nowhere says so. */
const deployment = `# Of the service; nobody but its owners writes here.
apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout }
spec:
  replicas: 2
  progressDeadlineSeconds: 6
  selector: { matchLabels: { app: checkout } }
  template:
    metadata: { labels: { app: checkout } }
    spec:
      containers:
        - name: app
          image: sluice.test/checkout
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /healthz, port: http }, periodSeconds: 1 }
`;

const kustomization = ({ version, digest }: Revision) => `# What production runs.
resources: [deployment.yaml]
images:
  - name: checkout
    newTag: ${version} # set by releases
    digest: ${digest}
`;

export interface GitopsRollouts {
  readonly bed: Bed;
  readonly engine: EngineUnderTest;
  readonly platform: Platform;
  readonly repository: GitRepository;
  readonly follower: StandInFollower;
  readonly target: TargetKey;
  /** Images of the pods' template, as the cluster has it. */
  image(): Promise<string>;
  begin(revision: Revision, change?: Partial<RolloutRequest>): Promise<string>;
  finish(rolloutId: string): Promise<RolloutResult>;
  stop(): Promise<void>;
}

/** The branch names 1.0.0 before anything is released. */
export async function startGitopsRollouts(kind: 'argo-cd' | 'flux'): Promise<GitopsRollouts> {
  const bed = await startBed();
  const target: TargetKey = { service: 'checkout', environment: 'production' };
  const { name: _, ...first } = checkoutRevision('1.0.0');
  const repository = await createGitRepository({
    [`${path}/deployment.yaml`]: deployment,
    [`${path}/kustomization.yaml`]: kustomization(first),
  });
  const namespace = await createNamespace(bed, 'gitops');
  const follower = await startStandIn({
    ...{ kind, repository, path, namespace, cluster: bed, name: 'checkout-production' },
  });
  const role = (loadAllYaml(readFileSync(roleFile, 'utf8')) as V1Role[]).find(
    (one) => one.kind === 'Role',
  );
  const { kubeConfig } = await accountOf(bed, namespace, 'sluice', role?.rules ?? []);
  const kubeconfig = join(bed.folder, `${namespace}.kubeconfig`);
  writeFileSync(kubeconfig, kubeConfig.exportConfig(), { mode: 0o600 });
  const cluster = connectCluster({ namespace, kubeconfig });
  const named = '{service}-{environment}';
  const platform = createGitopsPlatform({
    ...{ name, now: Date.now, environment: process.env },
    repository: { url: repository.url, branch: 'main' },
    change: { file: 'apps/{service}/{environment}/kustomization.yaml', image: '{service}' },
    follow:
      kind === 'flux'
        ? { kind, namespace, kustomization: named }
        : { kind, namespace, application: named },
    readObject: (one, object) => cluster.read(one, object),
    folder: join(repository.folder, 'worker'),
  });
  const engine = await startEngine({ platforms: { [name]: platform } });

  return {
    ...{ bed, engine, platform, repository, follower, target },
    async image() {
      const apps = bed.admin.makeApiClient(AppsV1Api);
      const { spec } = await apps.readNamespacedDeployment({ namespace, name: 'checkout' });
      return spec?.template.spec?.containers[0]?.image ?? '';
    },
    async begin(candidate, change = {}) {
      const request = aRequest(candidate.version, {
        ...{ candidate, platform: name, workload: { ...workload, instances: 2 } },
        strategy: {
          ...{ kind: 'rolling', batches: 1, stepMs: 3_000, deadlineMs: 0 },
          timing: {
            ...timing,
            keepWarmMs: 500,
            abortScaleDownDelayMs: 500,
            progressDeadlineMs: 40_000,
          },
        },
        health: { ...health, intervalMs: 250, onNoData: 'advance' },
        ...change,
      });
      const receipt = await engine.ports.orchestrator.requestRollout(target, name, request);
      return receipt.rolloutId;
    },
    async finish(rolloutId) {
      const handle = engine.client.workflow.getHandle(rolloutId);
      for (let n = 0; n < 200; n += 1) {
        if (await handle.describe().catch(() => null)) return handle.result();
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      throw new Error(`${rolloutId} never began`);
    },
    async stop() {
      await engine.stop();
      await follower.stop();
      await cluster.close();
      await repository.dispose();
    },
  };
}
