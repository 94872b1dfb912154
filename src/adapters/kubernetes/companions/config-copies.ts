/**
 * Copies of the ConfigMaps and Secrets that a revision was made with. They never change, so that a pod of that revision
 * that starts again, and a way back to it, find what was tested. Values stay between the API server and this file.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../domain/canonical-json.js';
import { Failure } from '../../../domain/failures.js';
import { type TargetKey, targetPath } from '../../../domain/names.js';
import type { WorkloadSpec } from '../../../domain/rollout/workload.js';
import type { Cluster } from '../cluster.js';
import { annotations, labels, labelText, targetFromLabels, targetLabels } from '../names.js';
import type { Deployment, KubernetesObject, ObjectKind } from '../objects.js';
import { type ConfigReference, configReferences, renameConfig } from './config-references.js';

export interface ConfigObject extends KubernetesObject {
  readonly immutable?: boolean;
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

const configKinds: Readonly<Record<ConfigReference['kind'], ObjectKind<ConfigObject>>> = {
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  Secret: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' },
};

/** Filled by the cluster itself, and of no use under another name. */
const tokenType = 'kubernetes.io/service-account-token';
const hashLength = 10;
const longestName = 253;

export interface ConfigPlan {
  /** With the references renamed that are copied. */
  readonly deployment: Deployment;
  /** To be created before it. Not to be shown: Secrets are among them. */
  readonly copies: readonly ConfigObject[];
}

/** Only reads. @throws NotFound when something needed is not there; Forbidden; Unavailable */
export async function planCopies(
  cluster: Cluster,
  target: TargetKey,
  deployment: Deployment,
  policy: NonNullable<WorkloadSpec['config']>,
): Promise<ConfigPlan> {
  const { spec } = deployment.spec.template;
  const wanted = configReferences(spec).filter(({ kind }) => isCopied(policy, kind));
  const names = new Map<string, string>();
  const copies: ConfigObject[] = [];
  for (const reference of wanted) {
    const source = await readSource(cluster, reference);
    if (source?.type === tokenType) continue;
    const copy = copyOf(target, reference, source);
    names.set(keyOf(reference), copy.metadata.name);
    if (source !== null) copies.push(copy);
  }
  const rename = (reference: ConfigReference) => names.get(keyOf(reference)) ?? reference.name;
  const template = { ...deployment.spec.template, spec: renameConfig(spec, rename) };
  return { copies, deployment: { ...deployment, spec: { ...deployment.spec, template } } };
}

const keyOf = ({ kind, name }: ConfigReference) => `${kind} ${name}`;

function isCopied(policy: NonNullable<WorkloadSpec['config']>, kind: ConfigReference['kind']) {
  return (kind === 'Secret' ? policy.secrets : policy.configMaps) === 'copy';
}

async function readSource(
  cluster: Cluster,
  { kind, name, optional }: ConfigReference,
): Promise<ConfigObject | null> {
  const where = `${kind} ${cluster.namespace}/${name}`;
  const source = await withoutValues(where, () => cluster.read(configKinds[kind], name));
  if (source === null && !optional) {
    throw new Failure('NotFound', `the template needs ${kind} ${name}, which is not there`, {
      where,
      next: 'apply it, or mark the reference as optional',
    });
  }
  return source;
}

/**
 * What is not there has a name too, under which nothing is ever made: a pod that starts again must not find what came later.
 * A Secret's name says nothing about its values to who does not know the uid that the cluster once gave it.
 */
function copyOf(
  target: TargetKey,
  { kind, name }: ConfigReference,
  source: ConfigObject | null,
): ConfigObject {
  const { type, data = {}, binaryData = {} } = source ?? {};
  const salt = kind === 'Secret' ? (source?.metadata.uid ?? '') : '';
  const content = [source === null, targetPath(target), kind, name, type, data, binaryData, salt];
  const hash = createHash('sha256').update(canonicalJson(content)).digest('hex');
  const short = name.slice(0, longestName - hashLength - 1).replace(/[.-]+$/, '');
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name: `${short}-${hash.slice(0, hashLength)}`,
      labels: { ...targetLabels(target), [labels.copyOf]: labelText(name) },
      annotations: { [annotations.copyOf]: name },
    },
    immutable: true,
    ...(type === undefined ? {} : { type }),
    ...(source?.data && { data }),
    ...(source?.binaryData && { binaryData }),
  };
}

/** Equal content has an equal name: what is there already is what is wanted. @throws PolicyDenied when it is not ours */
export async function createCopies(
  cluster: Cluster,
  target: TargetKey,
  copies: readonly ConfigObject[],
): Promise<void> {
  for (const copy of copies) {
    const kind = configKinds[copy.kind as ConfigReference['kind']];
    const { name } = copy.metadata;
    const where = `${copy.kind} ${cluster.namespace}/${name}`;
    const there = await withoutValues(where, () => cluster.read(kind, name));
    if (there === null) {
      await withoutValues(where, () => cluster.create(kind, copy));
    } else if (!isCopyFor(target, there) || there.immutable !== true) {
      const next = 'rename the one that is there';
      throw new Failure('PolicyDenied', `${copy.kind} ${name} is not ours`, { where, next });
    }
  }
}

/** Makes the Deployment an owner of its copies, so that the cluster removes them after the last one. */
export async function ownCopies(
  cluster: Cluster,
  target: TargetKey,
  deployment: Deployment,
  policy: NonNullable<WorkloadSpec['config']>,
): Promise<void> {
  const { uid = '', name } = deployment.metadata;
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid };
  for (const reference of configReferences(deployment.spec.template.spec)) {
    if (!isCopied(policy, reference.kind)) continue;
    const kind = configKinds[reference.kind];
    const where = `${reference.kind} ${cluster.namespace}/${reference.name}`;
    const copy = await cluster.read(kind, reference.name).catch(unlessForbidden);
    if (copy === null || !isCopyFor(target, copy)) continue;
    const { ownerReferences = [], resourceVersion } = copy.metadata;
    if (ownerReferences.some((other) => other.uid === uid)) continue;
    const metadata = { resourceVersion, ownerReferences: [...ownerReferences, owner] };
    await withoutValues(where, () => cluster.patch(kind, reference.name, { metadata }));
  }
}

/**
 * @param gone the Deployment that was removed; ConfigMaps that lost their Deployment otherwise are found by their labels
 * @param readLiving Deployments of the target, asked for after the copies were read
 */
export async function removeUnusedCopies(
  cluster: Cluster,
  labelled: readonly ConfigObject[],
  target: TargetKey,
  gone: Deployment | null,
  readLiving: () => Promise<readonly Deployment[]>,
): Promise<void> {
  const named = gone === null ? [] : configReferences(gone.spec.template.spec);
  const found = await Promise.all(
    named
      .filter(({ name }) => !labelled.some(({ metadata }) => metadata.name === name))
      .filter(({ name }) => /-[0-9a-f]{10}$/.test(name))
      .map(({ kind, name }) => cluster.read(configKinds[kind], name)),
  );
  const copies = [...labelled, ...found.filter((one) => one !== null)];
  const living = await readLiving();
  const used = new Set(
    living.flatMap(({ spec }) => configReferences(spec.template.spec).map(keyOf)),
  );
  for (const copy of copies) {
    const kind = copy.kind as ConfigReference['kind'];
    const { name, resourceVersion } = copy.metadata;
    if (!isCopyFor(target, copy) || used.has(keyOf({ kind, name, optional: false }))) continue;
    await cluster.remove(configKinds[kind], name, resourceVersion);
  }
}

/** Every copy of a ConfigMap for this target. Secrets cannot be listed without the right to read all of them. */
export async function listConfigMapCopies(
  cluster: Cluster,
  selector: string,
): Promise<readonly ConfigObject[]> {
  const found = await cluster.list(configKinds.ConfigMap, `${selector},${labels.copyOf}`);
  return found.map((one) => ({ ...one, kind: 'ConfigMap', apiVersion: 'v1' }));
}

function isCopyFor(target: TargetKey, { metadata }: ConfigObject): boolean {
  const owner = targetFromLabels(metadata.labels);
  const isCopy = metadata.annotations?.[annotations.copyOf] !== undefined;
  return isCopy && owner !== null && targetPath(owner) === targetPath(target);
}

/** Who may not look owns nothing: that alone is no reason against starting the revision again. */
function unlessForbidden(error: unknown): null {
  if (error instanceof Failure && error.code === 'Forbidden') return null;
  throw error;
}

/** The API server's words about a Secret may quote it: only their kind is passed on. */
async function withoutValues<Result>(where: string, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Failure) || !where.startsWith('Secret ')) throw error;
    const { seen, retryAfterMs } = error.details;
    const next =
      error.code === 'Forbidden'
        ? 'copying Secrets needs a right of its own: kubectl apply -f deploy/kubernetes/rbac-secrets.yaml'
        : undefined;
    throw new Failure(error.code, `${where} could not be copied`, {
      where,
      ...(seen === undefined ? {} : { seen }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(next === undefined ? {} : { next }),
    });
  }
}
