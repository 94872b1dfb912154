/** The files that are kept the same as issues, read and pushed by the git program in mirrors of our own. */
import { Failure } from '../../domain/failures.js';
import { baseRef, type IssueTree } from '../../ports/issue-tree.js';
import { readChanges } from './changed-files.js';
import { type Mirrors, withinMirror } from './mirror.js';
import { pushCommits, readRefs } from './push-commits.js';
import { listEntries, readTexts } from './read-tree.js';
import { writeCommits } from './write-commits.js';

const walkMs = 5 * 60_000;

/** A host that holds a push longer has lost it. */
const usualPushMs = 5 * 60_000;

export function createGitIssueTree(
  mirrors: Mirrors,
  { pushMs = usualPushMs }: { readonly pushMs?: number } = {},
): IssueTree {
  return {
    async readHeads(repository, branch) {
      const mirror = await mirrors.of(repository);
      const ref = `refs/heads/${branch}`;
      const found = await readRefs(mirror, [ref, baseRef]);
      const head = found.get(ref);
      const base = found.get(baseRef) ?? null;
      if (head === undefined) {
        throw new Failure('NotFound', `there is no branch ${branch}`, { where: ref });
      }
      const isNew = !(await mirror.has(head));
      await mirror.have(base === null ? [head] : [head, base]);
      if (isNew) await mirror.thin(head);
      return { head, base };
    },

    async isAncestor(repository, ancestor, head) {
      const mirror = await mirrors.of(repository);
      await mirror.have([head]);
      // The whole history of what is here is here.
      return (await mirror.has(ancestor)) && (await mirror.isAncestor(ancestor, head));
    },

    async changedFiles(repository, from, to, folder) {
      const mirror = await mirrors.of(repository);
      await mirror.have([to]);
      if (from !== null) await mirror.have([from]);
      return readChanges(mirror, from, to, folder);
    },

    async listFiles(repository, commit, folder) {
      const mirror = await mirrors.of(repository);
      await mirror.have([commit]);
      return (await listEntries(mirror, commit, folder)).map(({ path }) => path);
    },

    async readFiles(repository, commit, paths) {
      const mirror = await mirrors.of(repository);
      await mirror.have([commit]);
      return readTexts(mirror, commit, paths);
    },

    async readLog(repository, commit, { path, atMost }) {
      const mirror = await mirrors.of(repository);
      await mirror.have([commit]);
      const told = await mirror.git.run(
        [
          ...['log', '-z', '--encoding=UTF-8', '--no-patch', '--format=%H%x00%ct%x00%B'],
          ...[`--max-count=${Math.max(0, Math.floor(atMost))}`, '--end-of-options', commit, '--'],
          ...(path === null ? [] : [path]),
        ],
        { env: withinMirror, forMs: walkMs },
      );
      const words = told.split('\0');
      return Array.from({ length: Math.floor(words.length / 3) }, (_none, n) => {
        const [sha = '', atS = '', message = ''] = words.slice(n * 3, n * 3 + 3);
        return { sha, atMs: Number(atS) * 1000, message: message.trimEnd() };
      });
    },

    async push(repository, commits) {
      const mirror = await mirrors.of(repository);
      await mirror.have(commits.flatMap(({ parent }) => parent ?? []));
      return pushCommits(mirror, commits, await writeCommits(mirror, commits), pushMs);
    },
  };
}
