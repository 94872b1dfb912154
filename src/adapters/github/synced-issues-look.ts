/** Issues by their numbers, a hundred in a call, and what became of those that are not there any more. */
import { Failure } from '../../domain/failures.js';
import type { HostIssue, HostState, IssueHistory } from '../../domain/issue-sync/shapes.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { type GithubClient, nullIfNotFound } from './client.js';
import { place } from './items.js';
import { toHistory } from './synced-issues-history.js';
import { issuesQuery } from './synced-issues-queries.js';
import { type IssueAnswer, toHostIssue } from './synced-issues-shape.js';

const most = 100;

export interface Look {
  readonly state: HostState;
  readonly history: IssueHistory;
}

interface Answer {
  readonly repository:
    | ({ readonly id: string; readonly databaseId: number | null } & {
        readonly [alias: `i${number}`]: IssueAnswer | null;
      })
    | null;
}

/** In the order asked. @param withHistory also what they remember of themselves */
export async function lookAt(
  client: GithubClient,
  repository: RepositoryKey,
  numbers: readonly number[],
  withHistory: boolean,
): Promise<readonly Look[]> {
  const looks: Look[] = [];
  for (let at = 0; at < numbers.length; at += most) {
    const some = numbers.slice(at, at + most);
    const answer = await askFor(client, repository, some, withHistory);
    for (const number of some) {
      const issue = answer[`i${number}`] ?? null;
      const state = await stateOf(client, repository, { number, issue, own: answer });
      looks.push({ state, history: toHistory(issue) });
    }
  }
  return looks;
}

/** Those that are there; whatever is missing is passed over. */
export async function findByNumber(
  client: GithubClient,
  repository: RepositoryKey,
  numbers: readonly number[],
): Promise<readonly HostIssue[]> {
  const answer = await askFor(client, repository, numbers, false);
  return numbers.flatMap((number) => {
    const issue = answer[`i${number}`] ?? null;
    return issue === null ? [] : [toHostIssue(issue)];
  });
}

async function askFor(
  client: GithubClient,
  repository: RepositoryKey,
  numbers: readonly number[],
  withHistory: boolean,
): Promise<NonNullable<Answer['repository']>> {
  const document = issuesQuery([...new Set(numbers)], withHistory);
  const variables = { owner: repository.owner, name: repository.name };
  const { data, errors } = await client.queryParts<Answer>(
    ...([repository, 'readIssues', document, variables] as const),
  );
  const wrong = errors.find(({ type }) => type !== 'NOT_FOUND');
  if (wrong !== undefined) {
    throw new Failure('Unavailable', `GitHub did not answer for all issues: ${wrong.message}`, {
      ...{ where: repositoryPath(repository), seen: wrong.type ?? 'no type' },
    });
  }
  if (data.repository !== null) return data.repository;
  throw new Failure('NotFound', `there is no ${repositoryPath(repository)}, or it is hidden`, {
    where: repositoryPath(repository),
  });
}

interface Asked {
  readonly number: number;
  readonly issue: IssueAnswer | null;
  readonly own: { readonly id: string; readonly databaseId: number | null };
}

async function stateOf(
  client: GithubClient,
  repository: RepositoryKey,
  { number, issue, own }: Asked,
): Promise<HostState> {
  if (issue === null) return whereabouts(client, repository, number, own.databaseId);
  // A repository that was renamed has the id it had.
  if (issue.repository.id === own.id) return toHostIssue(issue);
  return { kind: 'moved', number, to: issue.repository.nameWithOwner, toNumber: issue.number };
}

/** GraphQL says the same of what was deleted, moved or hidden; REST tells them apart. */
async function whereabouts(
  client: GithubClient,
  repository: RepositoryKey,
  number: number,
  ownId: number | null,
): Promise<HostState> {
  const octokit = client.as(repository, 'readIssues');
  const [{ owner, repo }, request] = [place(repository), { redirect: 'manual' } as const];
  const ask = (url: string) =>
    octokit.request({ method: 'GET', url, request }) as Promise<{
      readonly status: number;
      readonly headers: { readonly location?: string };
    }>;
  try {
    let answer = await ask(`/repos/${owner}/${repo}/issues/${number}`);
    let at = placeIn(answer.headers.location);
    // So leads everything in a repository that was renamed.
    if (at !== null && at.repository === String(ownId) && at.number === number) {
      answer = await ask(answer.headers.location ?? '');
      at = placeIn(answer.headers.location);
    }
    if (answer.status < 300) {
      // It has become readable meanwhile, or is a pull request.
      return { kind: 'deleted', number, isHidden: true };
    }
    if (at === null) {
      throw new Failure('Unavailable', `GitHub does not say where issue ${number} went`, {
        ...{ where: repositoryPath(repository), seen: answer.status },
      });
    }
    const to = await nameOf(client, repository, at.repository);
    return { kind: 'moved', number, to, toNumber: at.number };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'NotFound') throw error;
    const isGone = error.details.seen === 410;
    return isGone ? { kind: 'deleted', number } : { kind: 'deleted', number, isHidden: true };
  }
}

/** @returns repository by its number or as `owner/name` */
function placeIn(location: string | undefined) {
  const match = /\/(?:repositories\/(\d+)|repos\/([^/]+\/[^/]+))\/issues\/(\d+)$/.exec(
    location ?? '',
  );
  if (match === null) return null;
  return { repository: match[1] ?? match[2] ?? '', number: Number(match[3]) };
}

/** Where we may not look, its number has to do. */
async function nameOf(client: GithubClient, from: RepositoryKey, repository: string) {
  if (repository.includes('/')) return repository;
  const url = `/repositories/${repository}`;
  const found = await nullIfNotFound(() => client.as(from, 'readIssues').request(`GET ${url}`));
  const { full_name: name } = (found?.data ?? {}) as { full_name?: string };
  return name ?? `repositories/${repository}`;
}
