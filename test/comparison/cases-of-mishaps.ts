/** Cases in which something happens in between: an answer is lost, somebody is quicker, something is gone. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotDo, type ComparedCase, type Scene } from './case.js';

const lateMs = 1_500;
const body = ['one', 'two', 'three', 'four', 'five'].join('\n');

async function begun(scene: Scene, title = 'Search is slow'): Promise<number> {
  const number = await scene.create({ title, body });
  await scene.tool.run();
  await scene.fileOf(number);
  return number;
}

async function newFile(scene: Scene, title: string): Promise<void> {
  const { path, text } = scene.tool.format.create({ title, body: 'It takes 9 s.', labels: [] });
  await scene.tool.write({ [path]: text });
}

/** Whether it came about that the case is about. */
function met(wasMet: () => boolean, what: string): void {
  if (!wasMet()) throw new CannotDo(`it never came to ${what}`);
}

export const casesOfMishaps: readonly ComparedCase[] = [
  {
    name: 'lost after the issue was made',
    holds: 'one file becomes one issue, whatever becomes of the answer',
    elsewhere:
      'gh-issue-sync: another issue at the next push (push.go: CreateIssue, then os.Rename, then WriteFile); git-bug: likewise (export.go)',
    async run(scene) {
      await begun(scene);
      await newFile(scene, 'Login fails');
      const lost = scene.mishaps.lose('createIssue');
      await scene.tool.run();
      await scene.tool.run();
      met(lost, 'a request that makes an issue');
      const made = scene.issues().filter(({ title }) => title === 'Login fails');
      assert.equal(made.length, 1, `there are ${made.length} issues of one file`);
      const [issue] = made;
      await scene.fileOf(issue?.number ?? 0);
      assert.equal((await scene.numbers()).length, 2);
    },
  },
  {
    name: 'lost after the comment was posted',
    holds: 'one comment of a file is one comment at GitHub',
    elsewhere: 'git-bug: another comment (export.go: mutate, then markOperationAsExported)',
    async run(scene) {
      const number = await begun(scene);
      const { path, text } = await scene.fileOf(number);
      const written = scene.tool.format.comment(path, text, 'Seen here too.');
      if (written === null) throw new CannotDo('it posts no comments');
      await scene.tool.write(written);
      const lost = scene.mishaps.lose('comment');
      await scene.tool.run();
      await scene.tool.run();
      met(lost, 'a request that posts a comment');
      const said = scene
        .issue(number)
        .comments.filter(({ body: one }) => one.includes('Seen here'));
      assert.equal(said.length, 1, `it is there ${said.length} times`);
    },
  },
  {
    name: 'edited while the list was read',
    holds: 'the next run finds it, however late the answer came',
    elsewhere:
      'gh-issue-sync: never found (pull.go takes its own clock after the fetch, `LastFullPull`); beads: clock of the client after the run',
    async run(scene) {
      const number = await begun(scene);
      await begun(scene, 'Login fails');
      await scene.edit(number, { title: 'Search takes 9 s' });
      const edited = scene.mishaps.after('listIssues', async () => {
        await scene.edit(number, { body: `${body}\nsix` });
        // GitHub tells times in seconds: only a later one is another.
        await sleep(lateMs);
      });
      await scene.tool.run();
      met(edited, 'a request for a list of issues');
      await scene.tool.run();
      const { text } = await scene.fileOf(number);
      assert.ok(text.includes('six'), 'the edit is not in the file');
    },
  },
  {
    name: 'edited between its read and its write',
    holds: 'what it wrote over is merged again: both are in the text on both sides',
    elsewhere: null,
    async run(scene) {
      const number = await begun(scene);
      await scene.editFile(number, { body: body.replace('one', 'ONE') });
      const edited = scene.mishaps.before('writeIssue', () =>
        scene.edit(number, { body: body.replace('five', 'FIVE') }),
      );
      await scene.tool.run();
      met(edited, 'a request that writes an issue');
      await scene.tool.run();
      const told = scene.issue(number).body ?? '';
      assert.ok(told.includes('FIVE'), `what somebody wrote meanwhile is lost: ${told}`);
      assert.ok(told.includes('ONE'), `what the file said is lost: ${told}`);
      const { text } = await scene.fileOf(number);
      assert.ok(text.includes('ONE') && text.includes('FIVE'), `the file is another: ${text}`);
    },
  },
  {
    name: 'pushed while it ran',
    holds: 'what somebody changes in a file meanwhile is neither lost nor written over',
    elsewhere: null,
    async run(scene) {
      const number = await begun(scene);
      const other = await begun(scene, 'Login fails');
      await scene.edit(number, { title: 'Search takes 9 s' });
      const pushed = scene.mishaps.after('listIssues', () =>
        scene.editFile(other, { body: body.replace('one', 'ONE') }),
      );
      await scene.tool.run();
      met(pushed, 'a request for a list of issues');
      await scene.tool.run();
      assert.ok((scene.issue(other).body ?? '').includes('ONE'), 'it is not at GitHub');
      assert.ok((await scene.fileOf(other)).text.includes('ONE'), 'it is not in the file');
    },
  },
  {
    name: 'file deleted',
    holds: 'the issue is not deleted, and its file comes back, it is closed, or somebody is asked',
    elsewhere: 'gh-issue-sync: the file always comes back (pull.go `restoreDeletedIssues`)',
    async run(scene) {
      const number = await begun(scene);
      const { path } = await scene.fileOf(number);
      await scene.tool.write({ [path]: null });
      await scene.tool.run();
      await scene.tool.run();
      assert.equal(scene.issues().length, 1);
      const isBack = (await scene.numbers()).includes(number);
      const isClosed = scene.issue(number).state === 'closed';
      const isAsked = (await scene.tool.asked()).includes(number);
      assert.ok(isBack || isClosed || isAsked, 'nothing came of it, and nobody knows');
      const all = await scene.everything();
      assert.ok(all.includes('three'), 'its text is lost');
    },
  },
  {
    name: 'issue deleted',
    holds: 'its text stays to be read, and it is not made anew',
    elsewhere: 'gh-issue-sync, beads: nothing is known of issues that were deleted or moved',
    async run(scene) {
      const number = await begun(scene);
      const other = await begun(scene, 'Login fails');
      await scene.control.deleteIssue(scene.repository, number);
      await scene.tool.run();
      await scene.tool.run();
      assert.deepEqual(
        scene.issues().map((issue) => issue.number),
        [other],
        'there is another issue',
      );
      const texts = [...(await scene.tool.files()).values()];
      assert.ok(
        texts.some((text) => text.includes('Search is slow')),
        'its text is lost',
      );
    },
  },
  {
    name: 'issue deleted, file edited',
    holds: 'the edit stays to be read',
    elsewhere: null,
    async run(scene) {
      const number = await begun(scene);
      await scene.control.deleteIssue(scene.repository, number);
      await scene.editFile(number, { body: body.replace('one', 'ONE') });
      await scene.tool.run();
      await scene.tool.run();
      assert.ok((await scene.everything()).includes('ONE'), 'the edit is lost');
      assert.equal(scene.issues().length <= 1, true);
    },
  },
];
