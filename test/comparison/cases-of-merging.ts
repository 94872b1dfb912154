/** Cases in which both sides changed, or one of them did and nobody may hear of it twice. */
import assert from 'node:assert/strict';
import { CannotDo, type ComparedCase, type Scene } from './case.js';

const lines = ['one', 'two', 'three', 'four', 'five'];
const body = lines.join('\n');

const changed = (from: string, to: string): string => body.replace(from, to);

async function begun(scene: Scene): Promise<number> {
  const number = await scene.create({ title: 'Search is slow', body, labels: ['x'] });
  await scene.tool.run();
  await scene.fileOf(number);
  return number;
}

/** Both sides have the same, whatever it is. */
async function areSame(scene: Scene, number: number): Promise<string> {
  const { title, body: told, labels } = scene.issue(number);
  const file = scene.tool.format.read((await scene.fileOf(number)).text);
  const plain = (text: string) => text.replace(/\n*<!--[\s\S]*?-->\s*$/, '').trim();
  assert.deepEqual(
    { title: file.title, body: plain(file.body), labels: [...file.labels].sort() },
    { title, body: plain(told ?? ''), labels: [...labels].sort() },
    'the file is not what the issue is',
  );
  return file.body;
}

async function isAtRest(scene: Scene): Promise<void> {
  const before = await scene.state();
  const writes = scene.control.writes().length;
  await scene.tool.run();
  await scene.tool.run();
  assert.equal(await scene.state(), before, 'another run changes something');
  assert.equal(scene.control.writes().length, writes, 'another run writes something');
}

const noQuestion = async ({ tool }: Scene): Promise<void> =>
  assert.deepEqual(await tool.asked(), [], 'somebody is asked about it');

export const casesOfMerging: readonly ComparedCase[] = [
  {
    name: 'equal change on both sides',
    holds: 'it is no conflict, and nobody is asked',
    elsewhere:
      'gh-issue-sync: a conflict (issue.go `Overlaps` compares names of fields, not values); beads: a conflict',
    async run(scene) {
      const number = await begun(scene);
      const same = { title: 'Search takes 9 s', body: changed('two', 'TWO') };
      await scene.editFile(number, same);
      await scene.edit(number, same);
      await scene.tool.run();
      await noQuestion(scene);
      assert.equal(scene.issue(number).title, same.title);
      await areSame(scene, number);
      await isAtRest(scene);
    },
  },
  {
    name: 'other lines of one body',
    holds: 'both are in the text on both sides, and nobody is asked',
    elsewhere:
      'gh-issue-sync: a conflict (the body is one field, issue.go `ThreeWayMerge`); beads: the newer issue takes all',
    async run(scene) {
      const number = await begun(scene);
      await scene.editFile(number, { body: changed('one', 'ONE') });
      await scene.edit(number, { body: changed('five', 'FIVE') });
      await scene.tool.run();
      await scene.tool.run();
      await noQuestion(scene);
      const merged = await areSame(scene, number);
      assert.ok(merged.includes('ONE') && merged.includes('FIVE'), `one is lost: ${merged}`);
      await isAtRest(scene);
    },
  },
  {
    name: 'other fields of one issue',
    holds: 'both changes reach the other side',
    elsewhere: 'gh-issue-sync: pull leaves an issue alone whose file has any change (pull.go)',
    async run(scene) {
      const number = await begun(scene);
      await scene.editFile(number, { title: 'Search takes 9 s' });
      await scene.edit(number, { body: changed('five', 'FIVE') });
      await scene.tool.run();
      await scene.tool.run();
      await noQuestion(scene);
      assert.equal(scene.issue(number).title, 'Search takes 9 s');
      assert.ok((await areSame(scene, number)).includes('FIVE'), 'what GitHub had is lost');
    },
  },
  {
    name: 'labels on both sides',
    holds: 'each that was added is there, each that was taken away is not, and nobody is asked',
    elsewhere: 'gh-issue-sync: labels are one field, taken whole (issue.go `ThreeWayMerge`)',
    async run(scene) {
      const number = await begun(scene);
      await scene.editFile(number, { labels: ['x', 'of-file'] });
      await scene.edit(number, { labels: ['of-github'] });
      await scene.tool.run();
      await scene.tool.run();
      await noQuestion(scene);
      assert.deepEqual([...scene.issue(number).labels].sort(), ['of-file', 'of-github']);
      await areSame(scene, number);
    },
  },
  {
    name: 'one line written by both',
    holds: 'both texts can be read somewhere, and another issue goes on',
    elsewhere: 'beads: the newer issue takes all (default)',
    async run(scene) {
      const number = await begun(scene);
      const other = await scene.create({ title: 'Login fails', body: 'Why?' });
      await scene.tool.run();
      await scene.editFile(number, { body: changed('three', 'three by ann') });
      await scene.edit(number, { body: changed('three', 'three by bob') });
      await scene.edit(other, { body: 'Because.' });
      await scene.tool.run();
      const all = await scene.everything();
      assert.ok(all.includes('three by ann'), 'what the file said is lost');
      assert.ok(all.includes('three by bob'), 'what GitHub said is lost');
      assert.ok((await scene.fileOf(other)).text.includes('Because.'), 'another issue waits');
      await isAtRest(scene);
    },
  },
  {
    name: 'echo of its own writes',
    holds: 'what it wrote itself is written by nobody again, on neither side',
    elsewhere:
      'git-bug: events of labels, states and titles that it wrote come in again (export.go keeps the id of the issue for them)',
    async run(scene) {
      const number = await begun(scene);
      await scene.editFile(number, { title: 'From the file', labels: ['x', 'y'] });
      await scene.tool.run();
      await scene.edit(number, { title: 'From GitHub', body: 'short' });
      await scene.tool.run();
      await areSame(scene, number);
      await isAtRest(scene);
    },
  },
  {
    name: 'retitled there, renamed here',
    holds: 'one issue has one file, and both changes stay',
    elsewhere: null,
    async run(scene) {
      const number = await begun(scene);
      const { path, text } = await scene.fileOf(number);
      const to = path.replace(/[^/]+$/, (name) => name.replace(/search[^.]*/, 'find-it'));
      assert.notEqual(to, path);
      await scene.tool.write({ [path]: null, [to]: text });
      await scene.edit(number, { title: 'Search takes 9 s' });
      await scene.tool.run();
      await scene.tool.run();
      assert.equal(scene.issues().length, 1, 'there is another issue');
      assert.equal((await scene.numbers()).length, 1, 'there is another file');
      assert.equal(await areSame(scene, number).then(() => 'same'), 'same');
      await isAtRest(scene);
    },
  },
  {
    name: 'a comment written in a file',
    holds: 'it is at GitHub once, however often the tool runs',
    elsewhere: 'beads: comments in part; gh2md: comments only come in',
    async run(scene) {
      const number = await begun(scene);
      const { path, text } = await scene.fileOf(number);
      const written = scene.tool.format.comment(path, text, 'Seen here too.');
      if (written === null) throw new CannotDo('it posts no comments');
      await scene.tool.write(written);
      await scene.tool.run();
      await scene.tool.run();
      const said = scene
        .issue(number)
        .comments.filter(({ body: one }) => one.includes('Seen here'));
      assert.equal(said.length, 1, `it is there ${said.length} times`);
      await isAtRest(scene);
    },
  },
];
