/** What a pass looks at: each issue with its file, and files that are to become issues, of which an earlier pass may have made one. */
import { pairUnlinked, type UnlinkedFile } from '../../domain/issue-sync/pair.js';
import type { SyncIntent, SyncItem } from '../../domain/issue-sync/pass.js';
import { isPending } from '../../domain/issue-sync/pending.js';
import type { SyncPolicy } from '../../domain/issue-sync/schema.js';
import type { BaseRecord, HostIssue, HostState } from '../../domain/issue-sync/shapes.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { type ActivityPorts, issueTreeOf } from '../ports.js';
import type { ChangedFiles } from './sync-changed-files.js';
import type { ReadFile, Sides } from './sync-sides.js';

/**
 * Of issues whose link is in no file: it waits to be merged, or the branch was put back to before it. One that is in a file which
 * nobody can read is there, and whatever has none is another issue.
 */
export async function lonelyRecords(
  sides: Sides,
  { files, linked, unlinked, blocked }: ChangedFiles,
  records: ReadonlyMap<number, BaseRecord>,
  isRewritten: boolean,
): Promise<readonly BaseRecord[]> {
  if (unlinked.length === 0) return [];
  const loose = [...records.values()].filter(
    (record) =>
      record.tombstone === null &&
      typeof linked.get(record.number) !== 'string' &&
      !blocked.has(record.number) &&
      (isRewritten || isPending(record)),
  );
  const paths = loose.flatMap(({ path }) => (path === null || files.has(path) ? [] : [path]));
  const there = await sides.files(paths);
  return loose.filter(({ number, path }) => {
    const read = path === null ? undefined : (files.get(path) ?? there.get(path));
    return read === undefined || isOfAnother(read, number);
  });
}

/** It lies where the issue's file was. */
function isOfAnother(read: ReadFile | undefined, number: number): boolean {
  const link = read?.kind === 'file' ? read.now.file.link : null;
  return link !== null && link.number !== number;
}

/** Whose issue is gone and whose link was taken away becomes another issue. */
export function withoutLost(
  changed: ChangedFiles,
  records: ReadonlyMap<number, BaseRecord>,
): ChangedFiles {
  const isLost = (number: number, path: string | null): boolean => {
    const read = path === null ? undefined : changed.files.get(path);
    const isLinked = read?.kind !== 'file' || read.now.file.link !== null;
    return !isLinked && (records.get(number)?.tombstone ?? null) !== null;
  };
  const lost = [...changed.linked].filter(([number, path]) => isLost(number, path));
  if (lost.length === 0) return changed;
  const linked = new Map(changed.linked);
  for (const [number] of lost) linked.set(number, null);
  const unlinked = [...changed.unlinked, ...lost.flatMap(([, path]) => path ?? [])].sort();
  return { ...changed, linked, unlinked };
}

/** Where files lay when issues were to be made of them, by their paths now. */
export async function intendedPaths(
  ports: ActivityPorts,
  call: {
    readonly repository: RepositoryKey;
    readonly policy: SyncPolicy;
    readonly intents?: readonly SyncIntent[];
  },
  head: string,
  { unlinked, renamed }: ChangedFiles,
): Promise<ReadonlyMap<string, string>> {
  const { repository, policy, intents = [] } = call;
  const paths = new Map(
    unlinked.flatMap((path) => {
      const before = renamed.get(path);
      return before === undefined ? [] : [[path, before] as const];
    }),
  );
  const tree = issueTreeOf(ports, policy.mode);
  const meant = new Map<string, Set<string>>();
  for (const { path, head: from } of intents) {
    if (from === undefined || from === head || unlinked.includes(path)) continue;
    meant.set(from, (meant.get(from) ?? new Set()).add(path));
  }
  for (const [from, gone] of unlinked.length === 0 ? [] : meant) {
    if (!(await tree.isAncestor(repository, from, head))) continue;
    for (const change of await tree.changedFiles(repository, from, head, policy.folder)) {
      const { path, previousPath } = change;
      if (previousPath !== null && gone.has(previousPath)) paths.set(path, previousPath);
    }
  }
  return paths;
}

export interface Sought {
  readonly records: ReadonlyMap<number, BaseRecord>;
  readonly seen: ReadonlyMap<number, HostState>;
  readonly lonely: readonly BaseRecord[];
  /** As {@link intendedPaths}. */
  readonly moves: ReadonlyMap<string, string>;
  /** Nothing was made by us yet. */
  readonly isFirst: boolean;
  /** The branch was put back, and links with it. */
  readonly isRewritten: boolean;
}

/** In the order of their numbers, those that are still to be made last. */
export function itemsOf(
  numbers: readonly number[],
  changed: ChangedFiles,
  sought: Sought,
): readonly SyncItem[] {
  const { records } = sought;
  const by = (path: string | null) => (path === null ? null : (changed.by.get(path) ?? null));
  const { unlinked, pairs } = pairsOf(numbers, changed, sought);
  const paired = new Map([...pairs].map(([path, number]) => [number, path]));
  const pathOf = (number: number): string | null =>
    paired.get(number) ?? changed.linked.get(number) ?? pathIn(changed, records, number);
  const sorted = [...numbers].sort((a, b) => a - b);
  return [
    ...sorted
      .filter((number) => !changed.blocked.has(number))
      .map((number) => ({ number, path: pathOf(number), by: by(pathOf(number)) })),
    ...unlinked
      .filter(({ file }) => !pairs.has(file.path))
      .map(({ file: { path } }) => ({ number: null, path, by: by(path) })),
  ];
}

/** One that was deleted is null in what changed; where another's lies by now, there is none either. */
function pathIn(
  { linked, files }: ChangedFiles,
  records: ReadonlyMap<number, BaseRecord>,
  number: number,
): string | null {
  const path = linked.has(number) ? null : (records.get(number)?.path ?? null);
  return path !== null && isOfAnother(files.get(path), number) ? null : path;
}

function pairsOf(
  numbers: readonly number[],
  changed: ChangedFiles,
  { records, seen, lonely, moves, isFirst, isRewritten }: Sought,
) {
  // The link of a file may wait to be merged: then the record knows whose it is, if no other file has that link by now.
  const waiting = new Set(
    [...records.values()].flatMap(({ number, path, tombstone }) =>
      tombstone === null && typeof changed.linked.get(number) !== 'string' ? [path] : [],
    ),
  );
  const unlinked = changed.unlinked.flatMap((path): readonly UnlinkedFile[] => {
    const read = changed.files.get(path);
    if (waiting.has(path) || read?.kind !== 'file') return [];
    return [{ file: read.now.file, intended: moves.get(path) ?? path }];
  });
  const pairs = new Map<string, number>();
  const byPath = new Map(lonely.flatMap((each) => (each.path === null ? [] : [[each.path, each]])));
  for (const { file, intended } of unlinked) {
    const record = byPath.get(intended) as BaseRecord | undefined;
    if (record !== undefined) pairs.set(file.path, record.number);
  }
  const taken = new Set(pairs.values());
  const free = numbers.flatMap((number) => {
    const issue = seen.get(number);
    const isKnown = records.has(number) || changed.linked.has(number);
    return issue?.kind === 'issue' && !isKnown ? [issue] : [];
  });
  const alone = lonely.flatMap((record): readonly HostIssue[] => {
    const issue = seen.get(record.number);
    // By what the file was made of, whatever the issue says by now.
    if (taken.has(record.number) || (issue !== undefined && issue.kind !== 'issue')) return [];
    return [{ ...(issue ?? unread(record)), fields: record.file }];
  });
  const rest = unlinked.filter(({ file }) => !pairs.has(file.path));
  const found = pairUnlinked(rest, [...alone, ...free], isFirst);
  // One that was renamed and changed since is known by its title, as on the first pass.
  const left = isRewritten ? rest.filter(({ file }) => !found.has(file.path)) : [];
  const known = new Set(found.values());
  const more = pairUnlinked(
    left,
    alone.filter(({ number }) => !known.has(number)),
    true,
  );
  return { unlinked, pairs: new Map([...pairs, ...found, ...more]) };
}

function unread({ id, number, file, updatedAtMs }: BaseRecord): HostIssue {
  return {
    ...{ kind: 'issue', id, number, fields: file, markers: [], author: '' },
    ...{ createdAtMs: 0, updatedAtMs, commentCount: 0, url: '' },
  };
}
