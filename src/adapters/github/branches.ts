/** Branches with what a decision about them asks, a hundred in a call. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { Branch, PullSummary } from '../../domain/repository/shapes.js';
import { Failure } from '../../domain/failures.js';
import type { GithubClient } from './client.js';
import { toMs, toPullSummary } from './item-shape.js';
import { place } from './items.js';
import { readAll } from './pages.js';
import { type BranchAnswer, listBranchesQuery, readBranchQuery } from './queries.js';

/** Rules of a ruleset under which a branch is not ours to move or delete. */
const protectingRules = new Set([
  'DELETION',
  'UPDATE',
  'NON_FAST_FORWARD',
  'LOCK_BRANCH',
  'MERGE_QUEUE',
]);

const mostBranches = 100;
const fewestBranches = 10;
/** What GitHub answers to a query that takes it more than ten seconds. */
const slowAnswers: ReadonlySet<string | number> = new Set([502, 504]);

interface RefPage {
  readonly repository: {
    readonly refs: {
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      readonly nodes: readonly (BranchAnswer | null)[];
    } | null;
  } | null;
}

export async function listBranches(
  client: GithubClient,
  repository: RepositoryKey,
): Promise<readonly Branch[]> {
  const answers: BranchAnswer[] = [];
  let first = mostBranches;
  for (let after: string | null = null; ; ) {
    const page = await readPage(client, repository, first, after);
    if (page === null) {
      first = Math.ceil(first / 4);
      continue;
    }
    const { refs } = page.repository ?? {};
    if (refs == null) throw hidden(repository);
    answers.push(...refs.nodes.filter((node) => node !== null));
    if (!refs.pageInfo.hasNextPage) break;
    after = refs.pageInfo.endCursor;
  }
  // The index behind associatedPullRequests may lag, and knows nothing of pull requests into a branch.
  const octokit = client.as(repository, 'readItems');
  const query = { ...place(repository), state: 'open' } as const;
  const open = await readAll(octokit, octokit.rest.pulls.list, query, (page) => page);
  const pulls = open.map(toPullSummary);
  return answers.map((answer) => toBranch(repository, answer, pulls));
}

/** Null when GitHub ran out of time over so many and fewer are to be asked for. */
async function readPage(
  client: GithubClient,
  repository: RepositoryKey,
  first: number,
  after: string | null,
): Promise<RefPage | null> {
  try {
    return await client.query<RefPage>(repository, 'readBranches', listBranchesQuery, {
      ...{ owner: repository.owner, name: repository.name, first, after },
    });
  } catch (error) {
    const isSlow = error instanceof Failure && slowAnswers.has(error.details.seen ?? '');
    if (isSlow && first > fewestBranches) return null;
    throw error;
  }
}

export async function readBranch(
  client: GithubClient,
  repository: RepositoryKey,
  name: string,
): Promise<Branch | null> {
  const answer = await client.query<{
    readonly repository: { readonly ref: BranchAnswer | null } | null;
  }>(repository, 'readBranches', readBranchQuery, {
    ...{ owner: repository.owner, name: repository.name, ref: `refs/heads/${name}` },
  });
  if (answer.repository === null) throw hidden(repository);
  const { ref } = answer.repository;
  if (ref === null) return null;
  const octokit = client.as(repository, 'readItems');
  const open = { ...place(repository), state: 'open' } as const;
  const { list } = octokit.rest.pulls;
  const head = { ...open, head: `${repository.owner}:${name}` };
  const [from, into] = await Promise.all([
    readAll(octokit, list, head, (page) => page),
    readAll(octokit, list, { ...open, base: name }, (page) => page),
  ]);
  return toBranch(repository, ref, [...from, ...into].map(toPullSummary));
}

function toBranch(
  repository: RepositoryKey,
  { name, target, associatedPullRequests, branchProtectionRule, rules }: BranchAnswer,
  pulls: readonly PullSummary[],
): Branch {
  const isOurs = ({ owner, name: own }: RepositoryKey) =>
    `${owner}/${own}`.toLowerCase() === `${repository.owner}/${repository.name}`.toLowerCase();
  const touching = pulls.filter(
    ({ head, base }) =>
      base.ref === name ||
      (head.ref === name && head.repository !== null && isOurs(head.repository)),
  );
  const numbers = [
    ...associatedPullRequests.nodes.flatMap((node) => (node === null ? [] : [node.number])),
    ...touching.map(({ number }) => number),
  ];
  if (target?.committedDate === undefined) {
    throw new Failure('Unavailable', `GitHub does not say what the branch ${name} points to`, {
      where: `refs/heads/${name}`,
    });
  }
  return {
    name,
    sha: target.oid,
    committedAtMs: toMs(target.committedDate),
    author: { login: target.author?.user?.login ?? null, name: target.author?.name ?? '' },
    // With more rules than were told, one of them may protect it.
    isProtected:
      branchProtectionRule !== null ||
      rules?.pageInfo.hasNextPage === true ||
      (rules?.nodes ?? []).some((rule) => rule !== null && protectingRules.has(rule.type)),
    openPulls: [...new Set(numbers)].sort((a, b) => a - b),
  };
}

function hidden({ owner, name }: RepositoryKey): Failure {
  return new Failure('NotFound', `GitHub has no repository ${owner}/${name}, or hides it`, {
    where: `${owner}/${name}`,
  });
}
