/** Merges a pull request once, whatever GitHub answers. */
import { Failure } from '../../domain/failures.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { Commit, Pull } from '../../domain/repository/shapes.js';
import type { MergeOutcome, Pulls } from '../../ports/code-host/pulls.js';
import { UnknownOutcome } from './answer-failure.js';
import type { GithubClient } from './client.js';
import { toCommit } from './item-shape.js';
import { place } from './items.js';
import { readPullOf } from './read-pull.js';

type Merge = Parameters<Pulls['mergePull']>[2];

/** An answer that was lost is looked for within minutes, so not far down the log. */
const commitsLookedAt = 100;

export async function mergePull(
  client: GithubClient,
  repository: RepositoryKey,
  number: number,
  merge: Merge,
): Promise<MergeOutcome> {
  // An earlier attempt may have ended before it could look what became of it.
  const before = await readBack(client, repository, number, merge);
  if (before.outcome !== null) return before.outcome;
  const { headSha, method, title, message } = merge;
  const { pulls } = client.as(repository, 'merge').rest;
  try {
    const { data } = await pulls.merge({
      ...{ ...place(repository), pull_number: number, sha: headSha, merge_method: method },
      ...(title !== undefined && { commit_title: titleOf(title, number, method) }),
      ...(message !== undefined && { commit_message: message }),
    });
    return { kind: 'merged', sha: data.sha };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const isUnknown = error instanceof UnknownOutcome;
    const isAnswer = error.details.seen === 405 || error.code === 'Conflict';
    if (!isUnknown && !isAnswer && error.code !== 'PolicyDenied') throw error;
    const { outcome } = await readBack(client, repository, number, merge);
    if (outcome?.kind === 'merged' || (isUnknown && outcome !== null)) return outcome;
    if (isUnknown) throw error;
    return outcomeOf(error);
  }
}

/** GitHub tells them apart by words alone. */
function outcomeOf({ message: reason, details, code }: Failure): MergeOutcome {
  if (/base branch was modified/i.test(reason)) return { kind: 'moved', reason };
  const isRefused =
    code === 'PolicyDenied' ||
    /not authorized to push|(merge commits|squash merges|rebase merges) are not allowed|is not allowed/i.test(
      reason,
    );
  if (isRefused) return { kind: 'refused', reason };
  return details.seen === 409 ? { kind: 'moved', reason } : { kind: 'notMergeable', reason };
}

async function readBack(
  client: GithubClient,
  repository: RepositoryKey,
  number: number,
  merge: Merge,
): Promise<{ readonly outcome: MergeOutcome | null }> {
  const pull = await readPullOf(client, repository, number);
  if (pull === null) {
    throw new Failure('NotFound', `there is no pull request #${number}`, { where: `#${number}` });
  }
  const { headSha } = merge;
  if (pull.isMerged && pull.mergeSha !== null) {
    if (pull.head.sha === headSha) return { outcome: { kind: 'merged', sha: pull.mergeSha } };
    const reason = `it was merged at ${pull.head.sha}, not at ${headSha}`;
    return { outcome: { kind: 'moved', reason } };
  }
  if (pull.head.sha !== headSha) {
    return { outcome: { kind: 'moved', reason: `the head is ${pull.head.sha}, not ${headSha}` } };
  }
  // The base may have the merge although the pull request is still open.
  const sha = await findMerge(client, repository, pull, merge);
  return { outcome: sha === null ? null : { kind: 'merged', sha } };
}

async function findMerge(
  client: GithubClient,
  repository: RepositoryKey,
  pull: Pull,
  merge: Merge,
): Promise<string | null> {
  const { repos } = client.as(repository, 'readCode').rest;
  const { data } = await repos.listCommits({
    ...{ ...place(repository), sha: pull.base.ref, per_page: commitsLookedAt },
    since: new Date(pull.createdAtMs).toISOString(),
  });
  const log = data.map(toCommit);
  switch (merge.method) {
    case 'merge':
      return log.find(({ parents }) => parents.indexOf(pull.head.sha) > 0)?.sha ?? null;
    case 'squash':
      for (const commit of log) {
        const isCandidate = commit.parents.length === 1 && isTitled(commit, pull.number);
        if (isCandidate && (await hasSameFiles(client, repository, commit.sha, pull.number))) {
          return commit.sha;
        }
      }
      return null;
    case 'rebase': {
      const head = await repos.getCommit({ ...place(repository), ref: pull.head.sha });
      const { message, author } = head.data.commit;
      const same = data.find(
        ({ commit }) =>
          commit.message === message &&
          commit.author?.date === author?.date &&
          commit.author?.email === author?.email,
      );
      return same?.sha ?? null;
    }
  }
}

/** GitHub ends the title of a squash with the number where nobody gave another one: by it we find ours again. */
function titleOf(title: string, number: number, method: Merge['method']): string {
  const isNumbered = method !== 'squash' || title.endsWith(` (#${number})`);
  return isNumbered ? title : `${title} (#${number})`;
}

function isTitled({ message }: Commit, number: number): boolean {
  return (message.split('\n')[0] ?? '').trimEnd().endsWith(` (#${number})`);
}

/** Somebody may have pushed a commit that names the pull request and is another one. */
async function hasSameFiles(
  client: GithubClient,
  repository: RepositoryKey,
  sha: string,
  number: number,
): Promise<boolean> {
  const { repos } = client.as(repository, 'readCode').rest;
  const { pulls } = client.as(repository, 'readItems').rest;
  const page = { ...place(repository), per_page: 100 };
  const [commit, files] = await Promise.all([
    repos.getCommit({ ...page, ref: sha }),
    pulls.listFiles({ ...page, pull_number: number }),
  ]);
  const names = (list: readonly { readonly filename: string }[] = []) =>
    list
      .slice(0, page.per_page)
      .map(({ filename }) => filename)
      .sort();
  return JSON.stringify(names(commit.data.files)) === JSON.stringify(names(files.data));
}
