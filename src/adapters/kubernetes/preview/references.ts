/** Whether what a pod template refers to is there: without it pods would be made and never start. */
import { Failure } from '../../../domain/failures.js';
import type { PreviewProblem } from '../../../domain/rollout/preview.js';
import type { Cluster } from '../cluster.js';
import { configReferences } from '../companions/config-references.js';
import type { Inspection } from '../inspection.js';
import type { KubernetesObject, ObjectKind, PodSpec } from '../objects.js';

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

const referred: Readonly<Record<string, ObjectKind<KubernetesObject>>> = {
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  Secret: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' },
  ServiceAccount: { apiVersion: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts' },
  PersistentVolumeClaim: {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    plural: 'persistentvolumeclaims',
  },
};

export interface ReferenceFinding {
  readonly problems: readonly PreviewProblem[];
  readonly notes: readonly string[];
}

interface Reference {
  readonly kind: string;
  readonly name: string;
  /** Keys that are needed; of ConfigMaps only. */
  readonly keys: readonly string[];
}

/** @param where the object that refers to them @throws Unavailable */
export async function checkReferences(
  cluster: Cluster & Inspection,
  spec: PodSpec,
  where: string,
): Promise<ReferenceFinding> {
  const unseen = new Set<string>();
  const found = await Promise.all(
    neededBy(spec).map(async (reference): Promise<readonly PreviewProblem[]> => {
      try {
        return await missingOf(cluster, reference, where);
      } catch (error) {
        if (!(error instanceof Failure && error.code === 'Forbidden')) throw error;
        unseen.add(reference.kind);
        return [];
      }
    }),
  );
  const notes = [...unseen].map((kind) => {
    const plural = referred[kind]?.plural ?? kind;
    return `whether every ${kind} is there was not checked: needs get on ${plural}`;
  });
  return { problems: found.flat(), notes };
}

async function missingOf(
  cluster: Cluster & Inspection,
  { kind, name, keys }: Reference,
  by: string,
): Promise<readonly PreviewProblem[]> {
  const objectKind = referred[kind];
  if (objectKind === undefined) return [];
  const place = `${kind} ${cluster.namespace}/${name}`;
  const missing = (message: string, next: string): PreviewProblem => {
    return { code: 'ReferenceMissing', message, where: by, seen: null, limit: null, next };
  };
  if (kind !== 'ConfigMap') {
    if (await cluster.has(objectKind, name)) return [];
    return [missing(`there is no ${place}, which its pods need`, `create ${place} first`)];
  }
  const map = await cluster.read(objectKind as ObjectKind<ConfigMap>, name);
  if (map === null) {
    return [missing(`there is no ${place}, which its pods need`, `create ${place} first`)];
  }
  const present = { ...map.data, ...map.binaryData };
  return keys
    .filter((key) => !Object.hasOwn(present, key))
    .map((key) => ({
      ...missing(`${place} has no key "${key}", which its pods need`, `add the key to ${place}`),
      seen: Object.keys(present).join(', ') || 'no keys',
      limit: key,
    }));
}

interface KeyOf {
  readonly name?: string;
  readonly optional?: boolean;
  readonly key?: string;
  readonly items?: readonly { readonly key: string }[];
}

interface Referring {
  readonly serviceAccountName?: string;
  readonly volumes?: readonly {
    readonly persistentVolumeClaim?: { readonly claimName: string };
  }[];
}

function neededBy(spec: PodSpec): readonly Reference[] {
  const { serviceAccountName, volumes = [] } = spec as unknown as Referring;
  const keys = configMapKeys(spec);
  const config = configReferences(spec)
    .filter(({ optional }) => !optional)
    .map(({ kind, name }) => {
      return { kind, name, keys: kind === 'ConfigMap' ? [...(keys.get(name) ?? [])] : [] };
    });
  const claims = volumes.flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined
      ? []
      : [{ kind: 'PersistentVolumeClaim', name: persistentVolumeClaim.claimName, keys: [] }],
  );
  // The cluster makes this one in every namespace, a moment late.
  const named = serviceAccountName !== undefined && serviceAccountName !== 'default';
  const accounts = named ? [{ kind: 'ServiceAccount', name: serviceAccountName, keys: [] }] : [];
  return [...config, ...claims, ...accounts];
}

/** Wherever a key of a ConfigMap is named: as a variable, in a volume, in a projected volume. */
function configMapKeys(spec: PodSpec): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== 'object' || value === null) return;
    for (const [field, inner] of Object.entries(value)) {
      if (field === 'configMapKeyRef' || field === 'configMap') note(inner as KeyOf);
      visit(inner);
    }
  };
  const note = ({ name = '', optional = false, key, items = [] }: KeyOf): void => {
    if (optional) return;
    const keys = found.get(name) ?? new Set();
    for (const one of [...(key === undefined ? [] : [key]), ...items.map((item) => item.key)]) {
      keys.add(one);
    }
    found.set(name, keys);
  };
  visit(spec);
  return found;
}
