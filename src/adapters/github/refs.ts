/** Branches, tags and other refs at GitHub. */
import { Failure } from '../../domain/failures.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { Refs, RefUpdate } from '../../ports/code-host/refs.js';
import { UnknownOutcome } from './answer-failure.js';
import { listBranches, readBranch } from './branches.js';
import { type GithubClient, nullIfNotFound } from './client.js';
import { compareRefs } from './compare.js';
import { toCommit } from './item-shape.js';
import { place } from './items.js';
import { readAll } from './pages.js';
import { createLinkedBranchMutation, updateRefsMutation } from './queries.js';

/** As many as the port promises. */
const mostCommits = 250;

export function createGithubRefs(client: GithubClient): Refs {
  const code = (repository: RepositoryKey) => client.as(repository, 'readCode').rest;

  async function readRepository(repository: RepositoryKey) {
    const { data } = await code(repository).repos.get(place(repository));
    const { default_branch: defaultBranch, archived: isArchived, node_id: nodeId } = data;
    return { defaultBranch, isArchived, nodeId };
  }

  async function readRef(repository: RepositoryKey, ref: string): Promise<string | null> {
    const parameters = { ...place(repository), ref: shortOf(ref) };
    const found = await nullIfNotFound(() => code(repository).git.getRef(parameters));
    if (found === null) return null;
    const { sha, type } = found.data.object;
    if (type !== 'tag') return sha;
    const tag = await code(repository).git.getTag({ ...place(repository), tag_sha: sha });
    return tag.data.object.sha;
  }

  return {
    readRepository,
    readRef,
    listBranches: (repository) => listBranches(client, repository),
    readBranch: (repository, name) => readBranch(client, repository, name),

    async readPushedAt(repository, branch) {
      const { data } = await code(repository).repos.listActivities({
        ...{ ...place(repository), ref: `refs/heads/${branch}`, per_page: 1, direction: 'desc' },
      });
      const [newest] = data;
      return newest === undefined ? null : Date.parse(newest.timestamp);
    },

    async listRefs(repository, prefix) {
      const octokit = client.as(repository, 'readCode');
      const parameters = { ...place(repository), ref: shortOf(prefix) };
      const { listMatchingRefs } = octokit.rest.git;
      const refs = await readAll(octokit, listMatchingRefs, parameters, (page) => page);
      return refs.map(({ ref, object }) => ({ ref, sha: object.sha }));
    },

    async updateRefs(repository, updates) {
      const { nodeId } = await readRepository(repository);
      try {
        await client.query(repository, 'writeCode', updateRefsMutation, {
          input: { repositoryId: nodeId, refUpdates: updates.map(toRefUpdate) },
        });
      } catch (error) {
        if (!(error instanceof Failure) || mayNotLook.has(error.code)) throw error;
        const found = await Promise.all(
          updates.map(async (update) => ({ update, now: await readRef(repository, update.ref) })),
        );
        if (found.every(({ update, now }) => now === update.after)) return;
        throw refusedUpdate(error, found);
      }
    },

    compare: (repository, base, head) => compareRefs(client, repository, base, head, mostCommits),

    async readCommit(repository, sha) {
      const found = await nullIfNotFound(() =>
        code(repository).repos.getCommit({ ...place(repository), ref: sha }),
      );
      if (found !== null) return toCommit(found.data);
      throw new Failure('NotFound', `${repositoryPath(repository)} has no commit ${sha}`, {
        where: sha,
      });
    },

    async createLinkedBranch(repository, { issueNodeId, name, sha }) {
      let failure: Failure | null = null;
      try {
        const { createLinkedBranch } = await client.query<{
          readonly createLinkedBranch: { readonly linkedBranch: object | null } | null;
        }>(repository, 'linkBranch', createLinkedBranchMutation, {
          input: { issueId: issueNodeId, name, oid: sha },
        });
        // It answers with nothing, and no word why, when the name is taken.
        if (createLinkedBranch?.linkedBranch != null) return;
      } catch (error) {
        if (!(error instanceof Failure) || mayNotLook.has(error.code)) throw error;
        failure = error;
      }
      const there = await readRef(repository, `refs/heads/${name}`);
      if (there === sha) return;
      if (there === null) {
        throw failure ?? new Failure('Unavailable', `GitHub did not make ${name}`, { where: name });
      }
      const { behindBy } = await compareRefs(client, repository, sha, there, 1);
      if (behindBy === 0) return;
      throw new Failure('Conflict', `the branch ${name} is something else already`, {
        ...{ where: `refs/heads/${name}`, seen: there, limit: `a descendant of ${sha}` },
      });
    },
  };
}

/** Nothing was done, and nothing more is learnt by looking. */
const mayNotLook = new Set<Failure['code']>(['RateLimited', 'Forbidden']);

function toRefUpdate({ ref, before, after, force }: RefUpdate) {
  // As long as the repository's other names of objects.
  const none = '0'.repeat((before ?? after ?? '').length || 40);
  return { name: ref, beforeOid: before ?? none, afterOid: after ?? none, force };
}

/** GitHub's words about a refusal are not written down anywhere, so the refs themselves tell whose lease is broken. */
function refusedUpdate(
  error: Failure,
  found: readonly { readonly update: RefUpdate; readonly now: string | null }[],
): Failure {
  const moved = found.find(({ update, now }) => now !== update.before && now !== update.after);
  const halfway = found.find(({ update, now }) => now !== update.before);
  const broken = moved ?? halfway;
  if (broken !== undefined) {
    const { ref, before } = broken.update;
    return new Failure('Conflict', `${ref} is not where it was when this was decided`, {
      ...{ where: ref, seen: broken.now ?? 'it does not exist' },
      limit: before ?? 'must not exist',
    });
  }
  if (error instanceof UnknownOutcome) return error;
  if (error.code !== 'InvalidInput' && error.code !== 'Conflict') return error;
  const said = error.message;
  const named = found.find(({ update }) => said.includes(update.ref))?.update.ref;
  const foreign = found.find(({ update }) => !/^refs\/(heads|tags)\//.test(update.ref))?.update.ref;
  if (/protect|rule|not authorized|cannot (delete|update|force)|denied|declined/i.test(said)) {
    const where = named ?? found.map(({ update }) => update.ref).join(', ');
    return new Failure('PolicyDenied', `GitHub protects ${where}: ${said}`, { where });
  }
  if (foreign !== undefined) {
    return new Failure('InvalidInput', `GitHub takes no ref such as ${foreign}: ${said}`, {
      where: foreign,
      next: 'keep it as a branch: archive/<name>',
    });
  }
  return new Failure('InvalidInput', said, { ...error.details, where: named ?? 'refs' });
}

function shortOf(ref: string): string {
  return ref.replace(/^refs\//, '');
}
