/** A repository for whoever reads and pushes its files: planted past every rule, looked into past every adapter. */
import assert from 'node:assert/strict';
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import { changeTree } from '../../src/github-standin/git/tree.js';
import type { IssueTree, TreeCommit } from '../../src/ports/issue-tree.js';
import type { GithubUnderTest } from './github.js';

/** What an adapter is held to, whichever it is. */
export interface TreeUnderTest {
  readonly name: string;
  /** What the stand-in calls the call that moves the refs: for its faults and its log. */
  readonly pushes: string;
  readonly connect: (github: GithubUnderTest) => IssueTree;
  /** One that gives up waiting for its first push, which is done as soon as it is released. */
  readonly connectHasty: (github: GithubUnderTest) => {
    readonly tree: IssueTree;
    readonly release: () => Promise<void>;
  };
}

export const main = 'refs/heads/main';
export const base = 'refs/sync/issues';
export const atMs = Date.parse('2030-03-01T12:00:00Z');

export interface Planted {
  /** Null deletes; with another mode it is a link, a submodule (its commit as text), or something to run. */
  readonly [path: string]:
    | string
    | Buffer
    | null
    | { readonly mode: string; readonly text: string };
}

/** A repository of its own for a test, and what a test does in it. */
export async function treeScene(github: GithubUnderTest, files: Planted) {
  const { control } = github;
  sceneCount += 1;
  // What git says of a failure names it, and it is no refusal for that.
  const repository: RepositoryKey = { owner: 'acme', name: `protected-${sceneCount}` };
  await control.createRepository({ ...repository, isOrganization: true });
  const { git } = control.repository(repository);

  /** Made by git itself, so that any name and mode may be in it. @param parent null: a new beginning */
  async function plant(
    planted: Planted,
    by: { who?: string; parent?: string | null; at?: number; message?: string } = {},
  ): Promise<string> {
    const { who = 'ada', at = atMs, message = 'Planted\n' } = by;
    const parent = by.parent === undefined ? (git.refs().get(main) ?? null) : by.parent;
    const changes = new Map<string, { mode: string; sha: string } | null>();
    for (const [path, one] of Object.entries(planted)) {
      const isPlain = one === null || typeof one === 'string' || Buffer.isBuffer(one);
      const { mode, text } = isPlain ? { mode: '100644', text: one } : one;
      if (text === null) changes.set(path, null);
      else {
        const sha =
          mode === '160000' ? String(text) : await git.objects.write('blob', Buffer.from(text));
        changes.set(path, { mode, sha });
      }
    }
    const from = parent === null ? null : ((await git.commit(parent))?.tree ?? null);
    const person = { name: who, email: `${who}@shop.test`, atMs: at };
    return git.writeCommit({
      tree: await changeTree(git.objects, from, changes),
      parents: parent === null ? [] : [parent],
      ...{ author: person, committer: person, message },
    });
  }
  const move = (ref: string, sha: string | null) => control.setRef(repository, ref, sha);
  /** Onto the branch, as a push of theirs. */
  const commit = async (planted: Planted, by: Parameters<typeof plant>[1] = {}) => {
    const sha = await plant(planted, by);
    await move(main, sha);
    return sha;
  };
  const at = (ref: string) => control.readRef(repository, ref);
  const head = () => at(main) ?? assert.fail('no head');
  const textAt = async (commitSha: string, path: string) => {
    const found = await git.objects.read(`${commitSha}:${path}`);
    return found === null ? null : found.content.toString('utf8');
  };
  /** Subjects of all commits of a ref, newest first. */
  const subjects = async (ref: string) => {
    const shas = await git.range(null, at(ref) ?? assert.fail(ref));
    const commits = await Promise.all(shas.map((sha) => git.commit(sha)));
    return commits.map((one) => one?.message.split('\n')[0] ?? '');
  };
  /** A file and the base in one push, as a pass makes them. */
  const pass = (
    heads: { readonly head: string; readonly base: string | null },
    text: string,
    more: Partial<TreeCommit> = {},
  ): readonly TreeCommit[] => [
    {
      ...{ ref: main, before: heads.head, parent: heads.head },
      writes: [{ path: 'issues/1-a.md', text }],
      ...{ message: `Sync ${text}\n\nSync-Run: run-1`, author: null, atMs },
      ...more,
    },
    {
      ...{ ref: base, before: heads.base, parent: heads.base },
      writes: [{ path: 'issues/0/1.json', text: JSON.stringify({ text }) }],
      ...{ message: `Base ${text}`, author: null, atMs },
    },
  ];
  await commit(files, { message: 'First\n' });
  return { repository, git, plant, move, commit, at, head, textAt, subjects, pass };
}
let sceneCount = 0;
