/** An API server in memory: resource versions, generations, merge patches, preconditions and owners, and a log of requests. */
import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../../src/adapters/kubernetes/cluster.js';
import type {
  KubernetesObject,
  Metadata,
  ObjectKind,
} from '../../src/adapters/kubernetes/objects.js';
import { Failure } from '../../src/domain/failures.js';

export interface ApiRequest {
  readonly verb: 'get' | 'list' | 'apply' | 'patch' | 'create' | 'delete';
  readonly kind: string;
  readonly name: string;
}

/** What becomes of a request: `lost` says nothing of it arrived, `unknown` that it took effect and the answer was lost. */
export type Fate = 'answered' | 'lost' | 'unknown' | 'throttled';

export interface SimulatedCluster extends Cluster {
  readonly requests: ApiRequest[];
  /** The same objects for another client, whose requests are its own. */
  clientOf(fateOf: FateOf, watch: Watch): SimulatedCluster;
  all(): readonly KubernetesObject[];
  /** As it is, without a request; null when it is not there. */
  peek<Kind extends KubernetesObject>(kind: ObjectKind<Kind>, name: string): Kind | null;
  /** Puts an object there as somebody else would. */
  put(object: KubernetesObject): void;
  /** Takes an object away as somebody else would. */
  take(kind: ObjectKind<KubernetesObject>, name: string): void;
  /** Names of all objects of the kind, in order. */
  names(kind: ObjectKind<KubernetesObject>): readonly string[];
}

export type FateOf = (request: ApiRequest) => Fate | Promise<Fate>;

/** Told of a request as it takes effect; what it returns is called right after. */
export type Watch = (request: ApiRequest) => () => void;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function applyMergePatch(present: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Record<string, unknown> = isFields(present) ? { ...present } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = applyMergePatch(merged[name], value);
  }
  return merged;
}

/** Its objects, shared by all clients. */
interface Store {
  readonly objects: Map<string, KubernetesObject>;
  version: number;
}

const namespace = 'shop';

/** @param fateOf asked before each request; may wait, so that requests of several writers mix */
export function simulateCluster(
  fateOf: FateOf = () => 'answered',
  watch: Watch = () => () => {},
  shared: Store = { objects: new Map(), version: 0 },
): SimulatedCluster {
  const { objects } = shared;
  const requests: ApiRequest[] = [];

  const keyOf = (kind: string, name: string) => `${kind}/${name}`;
  const refuse = (code: 'Conflict' | 'NotFound', kind: string, name: string) =>
    new Failure(code, `${kind} ${name}: ${code}`);

  function store(object: KubernetesObject, before: KubernetesObject | null): void {
    shared.version += 1;
    const { version } = shared;
    const { apiVersion: _a, kind: _k, metadata: _m, ...content } = object;
    const { apiVersion: _b, kind: _l, metadata: _n, ...old } = before ?? object;
    const generation = before?.metadata.generation ?? 1;
    const metadata: Metadata = {
      uid: `uid-${version}`,
      ...object.metadata,
      namespace,
      generation: isDeepStrictEqual(content, old) ? generation : generation + 1,
      resourceVersion: String(version),
    };
    const stored = structuredClone({ ...object, metadata });
    objects.set(keyOf(object.kind, object.metadata.name), stored);
  }

  function drop({ kind, metadata }: KubernetesObject): void {
    objects.delete(keyOf(kind, metadata.name));
    for (const other of [...objects.values()]) {
      const { ownerReferences = [] } = other.metadata;
      if (ownerReferences.some(({ uid }) => uid === metadata.uid)) drop(other);
    }
  }

  async function send<T>(request: ApiRequest, effect: () => T): Promise<T> {
    requests.push(request);
    const fate = await fateOf(request);
    const where = `${request.verb} ${request.kind} ${request.name}`;
    if (fate === 'lost') throw new Failure('Unavailable', `no answer: ${where}`);
    if (fate === 'throttled') {
      throw new Failure('Unavailable', `too many requests: ${where}`, { retryAfterMs: 1 });
    }
    const after = watch(request);
    const result = effect();
    after();
    if (fate === 'unknown') throw new Failure('Unavailable', `the answer was lost: ${where}`);
    return result;
  }

  const peek = <Kind extends KubernetesObject>({ kind }: ObjectKind<Kind>, name: string) =>
    (structuredClone(objects.get(keyOf(kind, name))) ?? null) as Kind | null;

  // Without the requests that routes have no use for.
  const served: Partial<SimulatedCluster> = {
    ...{ namespace, requests, peek },
    clientOf: (fate, seen) => simulateCluster(fate, seen, shared),
    all: () => structuredClone([...objects.values()]),
    put(object) {
      store(object, objects.get(keyOf(object.kind, object.metadata.name)) ?? null);
    },
    take({ kind }, name) {
      objects.delete(keyOf(kind, name));
    },
    names: ({ kind }) =>
      [...objects.values()].filter((one) => one.kind === kind).map((one) => one.metadata.name),
    read: (kind, name) =>
      send({ verb: 'get', kind: kind.kind, name }, () => peek(kind as ObjectKind<never>, name)),
    list: (kind, selector) =>
      send({ verb: 'list', kind: kind.kind, name: selector }, () => {
        const all = [...objects.values()].filter((one) => one.kind === kind.kind);
        const chosen = all.filter(({ metadata }) => isSelected(metadata.labels ?? {}, selector));
        return structuredClone(chosen) as never;
      }),
    apply: (kind, object) =>
      send({ verb: 'apply', kind: kind.kind, name: object.metadata.name }, () => {
        const before = peek(kind as ObjectKind<KubernetesObject>, object.metadata.name);
        store(applyMergePatch(before, object) as KubernetesObject, before);
      }),
    patch: (kind, name, patch) =>
      send({ verb: 'patch', kind: kind.kind, name }, () => {
        const before = peek(kind as ObjectKind<KubernetesObject>, name);
        if (before === null) throw refuse('NotFound', kind.kind, name);
        const { resourceVersion } = (patch as KubernetesObject).metadata ?? {};
        const isPresent = resourceVersion === before.metadata.resourceVersion;
        if (resourceVersion !== undefined && !isPresent) throw refuse('Conflict', kind.kind, name);
        store(applyMergePatch(before, patch) as KubernetesObject, before);
      }),
    create: (kind, object) =>
      send({ verb: 'create', kind: kind.kind, name: object.metadata.name }, () => {
        const { name } = object.metadata;
        if (objects.has(keyOf(kind.kind, name))) throw refuse('Conflict', kind.kind, name);
        store(object, null);
      }),
    remove: (kind, name, only) =>
      send({ verb: 'delete', kind: kind.kind, name }, () => {
        const present = objects.get(keyOf(kind.kind, name));
        if (present === undefined) return;
        const { resourceVersion, uid } = present.metadata;
        const isPresent = typeof only === 'string' ? only === resourceVersion : only?.uid === uid;
        if (only !== undefined && !isPresent) throw refuse('Conflict', kind.kind, name);
        drop(present);
      }),
    close: async () => {},
  };
  return served as SimulatedCluster;
}

/** `a=b`, `a` and `!a`, divided by commas. */
function isSelected(labels: Readonly<Record<string, string>>, selector: string): boolean {
  return selector.split(',').every((term) => {
    if (term.startsWith('!')) return labels[term.slice(1)] === undefined;
    const [name = '', value] = term.split('=');
    return value === undefined ? labels[name] !== undefined : labels[name] === value;
  });
}
