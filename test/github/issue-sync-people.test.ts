/** What of the sync waits for people: conflicts and both ways to settle them, holds, guards, pauses and plans. */
import assert from 'node:assert/strict';
import { updateNames } from '../../src/domain/wire-names.js';
import type { PlannedSync } from '../../src/domain/issue-sync/view.js';
import { by, refusal } from '../support/operator.js';
import { fastForward } from '../support/virtual-time.js';
import { type SyncedRepository, startSyncing, type SyncingUnderTest } from '../support/syncing.js';

let syncing: SyncingUnderTest;
before(async function () {
  this.timeout(120_000);
  syncing = await startSyncing();
});
after(() => syncing.stop());

const aFile = (title: string, body = 'It takes 9 s.') => `---\ntitle: ${title}\n---\n${body}\n`;
const path = 'issues/001-a.md';

/** Issue 1 with its file, and other titles on both sides. */
async function withConflict(): Promise<SyncedRepository> {
  const repository = await syncing.repository({ files: { 'issues/a.md': aFile('A') } });
  await repository.begin();
  const text = (await repository.file(path)) ?? '';
  await repository.commit({
    [path]: text.replace('9 s', '10 s').replace('---\nIt', 'x: 1\n---\nIt'),
  });
  const { control } = syncing.github;
  await control.editIssue(repository.key, 1, { body: 'It takes 11 s.', labels: ['slow'] }, 'bob');
  const view = await repository.pass();
  assert.equal(view.trouble, null);
  assert.deepEqual(
    view.waits.map(({ kind, number, field }) => [kind, number, field]),
    [['conflict', 1, 'body']],
  );
  return repository;
}

const pullsOf = (repository: SyncedRepository) =>
  [...syncing.github.control.repository(repository.key).items.values()].filter(
    ({ pull }) => pull !== null,
  );

async function isSettled(repository: SyncedRepository, body: string): Promise<void> {
  const [pull] = pullsOf(repository);
  assert.equal(pull?.state, 'closed');
  assert.deepEqual(repository.issue(1).labels, ['slow']);
  assert.ok(repository.issue(1).body?.startsWith(body), repository.issue(1).body ?? '');
  assert.ok(((await repository.file(path)) ?? '').includes(body));
  assert.equal(repository.head('refs/heads/sync/conflict-1'), null);
  const comments = repository.issue(1).comments.map((comment) => comment.body);
  assert.equal(comments.length, 1, 'one comment, edited in place');
  assert.match(comments[0] ?? '', /the same again/);
  const writes = repository.writes();
  await repository.pass({ full: true });
  assert.equal(repository.writes(), writes);
}

describe('a conflict', function () {
  this.timeout(120_000);

  it('is asked about once, while all else goes on, and a merged pull request is the answer', async () => {
    const repository = await withConflict();
    const { control, codeHost } = syncing.github;
    assert.deepEqual([...repository.issue(1).labels].sort(), ['slow', 'sync:conflict']);
    assert.match((await repository.file(path)) ?? '', /labels: \[slow\]/, 'labels go on');
    const [pull] = pullsOf(repository);
    assert.ok(pull?.pull);
    assert.equal(pull.pull.headRef, 'sync/conflict-1');
    const asked = (await repository.file(path, 'sync/conflict-1')) ?? '';
    assert.match(asked, /<<<<<<< file[\s\S]*10 s[\s\S]*=======[\s\S]*11 s[\s\S]*>>>>>>> github/);
    const [comment, ...more] = repository.issue(1).comments;
    assert.equal(more.length, 0);
    assert.match(comment?.body ?? '', /were both changed: body/);
    const checks = await codeHost.checks.listRuns(repository.key, pull.pull.headSha);
    assert.deepEqual(
      checks.map(({ conclusion }) => conclusion),
      ['failure'],
    );
    const writes = repository.writes();
    await repository.pass({ full: true });
    assert.equal(repository.writes(), writes, 'nothing is asked twice');

    const answer = asked.replace(/<<<<<<< file[\s\S]*>>>>>>> github/, 'It takes 12 s.');
    const sha = await control.commit(repository.key, {
      ...{ branch: 'sync/conflict-1', files: { [path]: answer }, author: 'ann' },
    });
    await repository.pass();
    const [check] = await codeHost.checks.listRuns(repository.key, sha);
    assert.equal(check?.conclusion, 'success');
    const merged = await codeHost.pulls.mergePull(repository.key, pull.number, {
      headSha: sha,
      method: 'squash',
    });
    assert.equal(merged.kind, 'merged');
    await repository.pass();
    await isSettled(repository, 'It takes 12 s.');
  });

  it('stays asked about where its pull request is closed and not merged', async () => {
    const repository = await withConflict();
    const { control, codeHost } = syncing.github;
    const { key } = repository;
    const [pull] = pullsOf(repository);
    const comment = () => repository.issue(1).comments.map(({ body }) => body);
    const [asked = ''] = comment();
    await codeHost.items.editItem(key, pull?.number ?? 0, { state: 'closed' });
    const { waits } = await repository.pass();
    assert.match(waits[0]?.reason ?? '', /was closed without being merged/);
    assert.deepEqual([waits[0]?.kind, waits[0]?.pull], ['conflict', pull?.number]);
    const [again = '', ...more] = comment();
    assert.equal(more.length, 0, 'one comment, edited in place');
    assert.match(again, /^\*\*#2 was closed without being merged, so the question stays open/);
    assert.ok(again.includes('10 s') && again.includes('11 s'));
    assert.ok(repository.issue(1).labels.includes('sync:conflict'));
    const writes = repository.writes();
    await repository.pass({ full: true });
    assert.equal(repository.writes(), writes, 'it is said once');
    assert.equal(pullsOf(repository).length, 1, 'and no other pull request asks');

    await codeHost.items.editItem(key, pull?.number ?? 0, { state: 'open' });
    const view = await repository.pass();
    assert.doesNotMatch(view.waits[0]?.reason ?? '', /closed/);
    assert.deepEqual(comment(), [asked]);
    await codeHost.items.editItem(key, pull?.number ?? 0, { state: 'closed' });
    await repository.pass();
    await control.editIssue(key, 1, { body: 'It takes 10 s.' }, 'bob');
    await repository.pass();
    await isSettled(repository, 'It takes 10 s.');
  });

  it('is over when somebody makes both sides the same', async () => {
    const repository = await withConflict();
    const { control } = syncing.github;
    await control.editIssue(repository.key, 1, { body: 'It takes 10 s.' }, 'bob');
    await repository.pass();
    await isSettled(repository, 'It takes 10 s.');
  });

  it('is settled by a command', async () => {
    const repository = await withConflict();
    const answer = { ...by, issue: 1, field: 'body', take: 'github', text: null };
    const wrong = { ...answer, field: 'labels' };
    assert.match(
      await refusal(repository.tell(updateNames.resolveSync, wrong)),
      /not as it must be/,
    );
    await repository.tell(updateNames.resolveSync, answer);
    await repository.is(
      'it is settled',
      ({ waits, phase }) => waits.length === 0 && phase === 'resting',
    );
    await isSettled(repository, 'It takes 11 s.');
  });
});

describe('what waits for approval', function () {
  this.timeout(120_000);

  it('is the first pass, by exactly its plan', async () => {
    const { control } = syncing.github;
    const repository = await syncing.repository({
      sync: { firstPass: 'ask' },
      files: { 'issues/a.md': aFile('A') },
    });
    await control.createIssue(repository.key, { title: 'B', body: 'b' });
    const writes = repository.writes();
    const { phase, digest, plan } = await repository.begin();
    assert.equal(phase, 'held');
    assert.deepEqual(plan, ['#1 becomes issues/001-b.md', 'issues/a.md becomes an issue']);
    assert.equal(repository.writes(), writes);
    const approve = (of: string) => repository.tell(updateNames.approveSync, { ...by, digest: of });
    assert.match(await refusal(approve('0'.repeat(32))), /not the plan that waits/);
    await control.createIssue(repository.key, { title: 'C', body: 'c' });
    await approve(digest ?? '');
    const again = await repository.is('held anew', (view) => view.phase === 'held');
    assert.notEqual(again.digest, digest, 'another plan is approved anew');
    assert.equal(repository.writes(), writes);
    await approve(again.digest ?? '');
    const done = await repository.is('it is done', (view) => view.lastWrite !== null);
    assert.deepEqual([done.lastWrite?.created, done.lastWrite?.files], [1, 3]);
    assert.equal(repository.issues().length, 3);
  });

  it('is a mass of changes', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 8 }, (_none, n) => [`issues/${n}.md`, aFile(`T${n}`, `b${n}`)]),
    );
    const repository = await syncing.repository({ files });
    await repository.begin();
    const paths = await repository.files();
    assert.equal(paths.length, 8);
    const changed: Record<string, string> = {};
    for (const each of paths.slice(0, 6)) {
      changed[each] = ((await repository.file(each)) ?? '').replace(/\nb/, '\nbb');
    }
    await repository.commit(changed);
    const writes = repository.writes();
    const view = await repository.pass();
    assert.deepEqual([view.phase, view.waits[0]?.kind], ['held', 'mass']);
    assert.equal(repository.writes(), writes);
    await repository.tell(updateNames.approveSync, { ...by, digest: view.digest ?? '' });
    await repository.is('it is done', ({ lastWrite }) => lastWrite?.written === 6);
  });

  it('is a branch that was forced elsewhere', async () => {
    const repository = await syncing.repository({ files: { 'issues/a.md': aFile('A') } });
    const { control } = syncing.github;
    const start = repository.head() ?? '';
    await repository.begin();
    const text = (await repository.file(path)) ?? '';
    await repository.commit({ [path]: text.replace('9 s', '10 s') });
    await repository.pass();
    assert.match(repository.issue(1).body ?? '', /10 s/);
    // Back to before our own commit, with a file of somebody else's on it.
    await control.setRef(repository.key, 'refs/heads/main', start);
    await repository.commit({ 'issues/a.md': null, [path]: text });
    const writes = repository.writes();
    const view = await repository.pass();
    assert.deepEqual([view.phase, view.waits[0]?.kind], ['held', 'rewritten']);
    assert.equal(repository.writes(), writes);
    assert.match(repository.issue(1).body ?? '', /10 s/);
    await repository.tell(updateNames.approveSync, { ...by, digest: view.digest ?? '' });
    await repository.is('it is done', ({ lastWrite }) => lastWrite?.cause === 'approved by ann');
    assert.match(repository.issue(1).body ?? '', /9 s/);
  });
});

describe('the sync', function () {
  this.timeout(120_000);

  it('writes nothing while it is paused or only plans, and the plan is the same', async () => {
    const repository = await syncing.repository({ files: { 'issues/a.md': aFile('A') } });
    await repository.begin();
    await repository.tell(updateNames.pause);
    const text = (await repository.file(path)) ?? '';
    await repository.commit({ [path]: text.replace('9 s', '10 s') });
    await repository.hear({
      kind: 'push',
      action: 'updated',
      branch: 'main',
      isDefaultBranch: true,
    });
    const writes = repository.writes();
    const planned = await repository.tell<PlannedSync>(updateNames.planSync);
    assert.deepEqual(planned.lines, ['#1 is changed at GitHub: body']);
    assert.match(
      await refusal(repository.tell(updateNames.syncNow, { ...by, full: false })),
      /paused/,
    );
    assert.equal(repository.writes(), writes);
    await repository.tell(updateNames.resume);
    await repository.is('it is done', ({ lastWrite }) => lastWrite?.written === 1);

    const dry = await syncing.repository({
      sync: { dryRun: true },
      files: { 'issues/a.md': aFile('A') },
    });
    const before = dry.writes();
    const { plan } = await dry.begin();
    assert.deepEqual(plan, ['issues/a.md becomes an issue']);
    assert.equal(dry.writes(), before);
    assert.equal(dry.head('refs/sync/issues'), null);
  });

  it('looks by itself when nobody tells of anything, and now and then for what is gone', async () => {
    const { control } = syncing.github;
    const repository = await syncing.repository({
      sync: { every: '6h', fullEvery: '12h' },
      files: { 'issues/a.md': aFile('A'), 'issues/b.md': aFile('B', 'b') },
    });
    await repository.begin();
    await control.editIssue(repository.key, 1, { body: 'It takes 8 s.' }, 'bob');
    await control.deleteIssue(repository.key, 2);
    const { client } = syncing.engine;
    const seen = (what: string, lines: number) =>
      repository.is(what, ({ story, phase }) => story.length === lines && phase === 'resting');
    await fastForward(client, repository.id, 6 * 3_600_000);
    await seen('the edit is seen', 2);
    assert.match((await repository.file(path)) ?? '', /8 s/);
    assert.equal((await repository.files()).length, 2);
    await fastForward(client, repository.id, 6 * 3_600_000);
    await seen('the deletion is seen', 3);
    assert.deepEqual(await repository.files(), [path, 'issues/archive/002-b.md']);
  });

  it('ends where the policy says nothing of it any more', async () => {
    const repository = await syncing.repository();
    await repository.begin();
    await repository.commit({
      'sluice.yaml': 'apiVersion: sluice/v1\nproject: shop\nrepository: {}\n',
    });
    await repository.tell(updateNames.syncNow, { ...by, full: false });
    const end = await syncing.engine.client.workflow.getHandle(repository.id).result();
    assert.match(String(end), /not configured/);
  });
});
