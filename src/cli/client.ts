/** The API as typed functions; every problem it answers with is thrown as it came. */
import { z } from 'zod';
import {
  type AuditEvents,
  type AuditHead,
  type AuditLines,
  auditEvents,
  auditHead,
  auditLines,
  type Loss,
  type LossesNoted,
  lossesNoted,
} from '../api/schemas/audit.js';
import {
  type CommandAccepted,
  commandAccepted,
  type EjectAccepted,
  ejectAccepted,
  type RolloutAccepted,
  rolloutAccepted,
} from '../api/schemas/command.js';
import { type ReleasePlan, releasePlan } from '../api/schemas/plan.js';
import { type Problem, problemSchema } from '../api/schemas/problem.js';
import {
  type ReleaseAccepted,
  type ReleaseBodyInput,
  type ReleaseList,
  releaseAccepted,
  releaseList,
  releaseViewSchema,
} from '../api/schemas/release.js';
import { rolloutViewSchema } from '../api/schemas/rollout.js';
import { runningWatchSchema } from '../api/schemas/running-watch.js';
import { type TargetList, targetList, targetViewSchema } from '../api/schemas/target.js';
import { type Why, whySchema } from '../api/schemas/why.js';
import type { WatchSummary } from '../domain/analysis/explain-watch.js';
import { Failure } from '../domain/failures.js';
import type { ReleaseKey, RolloutKey, TargetKey } from '../domain/names.js';
import type { ReleaseView } from '../domain/release/view.js';
import type { RolloutView } from '../domain/rollout/view.js';
import type { TargetView } from '../domain/target/view.js';
import type { StreamedEvent } from '../domain/streamed-event.js';
import { readEvents } from './event-stream.js';

/** A problem the API answered with. */
export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiProblem';
    this.problem = problem;
  }
}

/** A view with its ETag; with `since` the API answers when the view is another one. */
export interface Seen<View> {
  readonly view: View;
  readonly etag: string;
}

export interface WaitFor {
  readonly since?: string | undefined;
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** What a stream tells; a `beat` is nothing but that it is alive. */
export type Streamed<View> =
  | ({ readonly kind: 'snapshot' } & Seen<View>)
  | { readonly kind: 'watch'; readonly watch: WatchSummary }
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'beat' };

/** Ends with the stream; throws when it cannot be had, breaks or falls silent. `since` is an ETag. */
export type Stream<View> = (
  since: string | undefined,
  signal: AbortSignal,
) => AsyncGenerator<Streamed<View>, void>;

export interface ApiClient {
  readonly apiUrl: string;
  release(body: ReleaseBodyInput, key: string | null): Promise<ReleaseAccepted>;
  plan(body: ReleaseBodyInput): Promise<ReleasePlan>;
  getRelease(release: ReleaseKey, wait?: WaitFor): Promise<Seen<ReleaseView>>;
  getRollout(rollout: RolloutKey, wait?: WaitFor): Promise<Seen<RolloutView>>;
  streamRelease(release: ReleaseKey): Stream<ReleaseView>;
  streamRollout(rollout: RolloutKey): Stream<RolloutView>;
  /** Null while nothing is watched. */
  getRunningWatch(rollout: RolloutKey): Promise<WatchSummary | null>;
  getTarget(target: TargetKey, wait?: WaitFor): Promise<Seen<TargetView>>;
  listReleases(query: Query): Promise<ReleaseList>;
  listTargets(query: Query): Promise<TargetList>;
  commandRelease(release: ReleaseKey, command: string, body: object): Promise<CommandAccepted>;
  commandRollout(rollout: RolloutKey, command: string, body: object): Promise<CommandAccepted>;
  commandTarget(target: TargetKey, command: string, body: object): Promise<CommandAccepted>;
  eject(target: TargetKey, body: object): Promise<EjectAccepted>;
  retryRollout(rollout: RolloutKey, body: object): Promise<RolloutAccepted>;
  rollBack(target: TargetKey, body: object): Promise<RolloutAccepted>;
  /** `allSamples`: however large they are. */
  whyRelease(release: ReleaseKey, allSamples: boolean): Promise<Why>;
  whyRollout(rollout: RolloutKey, allSamples: boolean): Promise<Why>;
  auditEvents(query: Query): Promise<AuditEvents>;
  auditHead(): Promise<AuditHead>;
  auditLines(query: Query): Promise<AuditLines>;
  noteLosses(items: readonly Loss[], reason: string): Promise<LossesNoted>;
  /** Below `/v1/repositories/`; each part of the path is encoded here. */
  readOfRepository<S extends z.ZodType>(path: readonly string[], schema: S): Promise<z.output<S>>;
  actOnRepository<S extends z.ZodType>(
    path: readonly string[],
    schema: S,
    body: object,
  ): Promise<z.output<S>>;
}

export type Query = Readonly<Record<string, string | undefined>>;

export interface ClientOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly fetch: typeof fetch;
}

export function createApiClient(options: ClientOptions): ApiClient {
  const call = caller(options);
  const get = async <S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> =>
    (await call('GET', path, schema)).value;
  const post = async <S extends z.ZodType>(
    path: string,
    schema: S,
    body: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<z.output<S>> => (await call('POST', path, schema, { body, headers })).value;
  const seen = async <View>(
    path: string,
    schema: z.ZodType,
    wait: WaitFor,
  ): Promise<Seen<View>> => {
    const { since, waitMs, signal } = wait;
    const query = { since, wait: waitMs === undefined ? undefined : `${waitMs}ms` };
    const { value, etag } = await call('GET', withQuery(path, query), schema, {
      ...(signal === undefined ? {} : { signal }),
    });
    return { view: value as View, etag };
  };
  return {
    apiUrl: options.apiUrl,
    release: (body, key) =>
      post('/v1/releases', releaseAccepted, body, key === null ? {} : { 'Idempotency-Key': key }),
    plan: (body) => post('/v1/plan', releasePlan, body),
    getRelease: (release, wait = {}) => seen(releasePath(release), releaseViewSchema, wait),
    getRollout: (rollout, wait = {}) => seen(rolloutPath(rollout), rolloutViewSchema, wait),
    streamRelease: (release) =>
      streamOf(options, releasePath(release, 'events'), releaseViewSchema),
    streamRollout: (rollout) =>
      streamOf(options, rolloutPath(rollout, 'events'), rolloutViewSchema),
    getRunningWatch: async (rollout) =>
      (await get(rolloutPath(rollout, 'watch'), runningWatchSchema)).watch as WatchSummary | null,
    getTarget: (target, wait = {}) => seen(targetPath(target), targetViewSchema, wait),
    listReleases: (query) => get(withQuery('/v1/releases', query), releaseList),
    listTargets: (query) => get(withQuery('/v1/targets', query), targetList),
    commandRelease: (release, command, body) =>
      post(releasePath(release, command), commandAccepted, body),
    commandRollout: (rollout, command, body) =>
      post(rolloutPath(rollout, command), commandAccepted, body),
    commandTarget: (target, command, body) =>
      post(targetPath(target, command), commandAccepted, body),
    eject: (target, body) => post(targetPath(target, 'eject'), ejectAccepted, body),
    retryRollout: (rollout, body) => post(rolloutPath(rollout, 'retry'), rolloutAccepted, body),
    rollBack: (target, body) => post(targetPath(target, 'rollback'), rolloutAccepted, body),
    whyRelease: (release, allSamples) =>
      get(withQuery(releasePath(release, 'why'), samplesQuery(allSamples)), whySchema),
    whyRollout: (rollout, allSamples) =>
      get(withQuery(rolloutPath(rollout, 'why'), samplesQuery(allSamples)), whySchema),
    auditEvents: (query) => get(withQuery('/v1/audit/events', query), auditEvents),
    auditHead: () => get('/v1/audit/head', auditHead),
    auditLines: (query) => get(withQuery('/v1/audit/lines', query), auditLines),
    noteLosses: (items, reason) => post('/v1/audit/losses', lossesNoted, { items, reason }),
    readOfRepository: (path, schema) => get(repositoryUrl(path), schema),
    actOnRepository: (path, schema, body) => post(repositoryUrl(path), schema, body),
  };
}

function under(path: string, command: string | undefined): string {
  return command === undefined ? path : `${path}/${command}`;
}

function releasePath({ service, version }: ReleaseKey, command?: string): string {
  return under(`/v1/releases/${service}/${encodeURIComponent(version)}`, command);
}

function targetPath({ service, environment, region }: TargetKey, command?: string): string {
  return withQuery(under(`/v1/targets/${service}/${environment}`, command), { region });
}

function rolloutPath({ target, n }: RolloutKey, command?: string): string {
  const { service, environment, region } = target;
  return withQuery(under(`/v1/rollouts/${service}/${environment}/${n}`, command), { region });
}

function repositoryUrl(path: readonly string[]): string {
  return ['/v1/repositories', ...path.map(encodeURIComponent)].join('/');
}

function samplesQuery(all: boolean): Query {
  return { samples: all ? 'all' : undefined };
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1]);
  if (given.length === 0) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams(given).toString()}`;
}

interface CallOptions {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

function caller({ apiUrl, token, fetch: ask }: ClientOptions) {
  return async <S extends z.ZodType>(
    method: string,
    path: string,
    schema: S,
    { body, headers = {}, signal }: CallOptions = {},
  ): Promise<{ readonly value: z.output<S>; readonly etag: string }> => {
    let response: Response;
    try {
      response = await ask(new URL(path, apiUrl), {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw unreachable(apiUrl, error);
    }
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) throw problemIn(answer, response.status, apiUrl);
    const parsed = schema.safeParse(answer);
    if (!parsed.success) throw notOurs(apiUrl, z.prettifyError(parsed.error));
    return { value: parsed.data, etag: response.headers.get('etag') ?? '' };
  };
}

/** The first word comes at once, unless something on the way keeps it back. */
const firstWordMs = 15_000;
/** Heartbeats come each 15 s. */
const silentMs = 40_000;

function streamOf<View>(
  { apiUrl, token, fetch: ask }: ClientOptions,
  path: string,
  schema: z.ZodType,
): Stream<View> {
  return async function* stream(since, signal) {
    const leave = new AbortController();
    const timer = setTimeout(() => leave.abort(), firstWordMs);
    try {
      const response = await ask(new URL(path, apiUrl), {
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'text/event-stream',
          ...(since === undefined ? {} : { 'last-event-id': since.replaceAll('"', '') }),
        },
        signal: AbortSignal.any([signal, leave.signal]),
      });
      const type = response.headers.get('content-type') ?? '';
      if (!response.ok || response.body === null || !type.startsWith('text/event-stream')) {
        throw notOurs(apiUrl, `status ${response.status} in place of a stream`);
      }
      for await (const { event, id, data } of readEvents(response.body, silentMs)) {
        clearTimeout(timer);
        const streamed = streamedOf<View>({ event, id, data }, schema);
        if (streamed === null) throw notOurs(apiUrl, `an event "${event}"`);
        yield streamed;
      }
    } finally {
      clearTimeout(timer);
      leave.abort();
    }
  };
}

/** Null for what is not as we know it. */
function streamedOf<View>(
  { event, id, data }: StreamedEvent,
  schema: z.ZodType,
): Streamed<View> | null {
  const read = <S extends z.ZodType>(as: S): z.output<S> | null => {
    try {
      return as.parse(JSON.parse(data));
    } catch {
      return null;
    }
  };
  switch (event) {
    case 'snapshot': {
      const view = read(schema);
      return view === null ? null : { kind: 'snapshot', view: view as View, etag: `"${id}"` };
    }
    case 'watch': {
      const watch = read(runningWatchSchema)?.watch;
      return watch ? { kind: 'watch', watch: watch as WatchSummary } : { kind: 'beat' };
    }
    case 'problem': {
      const problem = read(problemSchema);
      return problem && { kind: 'problem', problem };
    }
    default:
      return { kind: 'beat' };
  }
}

function problemIn(answer: unknown, status: number, apiUrl: string): Error {
  const problem = problemSchema.safeParse(answer);
  return problem.success
    ? new ApiProblem(problem.data)
    : notOurs(apiUrl, `status ${status} without a problem`);
}

function unreachable(apiUrl: string, cause: unknown): Failure {
  return new Failure(
    'Unavailable',
    `The API does not answer at ${apiUrl}`,
    { where: apiUrl, next: 'start it with: sluice up, or name another by --api <url>' },
    cause,
  );
}

function notOurs(apiUrl: string, what: string): Failure {
  return new Failure('Unavailable', `What answers at ${apiUrl} does not speak this API: ${what}`, {
    where: apiUrl,
    next: 'check --api, and that this command line is as new as the server',
  });
}
