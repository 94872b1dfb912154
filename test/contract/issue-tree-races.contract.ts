/** Two who push at once, again and again: who is told that it was pushed finds it in the history for ever. */
import assert from 'node:assert/strict';
import type { TreePush } from '../../src/ports/issue-tree.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { crashRuns } from '../support/lost-results.js';
import { base, main, type TreeUnderTest, treeScene } from '../support/tree-scene.js';

const races = crashRuns({ change: 10, full: 200 });

export function describeTreeRaces({ name, connect }: TreeUnderTest): void {
  describe(`races of ${name} on the lease`, function () {
    this.timeout(30_000 + races * 4_000);
    let github: GithubUnderTest;
    before(async () => {
      github = await startGithub();
    });
    after(() => github.stop());

    it(`loses nothing in ${races} races`, async () => {
      const scene = await treeScene(github, { 'issues/1-a.md': 'a' });
      const { repository, pass, git, at } = scene;
      const writers = [connect(github), connect(github)];
      const [watcher] = writers;
      if (watcher === undefined) return;
      const { control } = github;
      const told: string[] = [];
      const counts = { pushed: 0, moved: 0, people: 0 };
      for (let race = 0; race < races; race += 1) {
        const heads = await watcher.readHeads(repository, 'main');
        // A person pushes too, in every third race, past both.
        const files = { 'notes.txt': `${race}` };
        const person =
          race % 3 === 0 ? control.commit(repository, { branch: 'main', files }) : null;
        const ends = await Promise.all<TreePush>(
          writers.map((writer, n) => writer.push(repository, pass(heads, `${race}-${n}`))),
        );
        const theirs = await person;
        for (const end of ends) {
          assert.notEqual(end.kind, 'denied');
          if (end.kind === 'pushed') told.push(...end.shas);
          if (end.kind === 'pushed') counts.pushed += 1;
          else counts.moved += 1;
        }
        assert.ok(ends.filter(({ kind }) => kind === 'pushed').length <= 1, `race ${race}`);
        if (theirs === null) continue;
        told.push(theirs);
        counts.people += 1;
      }
      const kept = new Set([
        ...(await git.range(null, at(main) ?? '')),
        ...(at(base) === null ? [] : await git.range(null, at(base) ?? '')),
      ]);
      assert.deepEqual(
        told.filter((sha) => !kept.has(sha)),
        [],
      );
      assert.equal((await git.range(null, at(base) ?? '')).length, counts.pushed);
      assert.ok(counts.moved > 0 && counts.pushed > 0);
      process.stderr.write(`      ${JSON.stringify(counts)}\n`);
    });
  });
}
