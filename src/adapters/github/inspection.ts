/** Looks whether GitHub lets us do what we are for: credential, clock, permissions, webhook, limits. */
import { explainFailure, Failure } from '../../domain/failures.js';
import type { Finding } from '../../domain/repository/finding.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { createGithubClient, type GithubClient, type GithubClientOptions } from './client.js';
import { inspectAppHook, inspectEvents } from './inspect-hook.js';
import { inspectInstallation, inspectScopes } from './inspect-permissions.js';
import { place } from './items.js';

export interface InspectionOptions extends GithubClientOptions {
  /** Those that are kept in order. */
  readonly repositories: readonly RepositoryKey[];
}

/** Tokens are signed by GitHub's clock, but times of events are compared with ours. */
const mostClockMs = 60_000;
const noticedClockMs = 20_000;

/** In the order in which they are to be mended. Only reads. */
export async function inspectGithub(options: InspectionOptions): Promise<readonly Finding[]> {
  const client = createGithubClient(options);
  const { repositories } = options;
  const isApp = options.identity.kind === 'app';
  const signedIn = await inspectCredential(client, isApp);
  const clock = inspectClock(client);
  if (signedIn.state === 'fault') return [signedIn, ...clock];
  const parts = isApp
    ? [
        () => inspectInstallation(client, repositories),
        () => inspectEvents(client),
        () => inspectAppHook(client),
      ]
    : [() => inspectScopes(client)];
  parts.push(() => inspectRepositories(client, repositories));
  parts.push(() => inspectLimits(client, repositories[0]));
  const found: Finding[] = [signedIn, ...clock];
  for (const part of parts) found.push(...(await part().catch(toFindings)));
  return found;
}

async function inspectCredential(client: GithubClient, isApp: boolean): Promise<Finding> {
  try {
    const { apps, users } = client.self.rest;
    const name = isApp
      ? `the App ${(await apps.getAuthenticated()).data?.slug ?? ''}`
      : (await users.getAuthenticated()).data.login;
    return { subject: 'credential', state: 'ok', seen: `signed in as ${name}` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const isRefused = error.details.seen === 401;
    const where = isApp ? 'github.app (id and privateKey)' : 'github.token';
    return {
      ...{ subject: 'credential', state: 'fault', seen: error.message },
      next: isRefused
        ? `put the right one where ${where} of sluice.yaml says`
        : (error.details.next ?? 'see that this machine reaches github.url'),
    };
  }
}

function inspectClock(client: GithubClient): readonly Finding[] {
  const offsetMs = client.clockOffsetMs();
  if (offsetMs === null) return [];
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  const subject = 'clock';
  const seen = `${seconds} s from GitHub's`;
  if (Math.abs(offsetMs) <= noticedClockMs) return [{ subject, state: 'ok', seen }];
  const next = 'set this machine’s clock: timedatectl set-ntp true';
  return [{ subject, state: Math.abs(offsetMs) > mostClockMs ? 'fault' : 'warning', seen, next }];
}

async function inspectRepositories(
  client: GithubClient,
  repositories: readonly RepositoryKey[],
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const repository of repositories) {
    const path = repositoryPath(repository);
    const subject = `repository ${path}`;
    try {
      const { data } = await client.as(repository, 'readCode').rest.repos.get(place(repository));
      found.push(
        data.archived
          ? {
              ...{ subject, state: 'warning', seen: 'it is archived: nothing can be written' },
              next: `take ${path} out of sluice.yaml, or unarchive it in its settings`,
            }
          : { subject, state: 'ok', seen: `default branch ${data.default_branch}` },
      );
    } catch (error) {
      found.push(...toFindings(error, subject));
    }
  }
  return found;
}

async function inspectLimits(
  client: GithubClient,
  repository: RepositoryKey | undefined,
): Promise<readonly Finding[]> {
  // An App's own token has no limits to tell of.
  if (repository === undefined) return [];
  const { data } = await client.as(repository, 'readCode').rest.rateLimit.get();
  const { core, graphql } = data.resources;
  return Object.entries({ core, graphql }).flatMap(([name, bucket]): readonly Finding[] => {
    if (bucket === undefined) return [];
    const { limit, remaining, reset } = bucket;
    const subject = `limit ${name}`;
    const at = new Date(reset * 1000).toISOString();
    const seen = `${remaining} of ${limit} left until ${at}`;
    if (remaining * 10 > limit) return [{ subject, state: 'ok', seen }];
    const next = `wait until ${at}: calls go on by themselves; lower github.activitiesPerSecond when it happens again`;
    return [{ subject, state: remaining === 0 ? 'fault' : 'warning', seen, next }];
  });
}

function toFindings(error: unknown, subject = 'answers'): readonly Finding[] {
  if (!(error instanceof Failure)) throw error;
  const next = error.details.next ?? 'run it again; when it stays: https://www.githubstatus.com';
  return [{ subject, state: 'fault', seen: explainFailure(error).split('\nnext:')[0] ?? '', next }];
}
