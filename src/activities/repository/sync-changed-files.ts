/** What happened to the files of a sync since the last pass: which issues they are of, which are new, which cannot be read. */
import { noteOfMarkers } from '../../domain/issue-sync/merge-body.js';
import type { FileRefusal, SyncAuthor } from '../../domain/issue-sync/pass.js';
import type { SyncPolicy } from '../../domain/issue-sync/schema.js';
import { pathTest } from '../../domain/pull-check/glob.js';
import type { BaseRecord, IssueLink } from '../../domain/issue-sync/shapes.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { ChangedFile, IssueTree } from '../../ports/issue-tree.js';
import { type ReadFile, readFile, type Sides } from './sync-sides.js';

export interface ChangedFiles {
  /** Path at the head by number; null: it was deleted. */
  readonly linked: ReadonlyMap<number, string | null>;
  /** All that say of an issue that they are its file, or said so before; last the one that is in {@link linked}. */
  readonly claims: ReadonlyMap<number, readonly string[]>;
  /** Of no issue yet, in the order of their paths. */
  readonly unlinked: readonly string[];
  readonly refused: readonly FileRefusal[];
  /** Issues whose file cannot be read: nothing is done about them. */
  readonly blocked: ReadonlySet<number>;
  readonly files: ReadonlyMap<string, ReadFile>;
  readonly by: ReadonlyMap<string, SyncAuthor>;
  /** Where a file lay before it was renamed, by its path now. */
  readonly renamed: ReadonlyMap<string, string>;
}

interface Look {
  readonly tree: IssueTree;
  readonly repository: RepositoryKey;
  readonly policy: Pick<SyncPolicy, 'folder' | 'archive' | 'ignore'>;
  readonly sides: Sides;
  readonly from: string | null;
  readonly to: string;
  /** Paths to be looked at whether or not they changed. */
  readonly again: readonly string[];
}

export async function readChangedFiles(look: Look): Promise<ChangedFiles> {
  const { tree, repository, sides, from, to } = look;
  const changes = from === to ? [] : await changesOf(look);
  const by = new Map(changes.map(({ path, author }) => [path, author] as const));
  const atMs = new Map([...by].map(([path, author]) => [path, author.atMs] as const));
  const gone = changes.filter(({ change }) => change === 'deleted').map(({ path }) => path);
  const now = changes.filter(({ change }) => change !== 'deleted').map(({ path }) => path);
  const files = await sides.files([...new Set([...now, ...look.again])], atMs);
  const unclear = unclearOf(files);
  const before = changes.flatMap(({ path, previousPath, change }) =>
    change === 'added' || (change !== 'deleted' && !unclear.has(path))
      ? []
      : [previousPath ?? path],
  );
  const old = await readOld(tree, repository, from, before);
  const previousOf = new Map(changes.map((each) => [each.path, each.previousPath ?? each.path]));

  const linked = new Map<number, string | null>();
  const claims = new Map<number, readonly string[]>();
  const unlinked: string[] = [];
  const refused: FileRefusal[] = [];
  const blocked = new Set<number>();
  for (const path of gone) {
    const number = old.get(path);
    if (number !== undefined) linked.set(number, null);
  }
  const isIgnored = ignoring(look.policy.ignore);
  const isForeign = await foreignTo(repository, sides, files);
  // Of two files with one link the one that had it before comes last, and keeps it.
  const isOlder = (path: string): number => (old.has(previousOf.get(path) ?? path) ? 1 : 0);
  const sorted = [...files.keys()].sort((a, b) => isOlder(a) - isOlder(b) || (a < b ? -1 : 1));
  for (const path of sorted) {
    const read = files.get(path);
    if (read === undefined) continue;
    const previous = old.get(previousOf.get(path) ?? path);
    const isLinked =
      previous !== undefined || (read.kind === 'file' && read.now.file.link !== null);
    if (!isLinked && isIgnored(path)) continue;
    if (read.kind === 'refused') {
      refused.push(read.refusal);
      if (previous !== undefined) blocked.add(previous);
      continue;
    }
    const { link } = read.now.file;
    const number = link?.number ?? previous;
    if (link !== null && isForeign(link)) {
      const message = `it is linked with an issue of ${link.repository}`;
      refused.push({ path, line: 1, message });
    } else if (number === undefined) {
      unlinked.push(path);
    } else {
      claims.set(number, [...(claims.get(number) ?? []), path]);
      linked.set(number, path);
    }
  }
  for (const number of blocked) linked.delete(number);
  const renamed = new Map(
    changes.flatMap(({ path, previousPath }) =>
      previousPath === null ? [] : [[path, previousPath] as const],
    ),
  );
  return { linked, claims, unlinked: unlinked.sort(), refused, blocked, files, by, renamed };
}

/** Of another repository; not where only its name was another once, for then the issue is one that we know. */
async function foreignTo(
  repository: RepositoryKey,
  sides: Sides,
  files: ReadonlyMap<string, ReadFile>,
): Promise<(link: IssueLink) => boolean> {
  const own = repositoryPath(repository).toLowerCase();
  const isNamedSo = (link: IssueLink): boolean =>
    link.repository === '' || link.repository.toLowerCase() === own;
  const others = [...files.values()].flatMap((read) => {
    const link = read.kind === 'file' ? read.now.file.link : null;
    return link === null || isNamedSo(link) ? [] : [link.number];
  });
  const known = await sides.records([...new Set(others)]);
  return (link) => !isNamedSo(link) && known.get(link.number)?.id !== link.id;
}

/** Templates and the like; a glob without a / is one of names. */
function ignoring(globs: SyncPolicy['ignore']): (path: string) => boolean {
  const isPath = pathTest(globs.filter((glob) => glob.includes('/')));
  const isName = pathTest(globs.filter((glob) => !glob.includes('/')));
  return (path) => isPath(path) || isName(path.slice(path.lastIndexOf('/') + 1));
}

/** Of which they do not say themselves, or not alone, which issue they are of: what they were before tells. */
function unclearOf(files: ReadonlyMap<string, ReadFile>): ReadonlySet<string> {
  const byNumber = new Map<number, string[]>();
  const unclear = new Set<string>();
  for (const [path, read] of files) {
    const number = read.kind === 'file' ? read.now.file.link?.number : undefined;
    if (number === undefined) unclear.add(path);
    else byNumber.set(number, [...(byNumber.get(number) ?? []), path]);
  }
  for (const paths of byNumber.values()) {
    if (paths.length > 1) for (const path of paths) unclear.add(path);
  }
  return unclear;
}

function copyOf(
  path: string,
  read: ReadFile | undefined,
  original: string,
  number: number,
): FileRefusal {
  // It may have been made of a file in which a question was left open.
  const more = read?.kind === 'file' ? noteOfMarkers(read.now.text) : '';
  return { path, line: 1, message: `it is linked with #${number}, which is ${original}${more}` };
}

/**
 * Of several files of one issue the one that the record knows keeps it, if it has the link still, else one that has it: the issue's
 * file may have been moved, and a new one put in its place. The others are copies; those without the link are to be issues of their
 * own.
 */
export async function withoutCopies(
  changed: ChangedFiles,
  records: ReadonlyMap<number, BaseRecord>,
  sides: Sides,
  ignore: SyncPolicy['ignore'],
): Promise<ChangedFiles> {
  const known = (number: number): string | null => records.get(number)?.path ?? null;
  const several = [...changed.linked].flatMap(([number, path]) => {
    const claims = changed.claims.get(number) ?? [];
    const isSeveral = claims.length > 1 || (known(number) !== null && known(number) !== path);
    return path !== null && isSeveral ? [{ number, path, claims }] : [];
  });
  if (several.length === 0) return changed;
  const there = await sides.files(several.flatMap(({ number }) => known(number) ?? []));
  const files = new Map([...changed.files, ...there]);
  const isIgnored = ignoring(ignore);
  const linked = new Map(changed.linked);
  const copies: FileRefusal[] = [];
  const freed: string[] = [];
  for (const { number, path, claims } of several) {
    const isLinked = (at: string): boolean => linkOf(files.get(at))?.number === number;
    const before = known(number);
    const isKept = before !== null && isLinked(before);
    const isThere = before !== null && claims.includes(before);
    const original = isKept ? before : (claims.findLast(isLinked) ?? (isThere ? before : path));
    linked.set(number, original);
    for (const other of claims) {
      if (other === original) continue;
      if (isLinked(other)) copies.push(copyOf(other, files.get(other), original, number));
      else if (!isIgnored(other)) freed.push(other);
    }
  }
  const unlinked = [...changed.unlinked, ...freed].sort();
  return { ...changed, linked, unlinked, files, refused: [...changed.refused, ...copies] };
}

/**
 * Issues whose file another's took the place of: they have none any more, though their path is there.
 * @param from the commit that belongs to the base
 */
export async function replacedIssues(
  { tree, repository, from }: Pick<Look, 'tree' | 'repository' | 'from'>,
  { linked, renamed }: ChangedFiles,
  records: ReadonlyMap<number, BaseRecord>,
): Promise<readonly number[]> {
  const elsewhere = [...linked].flatMap(([number, path]) =>
    path === null || renamed.has(path) || records.get(number)?.path === path ? [] : [path],
  );
  const before = await readOld(tree, repository, from, elsewhere);
  return [...new Set(before.values())].filter((number) => !linked.has(number));
}

/** Whether some file has no link, though it may have had one: an issue may have been made of it. */
export function mayBeNew({ claims, unlinked, files }: ChangedFiles): boolean {
  return (
    unlinked.length > 0 || [...claims.values()].flat().some((path) => !linkOf(files.get(path)))
  );
}

function linkOf(read: ReadFile | undefined): IssueLink | null {
  return read?.kind === 'file' ? read.now.file.link : null;
}

/**
 * An issue whose file says so and cannot be read has one: it was not deleted, wherever it lies now. What lies where it was and has no
 * link is not its file, and waits with it.
 */
export async function withoutUnread(
  changed: ChangedFiles,
  records: ReadonlyMap<number, BaseRecord>,
  sides: Sides,
): Promise<ChangedFiles> {
  const named = new Map<number, { readonly path: string | null; readonly by: string }>();
  for (const [by, read] of changed.files) {
    const number = read.kind === 'refused' ? read.number : null;
    if (number === null) continue;
    const record = records.get(number);
    if (record === undefined || record.tombstone !== null) continue;
    named.set(number, { path: changed.linked.get(number) ?? record.path, by });
  }
  if (named.size === 0) return changed;
  const there = await sides.files([...named.values()].flatMap(({ path }) => path ?? []));
  const linked = new Map(changed.linked);
  const blocked = new Set(changed.blocked);
  const refused = [...changed.refused];
  for (const [number, { path, by }] of named) {
    const read = path === null ? undefined : there.get(path);
    if (linkOf(read)?.number === number) continue;
    linked.delete(number);
    blocked.add(number);
    if (path === null || read?.kind !== 'file') continue;
    const message = `it has no link and lies where #${number} was, whose file may be ${by}, which cannot be read: it waits for that`;
    refused.push({ path, line: 1, message });
  }
  return { ...changed, linked, blocked, refused };
}

async function changesOf({ tree, repository, policy, from, to }: Look) {
  const { folder, archive } = policy;
  const changes = new Map<string, ChangedFile>();
  const folders =
    archive === false || archive.startsWith(`${folder}/`) ? [folder] : [folder, archive];
  for (const each of folders) {
    for (const change of await tree.changedFiles(repository, from, to, each)) {
      changes.set(change.path, change);
    }
  }
  return [...changes.values()];
}

/** Numbers that files were linked with, by path, at a commit. */
async function readOld(
  tree: IssueTree,
  repository: RepositoryKey,
  commit: string | null,
  paths: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  if (commit === null || paths.length === 0) return found;
  for (const [path, text] of await tree.readFiles(repository, commit, paths)) {
    if (text === null) continue;
    const read = readFile(path, text, null);
    const number = read.kind === 'file' ? read.now.file.link?.number : undefined;
    if (number !== undefined) found.set(path, number);
  }
  return found;
}
