/** Pull requests at GitHub. */
import { Failure } from '../../domain/failures.js';
import { hasMarker, withMarker } from '../../domain/repository/marker.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { Pull, PullFile, PullSummary, Review } from '../../domain/repository/shapes.js';
import type { Pulls } from '../../ports/code-host/pulls.js';
import { readBranchRules } from './branch-rules.js';
import { type GithubClient, sendOnce } from './client.js';
import { compareRefs } from './compare.js';
import { toActor, toCommit, toMs, toPull, toPullSummary } from './item-shape.js';
import { place } from './items.js';
import { mergePull } from './merge-pull.js';
import { readAll } from './pages.js';
import { readPullOf } from './read-pull.js';

/** GitHub lists no more of a pull request's commits, and does not say that there are. */
const mostListedCommits = 250;

export function createGithubPulls(client: GithubClient): Pulls {
  const reading = (repository: RepositoryKey) => client.as(repository, 'readItems');
  const writing = (repository: RepositoryKey) => client.as(repository, 'writeItems').rest.pulls;

  const readPull = (repository: RepositoryKey, number: number) =>
    readPullOf(client, repository, number);

  async function listPulls(
    repository: RepositoryKey,
    { state, head, base }: Parameters<Pulls['listPulls']>[1],
  ): Promise<readonly PullSummary[]> {
    const octokit = reading(repository);
    const query = {
      ...{ ...place(repository), state, sort: 'created' as const, direction: 'asc' as const },
      ...(head !== undefined && { head: withOwner(repository, head) }),
      ...(base !== undefined && { base }),
    };
    const found = await readAll(octokit, octokit.rest.pulls.list, query, (page) => page);
    return found.map(toPullSummary);
  }

  return {
    readPull,
    listPulls,

    async listFiles(repository, number) {
      const octokit = reading(repository);
      const parameters = { ...place(repository), pull_number: number };
      const files = await readAll(
        octokit,
        octokit.rest.pulls.listFiles,
        parameters,
        (page) => page,
      );
      return files.map(
        (file): PullFile => ({
          ...{ path: file.filename, previousPath: file.previous_filename ?? null },
          status: fileStatus(file.status),
          ...{ additions: file.additions, deletions: file.deletions },
        }),
      );
    },

    async listCommits(repository, number) {
      const octokit = reading(repository);
      const parameters = { ...place(repository), pull_number: number };
      const { listCommits } = octokit.rest.pulls;
      const commits = await readAll(octokit, listCommits, parameters, (page) => page);
      if (commits.length < mostListedCommits) return commits.map(toCommit);
      const { data } = await octokit.rest.pulls.get(parameters);
      const { base, head } = data;
      const all = Number.POSITIVE_INFINITY;
      return (await compareRefs(client, repository, base.sha, head.sha, all)).commits;
    },

    async listReviews(repository, number) {
      const octokit = reading(repository);
      const parameters = { ...place(repository), pull_number: number };
      const { listReviews } = octokit.rest.pulls;
      const reviews = await readAll(octokit, listReviews, parameters, (page) => page);
      return reviews.map(
        (review): Review => ({
          author: toActor(review.user),
          state: reviewState(review.state),
          sha: review.commit_id ?? '',
          atMs: toMs(review.submitted_at),
        }),
      );
    },

    async createPull(repository, pull, { marker, retriedSinceMs }) {
      const { head, base } = pull;
      const find = async (): Promise<Pull | null> => {
        const same = await listPulls(repository, { state: 'all', head, base });
        const open = same.find(({ state }) => state === 'open');
        // One that was made for this intent, and closed since, is not made again.
        const found = open ?? same.find(({ body }) => hasMarker(body, marker));
        return found === undefined ? null : readPull(repository, found.number);
      };
      const earlier = retriedSinceMs === null ? null : await find();
      if (earlier !== null) return earlier;
      const send = async () => {
        const { data } = await writing(repository).create({
          ...{ ...place(repository), title: pull.title, body: withMarker(pull.body, marker) },
          ...{ head, base, draft: pull.isDraft },
        });
        return toPull(data);
      };
      try {
        return await sendOnce(send, find);
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'InvalidInput') throw error;
        const there = await find();
        if (there === null) throw error;
        return there;
      }
    },

    async editPull(repository, number, { title, body, base }) {
      const wanted = {
        ...(title !== undefined && { title }),
        ...(body !== undefined && { body }),
        ...(base !== undefined && { base }),
      };
      return sendOnce(
        async () => {
          const parameters = { ...place(repository), pull_number: number, ...wanted };
          return toPull((await writing(repository).update(parameters)).data);
        },
        async () => {
          const pull = await readPull(repository, number);
          const isSo =
            pull !== null &&
            (title === undefined || pull.title === title) &&
            (body === undefined || pull.body === body) &&
            (base === undefined || pull.base.ref === base);
          return isSo ? pull : null;
        },
      );
    },

    mergePull: (repository, number, merge) => mergePull(client, repository, number, merge),

    async updateBranch(repository, number, headSha) {
      const { pulls } = client.as(repository, 'merge').rest;
      try {
        await pulls.updateBranch({
          ...{ ...place(repository), pull_number: number, expected_head_sha: headSha },
        });
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (/no new commits|up.to.date|already contains/i.test(error.message)) return;
        if (error.code !== 'InvalidInput' && error.code !== 'Unavailable') throw error;
        const pull = await readPull(repository, number);
        if (pull === null) throw error;
        const { head } = pull;
        const isMoved = head.sha !== headSha;
        if (isMoved && (await isMergeOf(client, repository, head.sha, headSha))) return;
        if (error.code === 'Unavailable' && !isMoved) throw error;
        throw new Failure('Conflict', error.message, {
          ...{ where: `#${number}`, seen: head.sha, limit: headSha },
        });
      }
    },

    readRules: (repository, branch) => readBranchRules(client, repository, branch),
  };
}

async function isMergeOf(
  client: GithubClient,
  repository: RepositoryKey,
  sha: string,
  parent: string,
): Promise<boolean> {
  const { repos } = client.as(repository, 'readCode').rest;
  const { data } = await repos.getCommit({ ...place(repository), ref: sha });
  return data.parents.length > 1 && data.parents.some((one) => one.sha === parent);
}

function withOwner({ owner }: RepositoryKey, head: string): string {
  return head.includes(':') ? head : `${owner}:${head}`;
}

function fileStatus(status: string): PullFile['status'] {
  switch (status) {
    case 'added':
    case 'modified':
    case 'removed':
    case 'renamed':
      return status;
    default:
      return 'other';
  }
}

function reviewState(state: string): Review['state'] {
  switch (state.toLowerCase()) {
    case 'approved':
      return 'approved';
    case 'changes_requested':
      return 'changes_requested';
    case 'dismissed':
      return 'dismissed';
    case 'pending':
      return 'pending';
    default:
      return 'commented';
  }
}
