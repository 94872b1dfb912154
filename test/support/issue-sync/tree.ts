/** Git in memory: commits with their whole trees, refs that move by leases, and files that are followed when they are renamed. */
import { Failure } from '../../../src/domain/failures.js';
import { shortHash } from '../../../src/domain/issue-sync/markers.js';
import { mergeBody } from '../../../src/domain/issue-sync/merge-body.js';
import {
  type ChangedFile,
  type FileWrite,
  type IssueTree,
  type TreeCommit,
  withNames,
} from '../../../src/ports/issue-tree.js';

export interface Commit {
  readonly sha: string;
  readonly parent: string | null;
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  readonly atMs: number;
}

export interface Repository {
  readonly commits: Map<string, Commit>;
  /** By full name. */
  readonly refs: Map<string, string>;
  /** Where the branch has been. */
  readonly past: Commit[];
}

export const main = 'refs/heads/main';

export function newRepository(): Repository {
  const repository: Repository = { commits: new Map(), refs: new Map(), past: [] };
  const first = keep(repository, { parent: null, files: new Map(), message: 'Begin', atMs: 0 });
  move(repository, main, first);
  return repository;
}

export function headOf({ commits, refs }: Repository): Commit {
  return commits.get(refs.get(main) ?? '') as Commit;
}

export function commitAt({ commits, refs }: Repository, ref: string): Commit | null {
  return commits.get(refs.get(ref) ?? ref) ?? null;
}

export function move(repository: Repository, ref: string, to: Commit): void {
  repository.refs.set(ref, to.sha);
  if (ref === main) repository.past.push(to);
}

/** Of a person, who pushes it at once. */
export function commitFiles(
  repository: Repository,
  writes: readonly { readonly path: string; readonly text: string | null }[],
  { ref = main, message = 'Edit', atMs = 0 } = {},
): Commit {
  const on = commitAt(repository, ref) ?? headOf(repository);
  const made = keep(repository, {
    ...{ parent: on.sha, files: applied(on.files, writes), atMs },
    // Two commits of people are never the same one.
    message: `${message} ${repository.commits.size}`,
  });
  move(repository, ref, made);
  return made;
}

export function isAncestor({ commits }: Repository, ancestor: string, head: string): boolean {
  for (let at: string | null = head; at !== null; at = commits.get(at)?.parent ?? null) {
    if (at === ancestor) return true;
  }
  return false;
}

/** As the button does that squashes; null where both sides wrote in the same lines. */
export function mergeInto(repository: Repository, from: string, atMs: number): Commit | null {
  const [head, branch] = [headOf(repository), commitAt(repository, from)];
  if (branch === null) return null;
  let base: Commit | null = branch;
  while (base !== null && !isAncestor(repository, base.sha, head.sha)) {
    base = repository.commits.get(base.parent ?? '') ?? null;
  }
  const writes: { path: string; text: string | null }[] = [];
  for (const path of new Set([...branch.files.keys(), ...(base?.files.keys() ?? [])])) {
    const [old, mine, theirs] = [base, head, branch].map((one) => one?.files.get(path));
    // Renamed by both, and not to the same: git does not know which it is to be.
    const isGone = old !== undefined && mine === undefined && theirs === undefined;
    if (isGone && isRenamed(old, base, head) && isRenamed(old, base, branch)) return null;
    if (theirs === old || theirs === mine) continue;
    if (mine === old) {
      writes.push({ path, text: theirs ?? null });
      continue;
    }
    if (old === undefined || mine === undefined || theirs === undefined) return null;
    const merged = mergeBody(old, mine, theirs);
    if (!merged.isClean) return null;
    writes.push({ path, text: merged.text('file') });
  }
  return commitFiles(repository, writes, { message: `Merge ${from}`, atMs });
}

function isRenamed(text: string, before: Commit | null, after: Commit): boolean {
  return [...after.files].some(([path, now]) => !before?.files.has(path) && isAlike(text, now));
}

function applied(files: ReadonlyMap<string, string>, writes: readonly FileWrite[]) {
  const next = new Map(files);
  for (const { path, text } of writes) {
    if (text === null) next.delete(path);
    else next.set(path, text);
  }
  return next;
}

function keep(repository: Repository, commit: Omit<Commit, 'sha'>): Commit {
  const sha = shortHash(JSON.stringify({ ...commit, files: [...commit.files] })).padEnd(40, '0');
  const made = { ...commit, sha };
  repository.commits.set(sha, made);
  return made;
}

export function createModelTree(repository: Repository): IssueTree {
  const { commits, refs } = repository;
  const files = (sha: string) => commits.get(sha)?.files ?? new Map<string, string>();
  return {
    async readHeads(_, branch) {
      const head = refs.get(`refs/heads/${branch}`);
      if (head === undefined) throw new Failure('NotFound', `there is no branch ${branch}`);
      return { head, base: refs.get('refs/sync/issues') ?? null };
    },
    isAncestor: async (_, ancestor, head) => isAncestor(repository, ancestor, head),
    changedFiles: async (_, from, to, folder) =>
      changesOf(repository, from, to).filter(({ path }) => path.startsWith(`${folder}/`)),
    async listFiles(_, commit, folder) {
      return [...files(commit).keys()].filter((path) => path.startsWith(`${folder}/`));
    },
    async readFiles(_, commit, paths) {
      const there = files(commit);
      return new Map(paths.map((path) => [path, there.get(path) ?? null]));
    },
    readLog: async () => [],
    async push(_, given) {
      const made = make(repository, given);
      if (given.every(({ ref }, at) => refs.get(ref) === made[at]?.sha)) {
        return { kind: 'pushed', shas: made.map(({ sha }) => sha) };
      }
      for (const { ref, before } of given) {
        const now = refs.get(ref) ?? null;
        if (now !== before) return { kind: 'moved', ref, now };
      }
      for (const [at, commit] of made.entries()) move(repository, given[at]?.ref ?? '', commit);
      return { kind: 'pushed', shas: made.map(({ sha }) => sha) };
    },
  };
}

function make(repository: Repository, given: readonly TreeCommit[]): readonly Commit[] {
  const made: Commit[] = [];
  for (const { parent, writes, message, atMs } of given) {
    const shas = made.map(({ sha }) => sha);
    const named = writes.map((write) => ({ ...write, text: withNames(write, shas) }));
    const on = repository.commits.get(parent ?? '')?.files ?? new Map<string, string>();
    made.push(keep(repository, { parent, files: applied(on, named), message, atMs }));
  }
  return made;
}

/** Renamed is what has the same text, or half of its lines. */
function changesOf(repository: Repository, from: string | null, to: string): ChangedFile[] {
  const now = repository.commits.get(to)?.files ?? new Map<string, string>();
  const old = repository.commits.get(from ?? '')?.files ?? new Map<string, string>();
  const gone = new Set([...old.keys()].filter((path) => !now.has(path)));
  const changes: ChangedFile[] = [];
  for (const [path, text] of now) {
    const before = old.get(path);
    if (before === text) continue;
    const author = authorOf(repository, to, path);
    if (before !== undefined) {
      changes.push({ path, previousPath: null, change: 'modified', author });
      continue;
    }
    const previousPath = [...gone].find((each) => isAlike(old.get(each) ?? '', text)) ?? null;
    if (previousPath !== null) gone.delete(previousPath);
    const change = previousPath === null ? 'added' : 'renamed';
    changes.push({ path, previousPath, change, author });
  }
  for (const path of gone) {
    const author = authorOf(repository, to, path);
    changes.push({ path, previousPath: null, change: 'deleted', author });
  }
  return changes;
}

function isAlike(old: string, text: string): boolean {
  if (old === text) return true;
  const [before, now] = [old, text].map((each) => each.split(/\r?\n/).filter(Boolean));
  const kept = now?.filter((line) => before?.includes(line)).length ?? 0;
  return kept * 2 >= Math.max(before?.length ?? 0, now?.length ?? 0) && kept > 0;
}

function authorOf({ commits }: Repository, to: string, path: string): ChangedFile['author'] {
  let at = commits.get(to);
  const text = at?.files.get(path);
  for (let next = at; next?.files.get(path) === text && next !== undefined; ) {
    at = next;
    next = commits.get(next.parent ?? '');
  }
  return { name: 'Ann', email: 'ann@shop.test', atMs: at?.atMs ?? 0, commit: at?.sha ?? '' };
}
