/** Where a pod template names ConfigMaps and Secrets as its configuration: environment and volumes of all containers. */
import type { PodSpec } from '../objects.js';

export interface ConfigReference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  /** Pods start without it. */
  readonly optional: boolean;
}

/** Names the object that takes the place of the one referred to. */
export type Rename = (reference: ConfigReference) => string;

interface Named {
  readonly name?: string;
  readonly optional?: boolean;
}

interface SecretVolume {
  readonly secretName?: string;
  readonly optional?: boolean;
}

interface ConfiguredContainer {
  readonly env?: readonly {
    readonly valueFrom?: { readonly configMapKeyRef?: Named; readonly secretKeyRef?: Named };
  }[];
  readonly envFrom?: readonly { readonly configMapRef?: Named; readonly secretRef?: Named }[];
}

interface Volume {
  readonly configMap?: Named;
  readonly secret?: SecretVolume;
  readonly projected?: {
    readonly sources?: readonly { readonly configMap?: Named; readonly secret?: Named }[];
  };
}

interface ConfiguredPod {
  readonly containers: readonly ConfiguredContainer[];
  readonly initContainers?: readonly ConfiguredContainer[];
  readonly volumes?: readonly Volume[];
}

/**
 * The pod with every reference renamed; everything else as it is. Secrets that are credentials of the cluster itself
 * (`imagePullSecrets`, storage drivers) are not configuration.
 */
export function renameConfig<Spec extends PodSpec>(spec: Spec, rename: Rename): Spec {
  const pod = spec as ConfiguredPod;
  return {
    ...spec,
    containers: pod.containers.map((one) => container(one, rename)),
    ...(pod.initContainers && {
      initContainers: pod.initContainers.map((one) => container(one, rename)),
    }),
    ...(pod.volumes && { volumes: pod.volumes.map((one) => volume(one, rename)) }),
  };
}

/** Each object once; needed when any of the references needs it. */
export function configReferences(spec: PodSpec): readonly ConfigReference[] {
  const found = new Map<string, ConfigReference>();
  renameConfig(spec, (reference) => {
    const key = `${reference.kind} ${reference.name}`;
    const optional = reference.optional && (found.get(key)?.optional ?? true);
    found.set(key, { ...reference, optional });
    return reference.name;
  });
  return [...found.values()];
}

function container(one: ConfiguredContainer, rename: Rename): ConfiguredContainer {
  return {
    ...one,
    ...(one.env && {
      env: one.env.map((entry) => {
        const { configMapKeyRef, secretKeyRef } = entry.valueFrom ?? {};
        if (!configMapKeyRef && !secretKeyRef) return entry;
        const valueFrom = {
          ...entry.valueFrom,
          ...(configMapKeyRef && { configMapKeyRef: named('ConfigMap', configMapKeyRef, rename) }),
          ...(secretKeyRef && { secretKeyRef: named('Secret', secretKeyRef, rename) }),
        };
        return { ...entry, valueFrom };
      }),
    }),
    ...(one.envFrom && {
      envFrom: one.envFrom.map((entry) => ({
        ...entry,
        ...(entry.configMapRef && { configMapRef: named('ConfigMap', entry.configMapRef, rename) }),
        ...(entry.secretRef && { secretRef: named('Secret', entry.secretRef, rename) }),
      })),
    }),
  };
}

function volume(one: Volume, rename: Rename): Volume {
  const { configMap, secret, projected } = one;
  return {
    ...one,
    ...(configMap && { configMap: named('ConfigMap', configMap, rename) }),
    ...(secret && { secret: secretVolume(secret, rename) }),
    ...(projected && {
      projected: {
        ...projected,
        ...(projected.sources && {
          sources: projected.sources.map((source) => ({
            ...source,
            ...(source.configMap && { configMap: named('ConfigMap', source.configMap, rename) }),
            ...(source.secret && { secret: named('Secret', source.secret, rename) }),
          })),
        }),
      },
    }),
  };
}

function named<One extends Named>(kind: ConfigReference['kind'], one: One, rename: Rename): One {
  const { name, optional = false } = one;
  return name === undefined || name === ''
    ? one
    : { ...one, name: rename({ kind, name, optional }) };
}

function secretVolume(one: SecretVolume, rename: Rename): SecretVolume {
  const { secretName, optional = false } = one;
  if (secretName === undefined || secretName === '') return one;
  return { ...one, secretName: rename({ kind: 'Secret', name: secretName, optional }) };
}
