/** The Deployment that revisions are made from: found, or refused with what is there instead. */
import { Failure } from '../../../domain/failures.js';
import type { Cluster } from '../cluster.js';
import { type Deployment, type KubernetesObject, kinds, type ObjectKind } from '../objects.js';

interface OtherKind {
  readonly kind: ObjectKind<KubernetesObject>;
  /** Why no revisions can be made of it, one clause. */
  readonly because: string;
  readonly next: string;
}

const others: readonly OtherKind[] = [
  {
    kind: { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets' },
    because: 'its pods own their names and volumes, so that two revisions cannot run side by side',
    next: 'roll it out by its own updateStrategy.rollingUpdate.partition, and release what stands before it as a Deployment',
  },
  {
    kind: { apiVersion: 'apps/v1', kind: 'DaemonSet', plural: 'daemonsets' },
    because: 'it has one pod on each node, so that a revision cannot have a share of the instances',
    next: 'roll it out by its own updateStrategy.rollingUpdate.maxUnavailable, or make it a Deployment',
  },
];

/** @throws NotFound; InvalidInput when something else has that name, or two of its pods may not meet */
export async function readTemplate(cluster: Cluster, name: string): Promise<Deployment> {
  const template = await cluster.read(kinds.deployment, name);
  if (template !== null) return template;
  for (const { kind, because, next } of others) {
    if (!(await isThere(cluster, kind, name))) continue;
    throw new Failure('InvalidInput', `${name} is a ${kind.kind}: ${because}`, {
      where: 'services.<name>.workload.deployment',
      seen: `${kind.kind} ${cluster.namespace}/${name}`,
      limit: 'a Deployment',
      next,
    });
  }
  throw new Failure('NotFound', `there is no Deployment ${name}`, {
    where: `Deployment ${cluster.namespace}/${name}`,
    next: 'apply it, or name another one in sluice.yaml',
  });
}

async function isThere(
  cluster: Cluster,
  kind: ObjectKind<KubernetesObject>,
  name: string,
): Promise<boolean> {
  try {
    return (await cluster.read(kind, name)) !== null;
  } catch (error) {
    // A better word for what is missing is worth no right of its own.
    if (error instanceof Failure && error.code === 'Forbidden') return false;
    throw error;
  }
}

/** Two revisions run side by side in every rollout. @throws InvalidInput for a Deployment that says it cannot bear that */
export function refuseAlone({ metadata, spec }: Deployment): void {
  if (spec.strategy?.type !== 'Recreate') return;
  throw new Failure(
    'InvalidInput',
    `Deployment ${metadata.name} says that its pods must not run beside newer ones`,
    {
      where: `Deployment ${metadata.name} spec.strategy.type`,
      seen: 'Recreate',
      limit: 'RollingUpdate',
      next: 'set RollingUpdate where two versions may run side by side; otherwise it cannot be released gradually',
    },
  );
}
