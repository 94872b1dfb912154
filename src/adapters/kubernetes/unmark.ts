/** Takes everything of ours from an object that others own; it stays otherwise as it is. */
import type { Cluster } from './cluster.js';
import { annotations, labels } from './names.js';
import type { KubernetesObject, ObjectKind } from './objects.js';

const nothingOf = (names: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.values(names).map((name) => [name, null]));

/** @throws NotFound; Conflict when a resource version is given and not the present one */
export async function unmark(
  cluster: Cluster,
  kind: ObjectKind<KubernetesObject>,
  name: string,
  resourceVersion?: string,
): Promise<void> {
  await cluster.patch(kind, name, {
    metadata: {
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      labels: nothingOf(labels),
      annotations: nothingOf(annotations),
    },
  });
}
