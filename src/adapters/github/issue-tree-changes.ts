/** What changed between two commits over the API: by GitHub's comparison, or by both trees where that does not tell all. */
import { Failure } from '../../domain/failures.js';
import { fileChange, type TreeEntry } from '../../domain/issue-tree/tree-change.js';
import {
  folderPrefix,
  isIssuePath,
  isPlainFile,
  isPlainPath,
} from '../../domain/issue-tree/tree-path.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { ChangedFile } from '../../ports/issue-tree.js';
import { type GithubClient, nullIfNotFound } from './client.js';
import type { Question, TreeFiles } from './issue-tree-files.js';
import { place } from './items.js';

/** GitHub compares no more of them, and does not say that there are. */
const mostCompared = 300;
/** Of more changes at once, the last commit of all is named and not the last of each. */
const mostInspected = 300;
const mostComparisons = 50;

export interface TreeChanges {
  isAncestor(repository: RepositoryKey, ancestor: string, head: string): Promise<boolean>;
  changedFiles(
    repository: RepositoryKey,
    from: string | null,
    to: string,
    folder: string,
  ): Promise<readonly ChangedFile[]>;
  listEntries(
    repository: RepositoryKey,
    commit: string,
    folder: string,
  ): Promise<readonly TreeEntry[]>;
}

interface Comparison {
  readonly isDescendant: boolean;
  /** Null where GitHub may not have told all. */
  readonly files: readonly Question[] | null;
}

export function createTreeChanges(client: GithubClient, files: TreeFiles): TreeChanges {
  const code = (repository: RepositoryKey) => client.as(repository, 'readCode').rest;
  const comparisons = new Map<string, Comparison>();

  /** Null where one of them is nowhere, or they have nothing in common. */
  async function compare(
    repository: RepositoryKey,
    from: string,
    to: string,
  ): Promise<Comparison | null> {
    const key = `${repository.owner}/${repository.name} ${from} ${to}`.toLowerCase();
    const known = comparisons.get(key);
    if (known) return known;
    const parameters = { ...place(repository), basehead: `${from}...${to}`, per_page: 1 };
    const answer = await nullIfNotFound(() =>
      code(repository).repos.compareCommitsWithBasehead(parameters),
    );
    if (answer === null) return null;
    const { behind_by: behindBy, files: told } = answer.data;
    const compared: Comparison = {
      isDescendant: behindBy === 0,
      files:
        told === undefined || told.length >= mostCompared
          ? null
          : told.map(({ filename, previous_filename: previous, status }) => ({
              path: filename,
              oldPath: status === 'renamed' ? (previous ?? filename) : filename,
            })),
    };
    const [oldest] = comparisons.keys();
    if (comparisons.size >= mostComparisons && oldest !== undefined) comparisons.delete(oldest);
    comparisons.set(key, compared);
    return compared;
  }

  async function listEntries(repository: RepositoryKey, commit: string, folder: string) {
    const prefix = folderPrefix(folder);
    const tree =
      prefix === ''
        ? await files.readTree(repository, commit)
        : await files.readFolder(repository, commit, prefix.slice(0, -1));
    return tree === null ? [] : listTree(repository, tree, prefix);
  }

  async function listTree(
    repository: RepositoryKey,
    tree: string,
    prefix: string,
  ): Promise<readonly TreeEntry[]> {
    const { git } = code(repository);
    const parameters = { ...place(repository), tree_sha: tree };
    const { data } = await git.getTree({ ...parameters, recursive: '1' });
    if (!data.truncated) return data.tree.flatMap((row) => entryOf(row, prefix));
    // Too many for one answer: a folder after the other.
    const { data: here } = await git.getTree(parameters);
    if (here.truncated) {
      throw new Failure('PayloadTooLarge', `${prefix} holds too many files`, { where: prefix });
    }
    const entries = here.tree.flatMap((row) => entryOf(row, prefix));
    for (const { type, path, sha } of here.tree) {
      if (type === 'tree' && sha) {
        entries.push(...(await listTree(repository, sha, `${prefix}${path}/`)));
      }
    }
    return entries;
  }

  /** Where GitHub's comparison does not tell it: what is in both trees costs what is there. */
  async function byTrees(
    repository: RepositoryKey,
    from: string | null,
    to: string,
    folder: string,
  ): Promise<readonly ChangedFile[]> {
    const now = await listEntries(repository, to, folder);
    const old = from === null ? [] : await listEntries(repository, from, folder);
    const questions = differences(old, now).filter((one) => isAbout(one, folder));
    if (questions.length <= mostInspected) return inspect(repository, from, to, folder, questions);
    const author = await files.readAuthor(repository, to);
    const [before, after] = [old, now].map((list) => new Map(list.map((one) => [one.path, one])));
    return questions.flatMap(({ path, oldPath }) => {
      const change = fileChange(before?.get(oldPath) ?? null, after?.get(path) ?? null, folder);
      return change === null ? [] : [{ ...change, author }];
    });
  }

  async function inspect(
    repository: RepositoryKey,
    from: string | null,
    to: string,
    folder: string,
    questions: readonly Question[],
  ): Promise<readonly ChangedFile[]> {
    const inspected = await files.inspect(repository, from, to, questions);
    return inspected.flatMap(({ path, oldPath, now, old, author }) => {
      const was = old && { ...old, path: oldPath };
      const change = fileChange(was, now && { ...now, path }, folder);
      return change === null ? [] : [{ ...change, author }];
    });
  }

  return {
    listEntries,

    async isAncestor(repository, ancestor, head) {
      if (ancestor === head) return true;
      return (await compare(repository, ancestor, head))?.isDescendant ?? false;
    },

    async changedFiles(repository, from, to, folder) {
      if (from === to) return [];
      const compared = from === null ? null : await compare(repository, from, to);
      // A comparison of two that went apart is one with where they parted.
      const told = compared?.isDescendant === true ? compared.files : null;
      if (told === null) return byTrees(repository, from, to, folder);
      const questions = told.filter((one) => isAbout(one, folder));
      return inspect(repository, from, to, folder, questions);
    },
  };
}

function isAbout({ path, oldPath }: Question, folder: string): boolean {
  return isIssuePath(path, folder) || isIssuePath(oldPath, folder);
}

function entryOf(
  row: { readonly path?: string; readonly mode?: string; readonly sha?: string | null },
  prefix: string,
): TreeEntry[] {
  const { path = '', mode = '', sha } = row;
  const whole = `${prefix}${path}`;
  return sha && isPlainFile(mode) && isPlainPath(whole) ? [{ path: whole, mode, sha }] : [];
}

/** What is new with the contents of what is gone was renamed. */
function differences(old: readonly TreeEntry[], now: readonly TreeEntry[]): readonly Question[] {
  const before = new Map(old.map((entry) => [entry.path, entry]));
  const after = new Set(now.map(({ path }) => path));
  const gone = new Map<string, string[]>();
  for (const { path, sha } of old) {
    if (!after.has(path)) gone.set(sha, [...(gone.get(sha) ?? []), path]);
  }
  const questions: Question[] = [];
  for (const { path, sha, mode } of now) {
    const was = before.get(path);
    if (was?.sha === sha && was.mode === mode) continue;
    const oldPath = was === undefined ? gone.get(sha)?.shift() : undefined;
    questions.push({ path, oldPath: oldPath ?? path });
  }
  for (const paths of gone.values()) {
    questions.push(...paths.map((path) => ({ path, oldPath: path })));
  }
  return questions;
}
