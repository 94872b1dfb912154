/**
 * One branch of somebody's repository, by way of a bare mirror: reads at any commit, and commits that land on the
 * tip that was read or not at all. The mirror is a cache that several workers may share; each has a ref of its own.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../domain/failures.js';
import { createGit, type Git, type GitAnswer, gitFailure, lastWord } from './git.js';
import { accessOf, type RepositoryOptions } from './git-access.js';

/** A way back has 10 s for a fetch and a push; the first fetch of a long history takes what it takes. */
const remoteMs = 4_000;
const firstFetchMs = 600_000;
const tidyMs = 60_000;
const keptAnswers = 500;
const keptRefs = 20;
const author = 'Sluice';
const authorMail = 'sluice@localhost';

export interface BranchOptions {
  readonly repository: RepositoryOptions;
  /** Of the mirror; made when it is not there. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The git program. */
  readonly program: string;
  readonly now: () => number;
}

export interface FileAt {
  readonly text: string;
  /** As git writes it: `100644`. */
  readonly mode: string;
}

export interface Branch {
  /** For messages. */
  readonly name: string;
  /** The tip, as fetched at most `maxAgeMs` ago. @throws NotFound for a branch that is not there; Unavailable */
  tip(maxAgeMs: number): Promise<string>;
  /** Null when there is no such file. @throws InvalidInput for what is no plain file */
  read(commit: string, file: string): Promise<FileAt | null>;
  /** Both must be commits that the mirror has. */
  contains(commit: string, ancestor: string): Promise<boolean>;
  has(commit: string): Promise<boolean>;
  /** Commits whose message has a line that begins so, oldest first; all of them, or only those after `since`. */
  log(
    tip: string,
    since: string | null,
    line: string,
  ): Promise<readonly { readonly commit: string; readonly trailers: string }[]>;
  /** First parent. */
  parentOf(commit: string): Promise<string>;
  /** A commit on `parent`, not pushed yet; without a file its tree is the parent's. */
  commit(request: {
    readonly parent: string;
    readonly file: (FileAt & { readonly path: string }) | null;
    readonly message: string;
  }): Promise<string>;
  /**
   * `moved`: the branch was not at `parent` any more, and nothing is changed.
   * @throws Forbidden when the repository refuses it; Unavailable when it is not known what became of it
   */
  push(commit: string, parent: string): Promise<'pushed' | 'moved'>;
}

export function openBranch(options: BranchOptions): Branch {
  const { repository, folder, environment, program, now } = options;
  const remoteRef = `refs/heads/${repository.branch}`;
  const ours = `refs/sluice/${randomUUID()}`;
  const git: Git = createGit({ program, folder, environment });
  let opened: Promise<void> | null = null;
  let fetching: Promise<string> | null = null;
  let seen: { readonly tip: string; readonly atMs: number } | null = null;

  async function open(): Promise<void> {
    await mkdir(folder, { recursive: true });
    await git.run(['init', '--quiet', '--bare', folder]);
    const refs = await git.run([
      ...['for-each-ref', '--sort=-committerdate', '--format=%(refname)', 'refs/sluice'],
    ]);
    for (const ref of refs.split('\n').filter(Boolean).slice(keptRefs)) {
      await git.ask(['update-ref', '-d', ref]);
    }
    await git.ask(['gc', '--auto', '--quiet'], { forMs: tidyMs });
  }

  async function remotely(args: readonly string[], forMs: number): Promise<GitAnswer> {
    return git.ask(args, { env: await accessOf(repository), forMs });
  }

  async function fetch(): Promise<string> {
    opened ??= open();
    await opened.catch((error: unknown) => {
      opened = null;
      throw error;
    });
    const atMs = now();
    const known = (await git.run(['for-each-ref', '--count=1', 'refs/sluice'])) !== '';
    const asked = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-gc'];
    const answer = await remotely(
      [...asked, '--', repository.url, `+${remoteRef}:${ours}`],
      known ? remoteMs : firstFetchMs,
    );
    if (answer.code !== 0) throw fetchFailure(answer);
    const tip = (await git.run(['rev-parse', '--verify', ours])).trim();
    // A push may have been faster.
    if (seen === null || seen.atMs <= atMs) seen = { tip, atMs };
    return tip;
  }

  function fetchFailure(answer: GitAnswer): Failure {
    const { url, branch } = repository;
    if (!/couldn't find remote ref/.test(answer.stderr)) return gitFailure('fetch', answer);
    const next = `push a first commit to it: git push ${url} HEAD:${branch}`;
    return new Failure('NotFound', `there is no branch ${branch}`, { where: url, next });
  }

  async function pushed(commit: string): Promise<boolean> {
    const tip = await fetchAnew();
    return (await git.ask(['merge-base', '--is-ancestor', commit, tip])).code === 0;
  }

  /** Never one that had begun before: it may not have seen what was done since. */
  async function fetchAnew(): Promise<string> {
    await fetching?.catch(() => null);
    fetching ??= fetch().finally(() => {
      fetching = null;
    });
    return fetching;
  }

  /** What is asked of commits never changes. */
  const answers = new Map<string, unknown>();
  async function once<Value>(question: string, ask: () => Promise<Value>): Promise<Value> {
    if (answers.has(question)) return answers.get(question) as Value;
    const answer = await ask();
    if (answers.size >= keptAnswers) answers.clear();
    answers.set(question, answer);
    return answer;
  }

  return {
    name: repository.branch,
    async tip(maxAgeMs) {
      if (seen !== null && now() - seen.atMs < maxAgeMs) return seen.tip;
      return fetching !== null && maxAgeMs > 0 ? fetching : fetchAnew();
    },
    read: (commit, file) => once(`${commit}:${file}`, () => readFile(git, commit, file)),
    contains: (commit, ancestor) =>
      once(`${ancestor}..${commit}`, async () => {
        if (commit === ancestor) return true;
        return (await git.ask(['merge-base', '--is-ancestor', ancestor, commit])).code === 0;
      }),
    async has(commit) {
      return (await git.ask(['cat-file', '-e', `${commit}^{commit}`])).code === 0;
    },
    async log(tip, since, line) {
      const format = '--format=%H%x00%(trailers:only,unfold)%x00%x00';
      const range = since === null ? tip : `${since}..${tip}`;
      const matching = ['--extended-regexp', `--grep=^${line}`];
      const text = await git.run(['log', '--topo-order', '--reverse', format, ...matching, range]);
      return text.split('\0\0').flatMap((entry) => {
        const [commit = '', trailers = ''] = entry.trim().split('\0');
        return commit === '' ? [] : [{ commit, trailers }];
      });
    },
    async parentOf(commit) {
      return (await git.run(['rev-parse', '--verify', `${commit}^`])).trim();
    },
    async commit({ parent, file, message }) {
      const tree =
        file === null
          ? (await git.run(['rev-parse', '--verify', `${parent}^{tree}`])).trim()
          : await treeWith(git, folder, parent, file);
      const env = {
        ...{ GIT_AUTHOR_NAME: author, GIT_AUTHOR_EMAIL: authorMail },
        ...{ GIT_COMMITTER_NAME: author, GIT_COMMITTER_EMAIL: authorMail },
      };
      const made = ['commit-tree', tree, '-p', parent, '-F', '-'];
      return (await git.run(made, { input: message, env })).trim();
    },
    async push(commit, parent) {
      const lease = `--force-with-lease=${remoteRef}:${parent}`;
      const args = ['push', '--porcelain', lease, '--', repository.url, `${commit}:${remoteRef}`];
      const answer = await remotely(args, remoteMs);
      const status = answer.stdout.split('\n').find((line) => line.includes(`:${remoteRef}\t`));
      if (answer.code === 0) {
        seen = { tip: commit, atMs: now() };
        return 'pushed';
      }
      if (status?.startsWith('!')) {
        if (
          /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref/.test(
            status,
          )
        )
          return 'moved';
        const said = status.replace(/^.*\t/, '');
        if (!/declined|denied|protected|prohibited|not allowed/.test(said)) {
          throw new Failure('Unavailable', `git push failed: ${said}`, { seen: said });
        }
        const details = {
          where: `${repository.url} ${repository.branch}`,
          seen: said,
          next: 'let the account of the worker push to this branch',
        };
        throw new Failure('Forbidden', `the repository refuses the commit: ${said}`, details);
      }
      // Killed, cut off or unreadable: it may have landed.
      if (await pushed(commit)) return 'pushed';
      throw new Failure('Unavailable', `git push failed: ${lastWord(answer)}`, {
        where: `${repository.url} ${repository.branch}`,
      });
    },
  };
}

async function readFile(git: Git, commit: string, file: string): Promise<FileAt | null> {
  const entry = await git.run(['ls-tree', '-z', '--full-tree', commit, '--', file]);
  const match = /^(\d+) (\w+) ([0-9a-f]+)\t/.exec(entry);
  if (match === null) return null;
  const [, mode = '', type = '', blob = ''] = match;
  if (type === 'blob' && mode.startsWith('100')) {
    return { mode, text: await git.run(['cat-file', 'blob', blob]) };
  }
  const details = { where: file, seen: `${type} ${mode}`, limit: 'a file' };
  throw new Failure('InvalidInput', `${file} is no plain file in the repository`, details);
}

/** Without a work tree: the parent's index, one entry of it changed, in a place that nobody else knows. */
async function treeWith(
  git: Git,
  folder: string,
  parent: string,
  { path, mode, text }: FileAt & { readonly path: string },
): Promise<string> {
  const blob = (await git.run(['hash-object', '-w', '--stdin'], { input: text })).trim();
  const place = await mkdtemp(join(folder, 'index-'));
  try {
    const env = { GIT_INDEX_FILE: join(place, 'index') };
    await git.run(['read-tree', parent], { env });
    const input = `${mode} ${blob}\t${path}\0`;
    await git.run(['update-index', '-z', '--index-info'], { env, input });
    return (await git.run(['write-tree'], { env })).trim();
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
