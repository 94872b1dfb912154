/** Files of commits over the API, many in a call, and remembered: what a commit holds never changes. */
import { Failure } from '../../domain/failures.js';
import { fileText, largestFileBytes } from '../../domain/issue-tree/file-text.js';
import { isPlainFile, isPlainPath } from '../../domain/issue-tree/tree-path.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { ChangedFile } from '../../ports/issue-tree.js';
import type { GithubClient } from './client.js';
import {
  type FileAnswer,
  type FilesAnswer,
  filesInCall,
  filesQuery,
  type MadeAnswer,
} from './issue-tree-queries.js';
import { place } from './items.js';

const rememberedChars = 16 * 1024 * 1024;
const rememberedTrees = 10_000;
const rememberedParents = 1_000;

type Author = ChangedFile['author'];

/** What lies at a path. */
interface Found {
  readonly mode: string;
  readonly sha: string;
}

export interface Question {
  readonly path: string;
  /** Where it may have been before; the same as a rule. */
  readonly oldPath: string;
}

interface Inspected extends Question {
  readonly now: Found | null;
  /** Where it may have been before, in the older commit. */
  readonly old: Found | null;
  /** Of the last commit that touched it. */
  readonly author: Author;
}

export interface TreeFiles {
  readTexts(
    repository: RepositoryKey,
    commit: string,
    paths: readonly string[],
  ): Promise<ReadonlyMap<string, string | null>>;
  /** Which of them are there, as files of any kind. */
  present(
    repository: RepositoryKey,
    commit: string,
    paths: readonly string[],
  ): Promise<ReadonlySet<string>>;
  /** With their texts, which are remembered. */
  inspect(
    repository: RepositoryKey,
    from: string | null,
    to: string,
    questions: readonly Question[],
  ): Promise<readonly Inspected[]>;
  readAuthor(repository: RepositoryKey, commit: string): Promise<Author>;
  /** The tree of a commit, by its name. */
  readTree(repository: RepositoryKey, commit: string): Promise<string>;
  /** The tree of a folder of a commit; null where there is none. */
  readFolder(repository: RepositoryKey, commit: string, folder: string): Promise<string | null>;
  /** Of a commit that was made by us or read elsewhere. */
  note(repository: RepositoryKey, commit: string, tree: string): void;
  noteText(repository: RepositoryKey, commit: string, path: string, text: string | null): void;
  /** Of a commit that was made by us: what it did not write is as in its parent. */
  noteParent(
    repository: RepositoryKey,
    commit: string,
    parent: string,
    written: readonly string[],
  ): void;
  noteFile(
    repository: RepositoryKey,
    commit: string,
    path: string,
    file: FileAnswer | null,
  ): Promise<void>;
}

interface Known {
  readonly isThere: boolean;
  readonly text: string | null;
}

interface Made {
  readonly parent: string;
  readonly written: ReadonlySet<string>;
  /** In which they lie. */
  readonly folders: ReadonlySet<string>;
}

/** A file takes the place of a folder of its name, and a folder that of a file. */
function mayHaveChanged({ written, folders }: Made, path: string): boolean {
  return (
    written.has(path) || folders.has(path) || foldersOf(path).some((each) => written.has(each))
  );
}

/** @example foldersOf('a/b/c.md') is ['a', 'a/b'] */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, at) => parts.slice(0, at + 1).join('/'));
}

export function createTreeFiles(client: GithubClient): TreeFiles {
  const texts = new Map<string, Known>();
  const trees = new Map<string, string>();
  const parents = new Map<string, Made>();
  let chars = 0;
  const keyOf = (repository: RepositoryKey, commit: string, path = '') =>
    `${repositoryPath(repository).toLowerCase()} ${commit} ${path}`;

  function noteTree(repository: RepositoryKey, commit: string, tree: string): void {
    if (trees.size >= rememberedTrees) trees.clear();
    trees.set(keyOf(repository, commit), tree);
  }

  function remember(key: string, known: Known): void {
    const replaced = texts.get(key);
    if (replaced) chars -= key.length + (replaced.text?.length ?? 0);
    texts.delete(key);
    texts.set(key, known);
    chars += key.length + (known.text?.length ?? 0);
    for (const [oldest, { text }] of texts) {
      if (chars <= rememberedChars || oldest === key) break;
      texts.delete(oldest);
      chars -= oldest.length + (text?.length ?? 0);
    }
  }

  function recall(repository: RepositoryKey, commit: string, path: string): Known | undefined {
    for (let at: string | undefined = commit; at !== undefined; ) {
      const known = texts.get(keyOf(repository, at, path));
      if (known) return known;
      const made = parents.get(keyOf(repository, at));
      at = made === undefined || mayHaveChanged(made, path) ? undefined : made.parent;
    }
    return undefined;
  }

  async function ask(
    repository: RepositoryKey,
    [commit, paths]: readonly [string, readonly string[]],
    [old, olds]: readonly [string | null, readonly string[]] = [null, []],
    withHistory = false,
  ) {
    const { repository: answer } = await client.query<FilesAnswer>(
      repository,
      'readCode',
      filesQuery(paths.length, old === null ? 0 : olds.length, withHistory),
      {
        ...{ owner: repository.owner, name: repository.name, commit },
        ...Object.fromEntries(paths.map((path, n) => [`f${n}`, path])),
        ...(old !== null && { old, ...Object.fromEntries(olds.map((path, n) => [`o${n}`, path])) }),
      },
    );
    const found = answer?.commit;
    if (!found?.oid) {
      throw new Failure('NotFound', `${repositoryPath(repository)} has no commit ${commit}`, {
        where: commit,
      });
    }
    noteTree(repository, commit, found.tree.oid);
    const files = new Map(paths.map((path, n) => [path, found[`f${n}`] ?? null]));
    const known = new Map<string, Known>();
    for (const [path, file] of files) {
      const one = { isThere: file !== null, text: await textOf(client, repository, file) };
      known.set(path, one);
      remember(keyOf(repository, commit, path), one);
    }
    return { found, files, known, old: answer?.old ?? null };
  }

  async function know(repository: RepositoryKey, commit: string, paths: readonly string[]) {
    const all = [...new Set(paths.filter(isPlainPath))];
    const known = new Map<string, Known>();
    const unknown = all.filter((path) => {
      const one = recall(repository, commit, path);
      if (one) known.set(path, one);
      return one === undefined;
    });
    for (let at = 0; at < unknown.length; at += filesInCall) {
      const asked = unknown.slice(at, at + filesInCall);
      for (const [path, one] of (await ask(repository, [commit, asked])).known)
        known.set(path, one);
    }
    return known;
  }

  return {
    async readTexts(repository, commit, paths) {
      const known = await know(repository, commit, paths);
      return new Map(paths.map((path) => [path, known.get(path)?.text ?? null]));
    },

    async present(repository, commit, paths) {
      const known = await know(repository, commit, paths);
      return new Set(paths.filter((path) => known.get(path)?.isThere === true));
    },

    async inspect(repository, from, to, questions) {
      const inspected: Inspected[] = [];
      for (let at = 0; at < questions.length; at += filesInCall) {
        const part = questions.slice(at, at + filesInCall);
        const { found, files, old } = await ask(
          repository,
          [to, part.map(({ path }) => path)],
          [from, part.map(({ oldPath }) => oldPath)],
          true,
        );
        for (const [n, { path, oldPath }] of part.entries()) {
          inspected.push({
            ...{ path, oldPath },
            now: foundIn(files.get(path)),
            old: foundIn(old?.[`o${n}`]),
            author: authorOf(found[`h${n}`]?.nodes[0] ?? found),
          });
        }
      }
      return inspected;
    },

    async readAuthor(repository, commit) {
      return authorOf((await ask(repository, [commit, []])).found);
    },

    async readTree(repository, commit) {
      const known = trees.get(keyOf(repository, commit));
      return known ?? (await ask(repository, [commit, []])).found.tree.oid;
    },

    async readFolder(repository, commit, folder) {
      const file = (await ask(repository, [commit, [folder]])).files.get(folder);
      const found = foundIn(file);
      return found !== null && /^0?40000$/.test(found.mode) ? found.sha : null;
    },

    note: noteTree,

    async noteFile(repository, commit, path, file) {
      const text = await textOf(client, repository, file);
      remember(keyOf(repository, commit, path), { isThere: file !== null, text });
    },

    noteText(repository, commit, path, text) {
      remember(keyOf(repository, commit, path), { isThere: text !== null, text });
    },

    noteParent(repository, commit, parent, written) {
      const [oldest] = parents.keys();
      if (parents.size >= rememberedParents && oldest !== undefined) parents.delete(oldest);
      const folders = new Set(written.flatMap(foldersOf));
      parents.set(keyOf(repository, commit), { parent, written: new Set(written), folders });
    },
  };
}

function foundIn(file: FileAnswer | null | undefined): Found | null {
  return file ? { mode: modeOf(file.mode), sha: file.oid } : null;
}

/** A number in the schema, and nowhere said of which base: no mode is the same in both. */
function modeOf(mode: number): string {
  return mode > 100_000 ? String(mode) : mode.toString(8);
}

function authorOf({ oid, author }: MadeAnswer): Author {
  const atMs = Date.parse(author?.date ?? '');
  return {
    ...{ name: author?.name ?? '', email: author?.email ?? '', commit: oid },
    atMs: Number.isFinite(atMs) ? atMs : 0,
  };
}

/** Null for what is no text. GitHub cuts what is long, and puts something readable for what is not UTF-8. */
async function textOf(
  client: GithubClient,
  repository: RepositoryKey,
  file: FileAnswer | null,
): Promise<string | null> {
  if (!file?.object || !isPlainFile(modeOf(file.mode))) return null;
  const { byteSize = 0, isBinary, isTruncated, text } = file.object;
  if (byteSize > largestFileBytes || isBinary === true) return null;
  const isWhole =
    isTruncated === false && typeof text === 'string' && Buffer.byteLength(text) === byteSize;
  if (isWhole && !/[\0\uFFFD]/.test(text)) return text;
  const { git } = client.as(repository, 'readCode').rest;
  const { data } = await git.getBlob({ ...place(repository), file_sha: file.oid });
  return fileText(Buffer.from(data.content, data.encoding === 'base64' ? 'base64' : 'utf8'));
}
