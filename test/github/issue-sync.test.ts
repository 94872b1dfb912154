/** Issues and files on a real Temporal server and a GitHub: what is edited on one side appears on the other, and then it is quiet. */
import assert from 'node:assert/strict';
import { explainIssue, replayTrail, type TrailStep } from '../../src/domain/issue-sync/audit.js';
import { digestOf } from '../../src/domain/issue-sync/digest.js';
import { type SyncedRepository, startSyncing, type SyncingUnderTest } from '../support/syncing.js';

let syncing: SyncingUnderTest;
before(async function () {
  this.timeout(120_000);
  syncing = await startSyncing();
});
after(() => syncing.stop());

const linked = (title: string, more: string, body = 'It takes 9 s.') =>
  `---\ntitle: ${title}\n${more}---\n${body}\n`;

/** Another pass finds nothing to do, on neither side. */
async function isQuiet(repository: SyncedRepository): Promise<void> {
  const before = repository.writes();
  const head = repository.head();
  const base = repository.head('refs/sync/issues');
  const view = await repository.pass({ full: true });
  assert.equal(view.trouble, null);
  assert.equal(repository.writes(), before, 'nothing is written at the host');
  assert.equal(repository.head(), head, 'nothing is written to files');
  assert.equal(repository.head('refs/sync/issues'), base, 'nothing is noted');
}

describe('the sync of issues and files', function () {
  this.timeout(120_000);

  it('makes an issue of a file, and a file of an issue', async () => {
    const repository = await syncing.repository({
      files: { 'issues/slow-search.md': linked('Search is slow', 'labels: [bug]\n') },
    });
    await syncing.github.control.createIssue(repository.key, {
      title: 'Login fails',
      body: 'Why?',
    });
    const view = await repository.begin();
    assert.equal(view.trouble, null);
    const made = repository.issue(2);
    assert.deepEqual([made.title, made.state], ['Search is slow', 'open']);
    assert.deepEqual(await repository.files(), [
      'issues/001-login-fails.md',
      'issues/002-search-is-slow.md',
    ]);
    assert.match((await repository.file('issues/002-search-is-slow.md')) ?? '', /number: 2/);
    assert.match((await repository.file('issues/001-login-fails.md')) ?? '', /Why\?/);
    await isQuiet(repository);
  });

  it('carries every field from the file to the issue, and from the issue to the file', async () => {
    const { control } = syncing.github;
    const repository = await syncing.repository({ files: { 'issues/a.md': linked('A', '') } });
    const { key } = repository;
    for (const title of ['1.0', '2.0']) await control.createMilestone(key, title);
    await repository.begin();
    const path = 'issues/001-a.md';
    const text = (await repository.file(path)) ?? '';
    const edited = text
      .replace('title: A', 'title: B\nlabels: [bug, ui]\nassignees: [ann]\nmilestone: "1.0"')
      .replace('It takes 9 s.', 'It takes 10 s.\n\nReally.');
    await repository.commit({ [path]: edited });
    await repository.pass();
    const issue = repository.issue(1);
    assert.deepEqual(
      [
        issue.title,
        [...issue.labels].sort(),
        issue.assignees.map(({ login }) => login),
        issue.milestone,
      ],
      ['B', ['bug', 'ui'], ['ann'], 1],
    );
    assert.match(issue.body ?? '', /^It takes 10 s.\n\nReally.\n\n<!-- sluice:issue-sync/);
    await control.editIssue(
      key,
      1,
      {
        ...{ title: 'C', body: 'It takes no time.', labels: ['ui', 'done'] },
        ...{ assignees: ['bob'], milestone: 2 },
      },
      'bob',
    );
    await repository.pass();
    const [now] = await repository.files();
    const read = (await repository.file(now ?? '')) ?? '';
    assert.equal(now, 'issues/001-c.md');
    assert.match(read, /title: C/);
    assert.match(read, /labels: \[(?:done, ui|ui, done)\]/);
    assert.match(read, /assignees: \[bob\]/);
    assert.match(read, /milestone: "2.0"/);
    assert.match(read, /It takes no time\./);
    await isQuiet(repository);
  });

  it('closes, archives and opens again from either side', async () => {
    const { control } = syncing.github;
    const repository = await syncing.repository({ files: { 'issues/a.md': linked('A', '') } });
    await repository.begin();
    await control.editIssue(repository.key, 1, { state: 'closed', stateReason: 'not_planned' });
    await repository.pass();
    const archived = 'issues/archive/001-a.md';
    assert.deepEqual(await repository.files(), [archived]);
    const text = (await repository.file(archived)) ?? '';
    assert.match(text, /state: closed/);
    assert.match(text, /reason: not_planned/);
    await repository.commit({ [archived]: text.replace('state: closed', 'state: open') });
    await repository.pass();
    assert.equal(repository.issue(1).state, 'open');
    assert.deepEqual(await repository.files(), ['issues/001-a.md']);
    await isQuiet(repository);
  });

  it('merges what both sides changed where they did not change the same', async () => {
    const { control } = syncing.github;
    const body = ['one', 'two', 'three', 'four', 'five'];
    const repository = await syncing.repository({
      files: { 'issues/a.md': linked('A', 'labels: [x]\n', body.join('\n')) },
    });
    await repository.begin();
    const path = 'issues/001-a.md';
    const text = (await repository.file(path)) ?? '';
    await repository.commit({ [path]: text.replace('one', 'ONE').replace('[x]', '[x, file]') });
    const theirs = body.join('\n').replace('five', 'FIVE');
    await control.editIssue(repository.key, 1, { body: theirs, labels: ['github'] }, 'bob');
    const view = await repository.pass();
    assert.deepEqual([view.trouble, view.waits], [null, []]);
    const merged = ['ONE', 'two', 'three', 'four', 'FIVE'].join('\n');
    assert.ok(repository.issue(1).body?.startsWith(merged), repository.issue(1).body ?? '');
    assert.ok(((await repository.file(path)) ?? '').includes(merged));
    assert.deepEqual([...repository.issue(1).labels].sort(), ['file', 'github']);
    await isQuiet(repository);
  });

  it('loses no edit that came between its read and its write', async () => {
    const { control } = syncing.github;
    const repository = await syncing.repository({
      files: { 'issues/a.md': linked('A', '', 'one\ntwo\nthree') },
    });
    await repository.begin();
    const path = 'issues/001-a.md';
    const text = (await repository.file(path)) ?? '';
    await repository.commit({ [path]: text.replace('one', 'ONE') });
    const { syncedIssues } = syncing.engine.ports.codeHost ?? assert.fail();
    const { writeIssues } = syncedIssues;
    let meddled = 0;
    const meddling: typeof writeIssues = async (...given) => {
      meddled += 1;
      const body = (repository.issue(1).body ?? '').replace('three', 'THREE');
      if (meddled === 1) await control.editIssue(repository.key, 1, { body }, 'bob');
      return await writeIssues(...given);
    };
    Object.assign(syncedIssues, { writeIssues: meddling });
    try {
      await repository.pass();
    } finally {
      Object.assign(syncedIssues, { writeIssues });
    }
    const merged = 'ONE\ntwo\nTHREE';
    assert.ok(repository.issue(1).body?.startsWith(merged), repository.issue(1).body ?? '');
    assert.ok(((await repository.file(path)) ?? '').includes(merged));
    await isQuiet(repository);
  });

  it('keeps comments of both sides', async () => {
    const { control } = syncing.github;
    const repository = await syncing.repository({ files: { 'issues/a.md': linked('A', '') } });
    await repository.begin();
    await control.comment(repository.key, 1, 'Seen here too.', 'bob');
    await repository.pass();
    const path = 'issues/001-a.md';
    const text = (await repository.file(path)) ?? '';
    assert.match(text, /Seen here too\./);
    await repository.commit({ [path]: `${text.trimEnd()}\n\n/comment\nMended in 1.2.\n` });
    await repository.pass();
    const comments = [...repository.issue(1).comments.values()];
    assert.deepEqual(
      comments.map(({ body }) => body.split('\n')[0]),
      ['Seen here too.', 'Mended in 1.2.'],
    );
    assert.doesNotMatch((await repository.file(path)) ?? '', /^\/comment/m);
    await isQuiet(repository);
  });

  it('follows a renamed file, and takes no copy of a link for another issue', async () => {
    const repository = await syncing.repository({ files: { 'issues/a.md': linked('A', '') } });
    await repository.begin();
    const text = (await repository.file('issues/001-a.md')) ?? '';
    await repository.commit({ 'issues/001-a.md': null, 'issues/backend/slow.md': text });
    const writes = repository.writes();
    await repository.pass();
    assert.equal(repository.writes(), writes, 'a rename writes nothing at the host');
    assert.deepEqual(await repository.files(), ['issues/backend/slow.md']);
    await repository.commit({ 'issues/copy.md': text });
    const view = await repository.pass();
    assert.deepEqual(
      view.waits.map(({ kind, path }) => [kind, path]),
      [['faulty', 'issues/copy.md']],
    );
    assert.equal(repository.issues().length, 1);
    await isQuiet(repository);
  });

  it('tells of a file that cannot be read, with its line, and goes on when it is mended', async () => {
    const repository = await syncing.repository({
      files: { 'issues/a.md': '---\ntitle: [\n---\n', 'issues/b.md': linked('B', '') },
    });
    const view = await repository.begin();
    assert.equal(repository.issues().length, 1);
    assert.deepEqual(
      view.waits.map(({ kind, path }) => [kind, path]),
      [['faulty', 'issues/a.md']],
    );
    assert.match(view.waits[0]?.reason ?? '', /line \d/);
    await isQuiet(repository);
    await repository.commit({ 'issues/a.md': linked('A', '') });
    assert.deepEqual((await repository.pass()).waits, []);
    assert.equal(repository.issues().length, 2);
    await isQuiet(repository);
  });

  it('keeps an issue that was deleted or moved away in the archive', async () => {
    const { control } = syncing.github;
    const repository = await syncing.repository({
      files: { 'issues/a.md': linked('A', ''), 'issues/b.md': linked('B', '') },
    });
    const other = { owner: 'acme', name: `${repository.key.name}-other` };
    await control.createRepository(other);
    await repository.begin();
    await control.deleteIssue(repository.key, 1);
    await control.transferIssue(repository.key, 2, other);
    await repository.pass({ full: true });
    assert.deepEqual(await repository.files(), [
      'issues/archive/001-a.md',
      'issues/archive/002-b.md',
    ]);
    const moved = (await repository.file('issues/archive/002-b.md')) ?? '';
    assert.ok(moved.includes(`acme/${other.name}#1`), moved);
    await isQuiet(repository);
  });

  it('asks about a deleted file, closes its issue, or brings it back', async () => {
    for (const onFileDeleted of ['ask', 'close', 'restore'] as const) {
      const repository = await syncing.repository({
        sync: { onFileDeleted, guard: { issues: 25, share: '100%' } },
        files: { 'issues/a.md': linked('A', '') },
      });
      await repository.begin();
      await repository.commit({ 'issues/001-a.md': null });
      const { waits } = await repository.pass();
      const { state } = repository.issue(1);
      const files = await repository.files();
      const seen = { waits: waits.map(({ kind }) => kind), state, files };
      const expected = {
        ask: { waits: ['gone'], state: 'open', files: [] },
        close: { waits: [], state: 'closed', files: [] },
        restore: { waits: [], state: 'open', files: ['issues/001-a.md'] },
      };
      assert.deepEqual(seen, expected[onFileDeleted], onFileDeleted);
      await isQuiet(repository);
    }
  });

  it('leaves a trail by which the base is built again, and which says who changed what', async () => {
    const { control, issueTree } = syncing.github;
    const repository = await syncing.repository({
      files: { 'issues/a.md': linked('A', ''), 'issues/b.md': linked('B', '') },
    });
    const { key } = repository;
    await repository.begin();
    await control.editIssue(key, 1, { title: 'AA', labels: ['x'] }, 'bob');
    await control.deleteIssue(key, 2);
    await repository.pass({ full: true });
    const text = (await repository.file('issues/001-aa.md')) ?? '';
    await repository.commit({ 'issues/001-aa.md': text.replace('[x]', '[x, y]') }, 'ann');
    await repository.pass();

    const base = repository.head('refs/sync/issues') ?? '';
    const log = await issueTree.readLog(key, base, { path: null, atMost: 100 });
    const steps: TrailStep[] = [];
    let before = new Map<string, string | null>();
    for (const { sha, message } of log.toReversed()) {
      const paths = await issueTree.listFiles(key, sha, '');
      const now = new Map(await issueTree.readFiles(key, sha, paths));
      const written = [...now].filter(([path, one]) => before.get(path) !== one);
      const gone = [...before.keys()].filter((path) => !now.has(path));
      const writes = [...written, ...gone.map((path) => [path, null] as const)];
      steps.push({ sha, message, writes: writes.map(([path, one]) => ({ path, text: one })) });
      before = now;
    }
    const { faults, files } = replayTrail(steps, digestOf);
    assert.deepEqual(faults, []);
    assert.deepEqual(files, before);
    const [last] = explainIssue(1, log);
    assert.deepEqual([last?.field, last?.how], ['labels', 'file']);
    assert.match(last?.actor ?? '', /^ann </);
  });
});
