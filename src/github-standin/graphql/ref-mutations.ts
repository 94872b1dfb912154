/** Mutations of refs and files: atomic updates under leases, linked branches, commits under an expected head. */
import { commitFiles } from '../acts/commits.js';
import { signatureOf } from '../acts/pulls.js';
import { moveRefs, RefRefusal } from '../acts/refs.js';
import { zeroSha } from '../git/store.js';
import { Problem } from '../problem.js';
import type { Repository } from '../state.js';
import { type Context, itemById, repositoryById, sceneIn, unresolved } from './context.js';
import { commitViewAt, refView } from './git-views.js';
import { itemView } from './item-views.js';
import { nodeId } from '../node-id.js';

interface RefUpdate {
  readonly name: string;
  readonly beforeOid?: string | null;
  readonly afterOid: string;
  readonly force?: boolean | null;
}

const typeOf: Readonly<Record<RefRefusal['kind'], string>> = {
  lease: 'UNPROCESSABLE',
  exists: 'UNPROCESSABLE',
  missing: 'UNPROCESSABLE',
  nonFastForward: 'UNPROCESSABLE',
  protected: 'UNPROCESSABLE',
  object: 'UNPROCESSABLE',
  name: 'UNPROCESSABLE',
};

function graphqlProblem(error: unknown): unknown {
  if (!(error instanceof RefRefusal)) return error;
  return new Problem(422, error.message, { type: typeOf[error.kind] });
}

const orNull = (sha: string) => (sha === zeroSha ? null : sha);

/** All or none; forty zeros: must not be there, or shall not be. */
export async function updateRefs(
  context: Context,
  input: { readonly repositoryId: string; readonly refUpdates: readonly RefUpdate[] },
): Promise<object> {
  const repository = repositoryById(context, input.repositoryId);
  const wishes = input.refUpdates.map(({ name, beforeOid, afterOid, force }) => ({
    ref: name,
    ...(beforeOid === undefined || beforeOid === null ? {} : { before: orNull(beforeOid) }),
    after: orNull(afterOid),
    isForced: force ?? false,
  }));
  try {
    await moveRefs(sceneIn(context, repository), wishes);
  } catch (error) {
    throw graphqlProblem(error);
  }
  return {};
}

const slug = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** A name that is taken gives nothing, and no word why. */
export async function createLinkedBranch(
  context: Context,
  input: { readonly issueId: string; readonly oid: string; readonly name?: string | null },
): Promise<object> {
  const [repository, item] = itemById(context, input.issueId);
  const name = input.name ?? `${item.number}-${slug(item.title)}`;
  const ref = `refs/heads/${name}`;
  if (repository.git.refs().has(ref)) {
    return { issue: () => itemView(context, repository, item), linkedBranch: null };
  }
  try {
    const wish = { ref, before: null, after: input.oid, isForced: false };
    await moveRefs(sceneIn(context, repository), [wish]);
  } catch (error) {
    throw graphqlProblem(error);
  }
  const linked = { id: context.world.nextId(), ref };
  item.linkedBranches.push(linked);
  return {
    issue: () => itemView(context, repository, item),
    linkedBranch: {
      id: nodeId('LB', repository.id, linked.id),
      ref: () => refView(context, repository, ref),
    },
  };
}

interface CommitInput {
  readonly branch: {
    readonly id?: string | null;
    readonly repositoryNameWithOwner?: string | null;
    readonly branchName?: string | null;
  };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body?: string | null };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[] | null;
    readonly deletions?: readonly { readonly path: string }[] | null;
  } | null;
}

function branchOf(context: Context, { branch }: CommitInput): readonly [Repository, string] {
  if (branch.id) {
    const [, ref = ''] = Buffer.from(branch.id.replace(/^REF_/, ''), 'base64url')
      .toString('utf8')
      .split(':');
    return [repositoryById(context, branch.id), ref.replace('refs/heads/', '')];
  }
  const path = branch.repositoryNameWithOwner ?? '';
  const [owner = '', name = ''] = path.split('/');
  const found = context.world.findRepository(owner, name);
  if (found === null) throw unresolved(path);
  return [found, (branch.branchName ?? '').replace('refs/heads/', '')];
}

export async function createCommitOnBranch(context: Context, input: CommitInput): Promise<object> {
  const [repository, branch] = branchOf(context, input);
  const ref = `refs/heads/${branch}`;
  if (!repository.git.refs().has(ref)) {
    throw new Problem(404, `No such branch "${branch}"`, { type: 'NOT_FOUND' });
  }
  const scene = sceneIn(context, repository);
  const { additions, deletions } = input.fileChanges ?? {};
  const { headline, body } = input.message;
  try {
    const sha = await commitFiles(scene, {
      branch,
      expectedHead: input.expectedHeadOid,
      files: new Map([
        ...(deletions ?? []).map(({ path }) => [path, null] as const),
        ...(additions ?? []).map(
          ({ path, contents }) => [path, Buffer.from(contents, 'base64')] as const,
        ),
      ]),
      message: body ? `${headline}\n\n${body}` : headline,
      author: signatureOf(scene),
    });
    return {
      commit: () => commitViewAt(context, repository, sha),
      ref: () => refView(context, repository, ref),
    };
  } catch (error) {
    throw graphqlProblem(error);
  }
}
