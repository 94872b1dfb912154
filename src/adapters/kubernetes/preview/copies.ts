/** What copies of configuration would be made for a revision, and what is in them that was not in those of another. */
import { Failure } from '../../../domain/failures.js';
import type { ObjectChange } from '../../../domain/rollout/preview.js';
import type { Cluster } from '../cluster.js';
import type { ConfigObject } from '../companions/config-copies.js';
import { configReferences } from '../companions/config-references.js';
import type { Inspection } from '../inspection.js';
import { annotations } from '../names.js';
import type { Deployment, ObjectKind } from '../objects.js';
import { diffObjects } from './object-diff.js';

const mapKind: ObjectKind<ConfigObject> = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
};
const secretKind: ObjectKind<ConfigObject> = {
  apiVersion: 'v1',
  kind: 'Secret',
  plural: 'secrets',
};

/** @param beside the Deployment that the revision is compared with */
export function previewCopies(
  cluster: Cluster & Inspection,
  copies: readonly ConfigObject[],
  beside: Deployment,
): Promise<readonly ObjectChange[]> {
  return Promise.all(
    copies.map(async (copy): Promise<ObjectChange> => {
      const { name } = copy.metadata;
      const object = `${copy.kind} ${cluster.namespace}/${name}`;
      const isMap = copy.kind === 'ConfigMap';
      const isThere = await cluster.has(isMap ? mapKind : secretKind, name).catch(unknown);
      if (isThere) return { object, action: 'keep', comparedWith: null, diff: [] };
      // Of Secrets only the name is ever shown.
      const former = isMap ? await formerCopy(cluster, copy, beside) : null;
      if (former === null) return { object, action: 'create', comparedWith: null, diff: [] };
      return {
        ...{ object, action: 'create' },
        comparedWith: `ConfigMap ${cluster.namespace}/${former.metadata.name}`,
        diff: diffObjects({ data: former.data }, { data: copy.data }),
      };
    }),
  );
}

function unknown(error: unknown): false {
  if (error instanceof Failure && error.code === 'Forbidden') return false;
  throw error;
}

/** The copy of the same ConfigMap that the other one uses. */
async function formerCopy(
  cluster: Cluster,
  { metadata }: ConfigObject,
  beside: Deployment,
): Promise<ConfigObject | null> {
  const original = metadata.annotations?.[annotations.copyOf] ?? '';
  for (const { kind, name } of configReferences(beside.spec.template.spec)) {
    if (kind !== 'ConfigMap' || !name.startsWith(original)) continue;
    const found = await cluster.read(mapKind, name);
    if (found !== null && (found.metadata.annotations?.[annotations.copyOf] ?? name) === original) {
      return found;
    }
  }
  return null;
}
