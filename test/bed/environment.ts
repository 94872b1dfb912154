/** The environment of a container as its pod's spec describes it: literals, references, and what the image brings. */
import {
  type CoreV1Api,
  type V1Container,
  type V1EnvVar,
  type V1Pod,
} from '@kubernetes/client-node';

/** The pod names a ConfigMap, Secret or key that is not there; a kubelet waits until it is. */
export class MissingReference extends Error {}

/** @throws MissingReference */
export async function environmentOf(
  core: CoreV1Api,
  pod: V1Pod,
  container: V1Container,
  podIp: string,
): Promise<Record<string, string>> {
  const namespace = pod.metadata?.namespace ?? 'default';
  const read = (kind: 'ConfigMap' | 'Secret', name: string, optional: boolean) =>
    entriesOf(core, kind, namespace, name, optional);
  const env: Record<string, string> = {};
  for (const { configMapRef, secretRef, prefix = '' } of container.envFrom ?? []) {
    const entries = {
      ...(configMapRef
        ? await read('ConfigMap', configMapRef.name ?? '', configMapRef.optional === true)
        : {}),
      ...(secretRef ? await read('Secret', secretRef.name ?? '', secretRef.optional === true) : {}),
    };
    for (const [key, value] of Object.entries(entries)) env[prefix + key] = value;
  }
  for (const entry of container.env ?? []) {
    const value = await valueOf(entry);
    // Earlier variables are there for later ones, as `$(NAME)`.
    if (value !== null)
      env[entry.name] = value.replace(/\$\((\w+)\)/g, (all, name) => env[name] ?? all);
  }
  return env;

  async function valueOf({ value = '', valueFrom }: V1EnvVar): Promise<string | null> {
    if (valueFrom === undefined) return value;
    const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
    if (fieldRef) return fieldOf(pod, fieldRef.fieldPath, podIp);
    const ref = configMapKeyRef ?? secretKeyRef;
    if (ref === undefined) return '';
    const kind = configMapKeyRef ? 'ConfigMap' : 'Secret';
    const found = (await read(kind, ref.name ?? '', ref.optional === true))[ref.key];
    if (found !== undefined || ref.optional === true) return found ?? null;
    throw new MissingReference(`couldn't find key ${ref.key} in ${kind} ${namespace}/${ref.name}`);
  }
}

async function entriesOf(
  core: CoreV1Api,
  kind: 'ConfigMap' | 'Secret',
  namespace: string,
  name: string,
  optional: boolean,
): Promise<Record<string, string>> {
  try {
    if (kind === 'ConfigMap') {
      return (await core.readNamespacedConfigMap({ namespace, name })).data ?? {};
    }
    const data = (await core.readNamespacedSecret({ namespace, name })).data ?? {};
    const decode = ([key, value]: [string, string]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ];
    return Object.fromEntries(Object.entries(data).map(decode));
  } catch (error) {
    if ((error as { code?: number }).code !== 404) throw error;
    if (optional) return {};
    throw new MissingReference(`${kind.toLowerCase()} "${name}" not found`);
  }
}

function fieldOf(pod: V1Pod, path: string, podIp: string): string {
  const labelled = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (labelled !== null) {
    const map = labelled[1] === 'labels' ? pod.metadata?.labels : pod.metadata?.annotations;
    return map?.[labelled[2] ?? ''] ?? '';
  }
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata?.name,
    'metadata.namespace': pod.metadata?.namespace,
    'metadata.uid': pod.metadata?.uid,
    'spec.nodeName': pod.spec?.nodeName,
    'status.podIP': podIp,
  };
  return fields[path] ?? '';
}
