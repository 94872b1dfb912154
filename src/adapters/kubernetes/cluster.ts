/**
 * Reads and writes objects of one namespace. The client library supplies credentials; objects travel as plain JSON,
 * because its typed models drop fields that are newer than they are, and templates are copied here.
 */
import type { RequestOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher, request } from 'undici';
import { Failure } from '../../domain/failures.js';
import { apiFailure } from './api-failure.js';
import { type Inspection, inspect } from './inspection.js';
import type { Metadata, ObjectKind } from './objects.js';

/** An API server that is away must not be waited for: a way back is asked for again soon. */
const connectMs = 1000;
const readMs = 3000;
/** Admission webhooks take part in writes. */
const writeMs = 5000;
/** A patch that is not answered by then is sent once more beside it: the first may be lost, or admission slow. */
const sendAgainMs = 1500;
const fieldManager = 'sluice';

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

export interface ClusterOptions {
  readonly namespace: string;
  /** Path of a kubeconfig; default: as kubectl finds it, or the pod's own service account. */
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface Cluster {
  readonly namespace: string;
  /** Null when there is none. @throws Forbidden; Unavailable */
  read<Kind extends Named>(kind: ObjectKind<Kind>, name: string): Promise<Kind | null>;
  list<Kind extends Named>(kind: ObjectKind<Kind>, labelSelector: string): Promise<readonly Kind[]>;
  /** Server-side apply: the fields named here become ours, nobody else's change. */
  apply<Kind extends Named>(kind: ObjectKind<Kind>, object: Kind): Promise<void>;
  /** Merge patch; null removes. @throws Conflict when `metadata.resourceVersion` is given and not the present one */
  patch<Kind extends Named>(kind: ObjectKind<Kind>, name: string, patch: object): Promise<void>;
  /** Merges lists of named things, such as containers, by name. @throws as `patch` */
  patchStrategic<Kind extends Named>(
    kind: ObjectKind<Kind>,
    name: string,
    patch: object,
  ): Promise<void>;
  /** @throws Conflict when there is one of that name */
  create<Kind extends Named>(kind: ObjectKind<Kind>, object: Kind): Promise<void>;
  /** One that is not there is fine. @throws Conflict when a resource version or uid is given and not the present one */
  remove<Kind extends Named>(
    kind: ObjectKind<Kind>,
    name: string,
    only?: string | { readonly uid: string },
  ): Promise<void>;
  /** Closes kept connections. */
  close(): Promise<void>;
}

/** @throws InvalidInput when there is no such kubeconfig or context */
export function connectCluster(options: ClusterOptions): Cluster & Inspection {
  const { namespace } = options;
  const config = loadConfig(options);
  const server = config.getCurrentCluster()?.server.replace(/\/$/, '') ?? '';
  let dispatcher: Dispatcher | null = null;

  async function send(
    method: Dispatcher.HttpMethod,
    path: string,
    type?: string,
    body?: object,
    accept = 'application/json',
  ) {
    const asked = `${method} ${path}`;
    let status: number;
    let text: string;
    let used: Dispatcher | null = null;
    try {
      // Asked for at every request: tokens are renewed while we run.
      const credentials: RequestOptions = {};
      await config.applyToHTTPSOptions(credentials);
      used = dispatcher ??= new Agent({ connect: { timeout: connectMs, ...tlsOf(credentials) } });
      const headers: Record<string, string> = { accept, ...given(credentials) };
      if (type !== undefined) headers['content-type'] = type;
      const answer = await request(`${server}${path}`, {
        dispatcher: used,
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(method === 'GET' ? readMs : writeMs),
      });
      status = answer.statusCode;
      text = await answer.body.text();
    } catch (error) {
      if (used === dispatcher) dispatcher = null;
      // Other kept connections may lead to the same nowhere, and each would be waited for in turn.
      void used?.close().catch(() => null);
      const said = (error as Error).message;
      const details = { where: `${method} ${server}${path}` };
      throw new Failure('Unavailable', `the API server does not answer: ${said}`, details, error);
    }
    if (status >= 300) throw apiFailure(asked, status, text);
    return text;
  }

  function pathOf(kind: ObjectKind<Named>, name?: string): string {
    const group = kind.apiVersion.includes('/') ? 'apis' : 'api';
    const place = `/${group}/${kind.apiVersion}/namespaces/${namespace}/${kind.plural}`;
    return name === undefined ? place : `${place}/${encodeURIComponent(name)}`;
  }

  return {
    ...inspect({ send, pathOf, fieldManager }),
    namespace,
    async read<Kind extends Named>(kind: ObjectKind<Kind>, name: string) {
      try {
        return parse<Kind>(await send('GET', pathOf(kind, name)), pathOf(kind, name));
      } catch (error) {
        if (error instanceof Failure && error.code === 'NotFound') return null;
        throw error;
      }
    },
    async list<Kind extends Named>(kind: ObjectKind<Kind>, labelSelector: string) {
      const path = `${pathOf(kind)}?labelSelector=${encodeURIComponent(labelSelector)}`;
      return parse<{ items: readonly Kind[] }>(await send('GET', path), path).items;
    },
    async apply(kind, object) {
      const path = `${pathOf(kind, object.metadata.name)}?fieldManager=${fieldManager}&force=true`;
      await send('PATCH', path, 'application/apply-patch+yaml', object);
    },
    async patch(kind, name, patch) {
      const path = `${pathOf(kind, name)}?fieldManager=${fieldManager}`;
      const once = () => send('PATCH', path, 'application/merge-patch+json', patch);
      const patience = new AbortController();
      const first = once().finally(() => patience.abort());
      const again = sleep(sendAgainMs, null, { signal: patience.signal }).then(once, () => first);
      await Promise.race([first, again]);
    },
    async patchStrategic(kind, name, patch) {
      const path = `${pathOf(kind, name)}?fieldManager=${fieldManager}`;
      await send('PATCH', path, 'application/strategic-merge-patch+json', patch);
    },
    async create(kind, object) {
      const path = `${pathOf(kind)}?fieldManager=${fieldManager}`;
      await send('POST', path, 'application/json', object);
    },
    async remove(kind, name, only) {
      try {
        const preconditions = typeof only === 'string' ? { resourceVersion: only } : only;
        const policy = { propagationPolicy: 'Background', ...(preconditions && { preconditions }) };
        await send('DELETE', pathOf(kind, name), 'application/json', policy);
      } catch (error) {
        if (!(error instanceof Failure && error.code === 'NotFound')) throw error;
      }
    },
    async close() {
      await dispatcher?.close();
      dispatcher = null;
    },
  };
}

function loadConfig({ kubeconfig, context }: ClusterOptions): KubeConfig {
  const config = new KubeConfig();
  const where = kubeconfig ?? 'kubeconfig';
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    const next = 'name one: platforms.<name>.kubeconfig, or export KUBECONFIG=<file>';
    throw new Failure('InvalidInput', 'the kubeconfig cannot be read', { where, next }, error);
  }
  if (context !== undefined) config.setCurrentContext(context);
  if (config.getCurrentCluster() === null) {
    throw new Failure('InvalidInput', 'the kubeconfig has no such context', {
      where,
      seen: config.getCurrentContext(),
      limit: config
        .getContexts()
        .map(({ name }) => name)
        .join(', '),
    });
  }
  return config;
}

/** Only what is set: an absent certificate must stay absent. */
function tlsOf(credentials: RequestOptions): Record<string, unknown> {
  const { ca, cert, key, rejectUnauthorized, servername } = credentials;
  const all = Object.entries({ ca, cert, key, rejectUnauthorized, servername });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

function given({ headers, auth }: RequestOptions): Record<string, string> {
  const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
  const named = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]);
  return { ...basic, ...Object.fromEntries(named) };
}

function parse<Value>(text: string, path: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    const details = { where: path };
    throw new Failure('Unavailable', 'the API server did not answer in JSON', details, error);
  }
}
