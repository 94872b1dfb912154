/** Commits made over the API and moved in one call under leases; what became of it is read where GitHub does not say. */
import { Failure } from '../../domain/failures.js';
import { isDenial, pushOutcome } from '../../domain/issue-tree/push-outcome.js';
import { isRefName } from '../../domain/issue-tree/ref-name.js';
import { statePath } from '../../domain/issue-sync/record.js';
import { isPlainPath, ourselves, personOf } from '../../domain/issue-tree/tree-path.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { type TreeCommit, type TreePush, withNames } from '../../ports/issue-tree.js';
import type { GithubClient } from './client.js';
import type { TreeChanges } from './issue-tree-changes.js';
import type { TreeFiles } from './issue-tree-files.js';
import { type RefsAnswer, refsQuery } from './issue-tree-queries.js';
import { place } from './items.js';
import { updateRefsMutation } from './queries.js';

/** Of texts in one call that makes a tree. */
const callChars = 8 * 1024 * 1024;
const callFiles = 500;
const none = '0'.repeat(40);

interface HostRefs {
  /** For mutations. */
  readonly id: string;
  /** By full name; absent: there is none. */
  readonly at: ReadonlyMap<string, string>;
}

/** @param withState what every pass reads next comes along @throws NotFound */
export async function readHostRefs(
  client: GithubClient,
  files: TreeFiles,
  repository: RepositoryKey,
  refs: readonly string[],
  withState = false,
): Promise<HostRefs> {
  const { owner, name } = repository;
  const query = refsQuery(refs.length, withState ? statePath : null);
  const answer = await client.query<RefsAnswer>(repository, 'readCode', query, {
    ...{ owner, name },
    ...Object.fromEntries(refs.map((ref, n) => [`r${n}`, ref])),
  });
  const found = answer.repository;
  if (found === null) {
    throw new Failure('NotFound', `GitHub has no repository ${owner}/${name}, or hides it`, {
      where: `${owner}/${name}`,
    });
  }
  const at = new Map<string, string>();
  for (const [n, ref] of refs.entries()) {
    const told = found[`r${n}`];
    // Where there is none, a branch whose short name is the same would be told.
    if (!told?.target || `${told.prefix}${told.name}` !== ref) continue;
    at.set(ref, told.target.oid);
    const { oid, tree, file } = told.target;
    if (tree) files.note(repository, oid, tree.oid);
    if (withState) await files.noteFile(repository, oid, statePath, file ?? null);
  }
  return { id: found.id, at };
}

export async function pushOverApi(
  client: GithubClient,
  parts: { readonly files: TreeFiles; readonly changes: TreeChanges },
  repository: RepositoryKey,
  commits: readonly TreeCommit[],
  idOf: () => Promise<string>,
): Promise<TreePush> {
  const { files, changes } = parts;
  for (const { ref, writes } of commits) {
    if (!isRefName(ref)) throw unfit('the name of a ref', ref);
    for (const { path } of writes) if (!isPlainPath(path)) throw unfit('the path of a file', path);
  }
  const shas: string[] = [];
  for (const commit of commits) {
    const writes = commit.writes.map((write) => ({ ...write, text: withNames(write, shas) }));
    shas.push(await makeCommit(client, files, repository, { ...commit, writes }));
  }
  const moves = commits.map(({ ref, before, parent }, n) => ({
    ...{ ref, before, after: shas[n] ?? '', isForced: parent !== before },
  }));
  try {
    await client.query(repository, 'writeCode', updateRefsMutation, {
      input: {
        repositoryId: await idOf(),
        refUpdates: moves.map(({ ref, before, after, isForced }) => ({
          ...{ name: ref, beforeOid: before ?? none, afterOid: after, force: isForced },
        })),
      },
    });
    return { kind: 'pushed', shas };
  } catch (error) {
    if (!(error instanceof Failure) || mayNotLook.has(error.code)) throw error;
    const { at } = await readHostRefs(
      client,
      files,
      repository,
      moves.map(({ ref }) => ref),
    );
    const found = [];
    for (const { ref, before, after } of moves) {
      const now = at.get(ref) ?? null;
      const isElsewhere = now !== null && now !== before && now !== after;
      const isBeyond = isElsewhere && (await changes.isAncestor(repository, after, now));
      found.push({ ref, before, after, now, isBeyond });
    }
    const outcome = pushOutcome(found);
    if (outcome.kind === 'arrived') return { kind: 'pushed', shas };
    if (outcome.kind === 'moved') return outcome;
    return refusal(error, moves);
  }
}

/** Nothing was done, and nothing more is learnt by looking. */
const mayNotLook = new Set<Failure['code']>(['RateLimited', 'Forbidden']);

function refusal(error: Failure, moves: readonly { readonly ref: string }[]): TreePush {
  const isSaid = error.code === 'InvalidInput' || error.code === 'PolicyDenied';
  if (isSaid || (error.code === 'Conflict' && isDenial(error.message))) {
    const named = moves.find(({ ref }) => error.message.includes(ref));
    const branch = moves.find(({ ref }) => ref.startsWith('refs/heads/'));
    const { ref = '' } = named ?? branch ?? moves[0] ?? {};
    return { kind: 'denied', ref, reason: error.message.trim().slice(0, 300) };
  }
  if (error.code === 'Unavailable') throw error;
  throw new Failure('Unavailable', `GitHub moved nothing: ${error.message}`, error.details);
}

/** Its tree and itself; made again, they are the same. */
async function makeCommit(
  client: GithubClient,
  files: TreeFiles,
  repository: RepositoryKey,
  { parent, writes, message, author, atMs }: TreeCommit,
): Promise<string> {
  const { git } = client.as(repository, 'writeCode').rest;
  const gone = writes.flatMap(({ path, text }) => (text === null ? [path] : []));
  const present =
    parent === null || gone.length === 0 ? null : await files.present(repository, parent, gone);
  const entries = writes.flatMap(({ path, text }): NewEntry[] => {
    const entry = { path, mode: '100644', type: 'blob' } as const;
    if (text !== null) return [{ ...entry, content: text }];
    // To take away what is not there is an error.
    return present?.has(path) ? [{ ...entry, sha: null }] : [];
  });
  let tree = parent === null ? null : await files.readTree(repository, parent);
  for (const part of inParts(entries)) {
    const { data } = await git.createTree({
      ...place(repository),
      ...(tree !== null && { base_tree: tree }),
      tree: part,
    });
    tree = data.sha;
  }
  if (tree === null) {
    throw new Failure('InvalidInput', 'a first commit without a file', { where: 'writes' });
  }
  const date = `${new Date(atMs).toISOString().slice(0, 19)}Z`;
  const { data } = await git.createCommit({
    ...{ ...place(repository), message, tree, parents: parent === null ? [] : [parent] },
    ...{ author: { ...personOf(author), date }, committer: { ...ourselves, date } },
  });
  files.note(repository, data.sha, tree);
  for (const { path, text } of writes) files.noteText(repository, data.sha, path, text);
  const written = writes.map(({ path }) => path);
  if (parent !== null) files.noteParent(repository, data.sha, parent, written);
  return data.sha;
}

interface NewEntry {
  readonly path: string;
  readonly mode: '100644';
  readonly type: 'blob';
  readonly content?: string;
  /** Takes it away. */
  readonly sha?: null;
}

function inParts(entries: readonly NewEntry[]): NewEntry[][] {
  const parts: NewEntry[][] = [];
  let room = 0;
  for (const entry of entries) {
    const chars = entry.content?.length ?? 0;
    if (parts.length === 0 || chars > room || (parts.at(-1)?.length ?? 0) >= callFiles) {
      parts.push([]);
      room = callChars;
    }
    parts.at(-1)?.push(entry);
    room -= chars;
  }
  return parts;
}

function unfit(what: string, text: string): Failure {
  const where = text.slice(0, 200);
  return new Failure('InvalidInput', `"${where}" is not ${what}`, { where });
}
