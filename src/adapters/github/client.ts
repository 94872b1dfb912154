/** One door to GitHub: every call has its token, its entity tag and its limits, and fails in our words. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Octokit } from '@octokit/rest';
import { Failure } from '../../domain/failures.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { AnswerCache } from '../../ports/answer-cache.js';
import {
  answerFailure,
  type Asked,
  type GithubAnswer,
  type GraphqlError,
  graphqlErrors,
  graphqlFailure,
  isOfParts,
  noAnswer,
  UnknownOutcome,
  usualQuietMs,
} from './answer-failure.js';
import {
  createCredentials,
  type Credentials,
  type GithubIdentity,
  type Scope,
} from './credentials.js';
import type { Grant } from './grants.js';

export interface GithubClientOptions {
  /** The API's, without a slash at its end. Default: GitHub's own. */
  readonly url?: string | undefined;
  readonly identity: GithubIdentity;
  readonly answers?: AnswerCache | undefined;
  /** GitHub itself gives up after ten seconds. */
  readonly timeoutMs?: number;
  /** Before something that a webhook may have told of is asked for once more. */
  readonly settleMs?: number;
  readonly fetch?: typeof fetch;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export interface GithubClient {
  readonly credentials: Credentials;
  /** Calls of one group in one repository. */
  as(repository: RepositoryKey, grant: Grant): Octokit;
  /** As the App itself, or the person whose token it is. */
  readonly self: Octokit;
  /** @throws what its errors mean: a part of an answer is none */
  query<T>(
    repository: RepositoryKey,
    grant: Grant,
    document: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<T>;
  /**
   * As {@link query} for a document of many parts that end each by itself: what failed of them is null and told beside.
   * @throws where the whole failed, and RateLimited also where a part met a limit and others are done
   */
  queryParts<T>(
    repository: RepositoryKey,
    grant: Grant,
    document: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly data: T; readonly errors: readonly GraphqlError[] }>;
  /** The earliest time that a time of ours can be at GitHub, where another clock goes. */
  earliestThere(atMs: number): number;
  now(): number;
  /** GitHub's clock less ours, milliseconds; null before its first answer. */
  clockOffsetMs(): number | null;
}

const defaultUrl = 'https://api.github.com';
const defaultTimeoutMs = 15_000;
const defaultSettleMs = 1000;
const longestQuietMs = 15 * 60_000;
const apiVersion = '2022-11-28';

export function createGithubClient(options: GithubClientOptions): GithubClient {
  const {
    answers,
    timeoutMs = defaultTimeoutMs,
    settleMs = defaultSettleMs,
    now = Date.now,
  } = options;
  const baseUrl = (options.url ?? defaultUrl).replace(/\/+$/, '');
  const quietUntilMs = new Map<string, number>();
  let secondaryInRow = 0;
  let offsetMs: number | null = null;

  /** Without authorization: for the App's own sign-in. */
  function connect(scope: Scope | null): Octokit {
    const silent = () => {};
    const octokit = new Octokit({
      ...{ baseUrl, userAgent: 'sluice' },
      log: { debug: silent, info: silent, warn: silent, error: silent },
      ...(options.fetch && { request: { fetch: options.fetch } }),
    });
    octokit.hook.wrap('request', async (send, given) => {
      const isGraphql = given.url.endsWith('/graphql');
      const isRead = given.method === 'GET' || (isGraphql && !isMutation(given['query']));
      const { url } = octokit.request.endpoint.parse(given as never);
      const asked: Asked = {
        name: `${given.method} ${pathOf(url, baseUrl)}`,
        isWrite: !isRead,
        quietMs: Math.min(usualQuietMs * 2 ** secondaryInRow, longestQuietMs),
      };
      const { headers } = given;
      const isOwn = scope === null || headers.authorization !== undefined;
      for (let attempt = 0; ; attempt += 1) {
        const authorization = isOwn
          ? String(headers.authorization ?? '')
          : await credentials.authorize(scope);
        const who = createHash('sha256').update(authorization).digest('hex').slice(0, 32);
        // Both count for themselves.
        const account = `${who} ${isGraphql ? 'graphql' : 'core'}`;
        stayQuiet(account, asked);
        // The App's own token is another one every time.
        const isCached =
          given.method === 'GET' && !isOwn && scope !== 'self' && answers !== undefined;
        const key = [who, headers.accept, url].join(' ');
        const kept = isCached ? await answers.get(key) : null;
        delete headers['if-none-match'];
        // Changed in place: the hooks within this one are bound to this very object.
        Object.assign(headers, {
          ...(authorization !== '' && { authorization }),
          'x-github-api-version': apiVersion,
          ...(kept !== null && { 'if-none-match': kept.etag }),
        });
        given.request = { ...given.request, signal: AbortSignal.timeout(timeoutMs) };
        const answer = await sendNow();
        noteClock(answer);
        if (answer.status === 304 && kept !== null) {
          const link = kept.link === null ? {} : { link: kept.link };
          return {
            ...answer,
            status: 200,
            headers: { ...answer.headers, ...link },
            data: kept.body,
          };
        }
        // A token that was taken back, or made by another clock, is made anew, once: nothing happened under the old one.
        if (answer.status === 401 && attempt === 0 && !isOwn && credentials.kind === 'app') {
          credentials.forget(scope);
          continue;
        }
        if (attempt === 0 && isEarly(scope, asked, answer)) {
          await pause(settleMs);
          continue;
        }
        const failure = failureOf(asked, answer, given.request['ofParts'] === true);
        if (failure !== null) throw noteQuiet(account, failure);
        secondaryInRow = 0;
        const { etag } = answer.headers;
        if (isCached && answer.status === 200 && typeof etag === 'string') {
          await answers.put(key, { etag, link: answer.headers.link ?? null, body: answer.data });
        }
        return answer;
      }

      async function sendNow() {
        try {
          return await send(given);
        } catch (error) {
          const { response } = error as { response?: Awaited<ReturnType<typeof send>> };
          if (response !== undefined) return response;
          if (error instanceof Failure) throw error;
          throw noAnswer(asked, error);
        }
      }
    });
    return octokit;
  }

  function stayQuiet(account: string, { name }: Asked): void {
    const leftMs = (quietUntilMs.get(account) ?? 0) - now();
    if (leftMs <= 0) return;
    throw new Failure('RateLimited', 'GitHub asked to be left alone', {
      ...{ where: name, retryAfterMs: leftMs },
      next: 'nothing: it is asked again by itself; see docs/github.md, Limits',
    });
  }

  function noteQuiet(account: string, failure: Failure): Failure {
    if (failure.code !== 'RateLimited') return failure;
    if (failure.message.includes('secondary')) secondaryInRow += 1;
    quietUntilMs.set(account, now() + (failure.details.retryAfterMs ?? usualQuietMs));
    return failure;
  }

  function noteClock({ headers }: GithubAnswer): void {
    const serverMs = Date.parse(String(headers['date'] ?? ''));
    if (Number.isFinite(serverMs)) offsetMs = serverMs - now();
  }

  const credentials = createCredentials(
    options.identity,
    connect(null),
    () => now() + (offsetMs ?? 0),
  );
  const connected = new Map<string, Octokit>();
  function as(repository: RepositoryKey, grant: Grant): Octokit {
    const key = `${repository.owner}/${repository.name} ${grant}`.toLowerCase();
    const known = connected.get(key);
    if (known !== undefined) return known;
    const made = connect({ repository, grant });
    connected.set(key, made);
    return made;
  }

  async function ask(
    [repository, grant, query, variables]: Parameters<GithubClient['query']>,
    ofParts: boolean,
  ): Promise<unknown> {
    const octokit = as(repository, grant);
    const request = { ofParts };
    return (await octokit.request({ method: 'POST', url: graphqlUrl, query, variables, request }))
      .data;
  }

  // An Enterprise Server has its GraphQL beside the API and not under it.
  const graphqlUrl = `${baseUrl.replace(/\/api\/v3$/, '/api')}/graphql`;
  return {
    credentials,
    as,
    self: connect('self'),
    async query<T>(...asked: Parameters<GithubClient['query']>) {
      return ((await ask(asked, false)) as { readonly data: T }).data;
    },
    async queryParts<T>(...asked: Parameters<GithubClient['query']>) {
      const answer = await ask(asked, true);
      return { data: (answer as { readonly data: T }).data, errors: graphqlErrors(answer) };
    },
    earliestThere: (atMs) => Math.min(atMs, atMs + (offsetMs ?? 0), now() + (offsetMs ?? 0)),
    now,
    clockOffsetMs: () => offsetMs,
  };
}

/** Calls about what a webhook may just have told of; a branch or a label that is not there is an answer. */
const early: ReadonlySet<Grant> = new Set<Grant>([
  ...([
    'readItems',
    'writeItems',
    'readIssues',
    'writeIssues',
    'merge',
    'readChecks',
    'writeChecks',
    'writeStatuses',
  ] as const),
]);

/** What was refused because it is not there did nothing, and may be there a little later. */
function isEarly(scope: Scope | null, { name }: Asked, { status, data }: GithubAnswer): boolean {
  const isCommit = /\/commits\/[0-9a-f]{40,64}$/.test(name) || saysNoCommit(data);
  const isTold = scope !== null && scope !== 'self' && early.has(scope.grant);
  if (status === 404) return (isTold && !name.includes('/labels')) || isCommit;
  return status === 422 && isCommit;
}

function saysNoCommit(data: unknown): boolean {
  const { message } = (data ?? {}) as { message?: unknown };
  return typeof message === 'string' && /no commit found/i.test(message);
}

function failureOf(asked: Asked, answer: GithubAnswer, ofParts: boolean): Failure | null {
  if (answer.status >= 400 || answer.status === 304) return answerFailure(asked, answer);
  if (!asked.name.endsWith('/graphql')) return null;
  if (graphqlErrors(answer.data).length === 0) return null;
  const failure = graphqlFailure(asked, answer);
  return ofParts && isOfParts(answer.data) && failure.code !== 'RateLimited' ? null : failure;
}

function isMutation(document: unknown): boolean {
  return typeof document === 'string' && /^\s*mutation\b/.test(document);
}

/** @throws Unavailable for an address elsewhere, as a forged link to a next page would be: it must not see the token */
function pathOf(url: string, baseUrl: string): string {
  if (new URL(url).origin !== new URL(baseUrl).origin) {
    throw new Failure('Unavailable', `GitHub led to another address than its own`, {
      ...{ where: new URL(baseUrl).origin, seen: new URL(url).origin },
    });
  }
  return new URL(url).pathname;
}

export async function nullIfNotFound<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Failure && error.code === 'NotFound') return null;
    throw error;
  }
}

/** Sends once; when nobody knows what became of it, looks whether it was done, and sends nothing again. */
export async function sendOnce<T>(
  send: () => Promise<T>,
  readBack: () => Promise<T | null>,
): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof UnknownOutcome)) throw error;
    const done = await readBack();
    if (done !== null) return done;
    throw error;
  }
}
