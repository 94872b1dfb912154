/** Bare mirrors of repositories, one for each: what of a repository is here, and how the rest comes. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../domain/failures.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { createTreeMemory, type TreeMemory } from './tree-memory.js';

export interface GitAnswer {
  /** Null when it was stopped. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GitCall {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly forMs?: number;
  /** `latin1`: a character of the output for each byte. */
  readonly encoding?: 'utf8' | 'latin1';
}

/** A git program at work in one bare repository, as the adapter is given it. */
export interface MirrorGit {
  ask(args: readonly string[], call?: GitCall): Promise<GitAnswer>;
  /** @throws Unavailable when it ends otherwise than well */
  run(args: readonly string[], call?: GitCall): Promise<string>;
}

export interface MirrorOptions {
  /** Holds the mirrors; they can be made again at any time. */
  readonly folder: string;
  readonly gitIn: (folder: string) => MirrorGit;
  /** Address to clone from, without a credential in it. */
  readonly urlOf: (repository: RepositoryKey) => string;
  /** Variables by which git is let in there; asked for at every use. */
  readonly accessTo: (repository: RepositoryKey) => Promise<Readonly<Record<string, string>>>;
}

export interface Mirror {
  readonly git: MirrorGit;
  readonly url: string;
  readonly memory: TreeMemory;
  /** Variables for a call that talks to the repository itself. */
  access(): Promise<Readonly<Record<string, string>>>;
  /** @throws Unavailable when the commits cannot be had */
  have(shas: readonly string[]): Promise<void>;
  /** Here already, without asking anybody. */
  has(sha: string): Promise<boolean>;
  /** Of two that are here. */
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** What was made here stays, and the next fetch tells that it is here. */
  keep(shas: readonly string[]): Promise<void>;
  /** Lets go of the names of all that this commit holds anyway. */
  thin(head: string): Promise<void>;
}

/** One for every repository that is asked for; share them, so that no two fetch into one folder at once. */
export interface Mirrors {
  of(repository: RepositoryKey): Promise<Mirror>;
}

/** A first mirror of a large repository takes minutes. */
export const distantMs = 20 * 60_000;
const seen = 'refs/sluice/seen/';
const mostKnown = 10_000;

/** For work within a mirror: nothing that somebody has set on this machine for himself changes what comes of it. */
export const withinMirror = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_LITERAL_PATHSPECS: '1',
} as const;

export function createMirrors(options: MirrorOptions): Mirrors {
  const mirrors = new Map<string, Promise<Mirror>>();
  const memoryOf = createTreeMemory();
  return {
    of(repository) {
      const path = repositoryPath(repository).toLowerCase();
      const known = mirrors.get(path);
      if (known) return known;
      const opened = openMirror(options, repository, memoryOf(path));
      mirrors.set(path, opened);
      opened.catch(() => mirrors.delete(path));
      return opened;
    },
  };
}

async function openMirror(
  { folder, gitIn, urlOf, accessTo }: MirrorOptions,
  repository: RepositoryKey,
  memory: TreeMemory,
): Promise<Mirror> {
  // Names differ in case on one disk and not on another; a digest does not.
  const path = repositoryPath(repository).toLowerCase();
  const home = join(folder, createHash('sha256').update(path).digest('hex').slice(0, 32));
  await mkdir(home, { recursive: true });
  const git = gitIn(home);
  await git.run(['init', '--bare', '--quiet', home]);
  const url = urlOf(repository);
  const access = () => accessTo(repository);
  /** Two fetches at once would wait for each other's locks. */
  let fetching: Promise<unknown> = Promise.resolve();
  /** Known to be here; a name holds each of them. */
  const here = new Set<string>();

  async function missing(shas: readonly string[]): Promise<string[]> {
    const asked = [...new Set(shas)].filter((sha) => !here.has(sha));
    if (asked.length === 0) return [];
    const told = await git.run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
      input: `${asked.join('\n')}\n`,
    });
    const there = new Set(
      told.split('\n').flatMap((line) => (line.endsWith(' commit') ? [line.split(' ')[0]] : [])),
    );
    if (here.size > mostKnown) here.clear();
    for (const sha of there) if (sha !== undefined) here.add(sha);
    return asked.filter((sha) => !there.has(sha));
  }

  async function fetch(shas: readonly string[]): Promise<void> {
    const absent = await missing(shas);
    if (absent.length === 0) return;
    for (const sha of absent) {
      if (/^[0-9a-f]{40,64}$/.test(sha)) continue;
      throw new Failure('InvalidInput', `"${sha.slice(0, 80)}" is not the name of a commit`);
    }
    // What git throws away, it throws away after a fetch.
    here.clear();
    // A ref for each keeps it, and tells the next fetch what is here.
    const specs = absent.map((sha) => `+${sha}:${seen}${sha}`);
    const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    await git.run(['fetch', ...quiet, '--', url, ...specs], {
      env: await access(),
      forMs: distantMs,
    });
  }

  return {
    ...{ git, url, memory, access },
    async have(shas) {
      const mine = fetching.catch(() => undefined).then(() => fetch(shas));
      fetching = mine;
      await mine;
    },
    has: async (sha) => (await missing([sha])).length === 0,

    async isAncestor(ancestor, descendant) {
      return (await git.ask(['merge-base', '--is-ancestor', ancestor, descendant])).code === 0;
    },

    async keep(shas) {
      const lines = [...new Set(shas)].map((sha) => `update ${seen}${sha} ${sha}\n`);
      // What was pushed is pushed, whether or not it has a name here.
      await git.ask(['update-ref', '--stdin'], { input: lines.join('') });
    },

    async thin(head) {
      const told = await git.run(['for-each-ref', `--merged=${head}`, '--format=%(refname)', seen]);
      const held = told.split('\n').filter((ref) => ref !== '' && ref !== `${seen}${head}`);
      if (held.length === 0) return;
      const lines = held.map((ref) => `delete ${ref}\n`);
      // A lock that a killed process left behind costs a name that stays, no more.
      await git.ask(['update-ref', '--stdin'], { input: lines.join('') });
    },
  };
}
