/** `sluice sync …` from the command line through the API to the sync and back, and files where nobody may push. */
import assert from 'node:assert/strict';
import { defaultLimits } from '../../src/api/limits.js';
import { type ApiUnderTest, secrets, serveApi } from '../support/api-under-test.js';
import { runSluice } from '../support/cli-under-test.js';
import { type SyncedRepository, startSyncing, type SyncingUnderTest } from '../support/syncing.js';

const aFile = '---\ntitle: A\n---\nIt takes 9 s.\n';
const path = 'issues/001-a.md';

let syncing: SyncingUnderTest;
let api: ApiUnderTest;
before(async function () {
  this.timeout(120_000);
  syncing = await startSyncing();
  api = await serveApi(syncing.engine.client, { limits: { ...defaultLimits, answerMs: 30_000 } });
});
after(async () => {
  await api?.stop();
  await syncing?.stop();
});

describe('commands about the sync', function () {
  this.timeout(180_000);
  const sluice = (...argv: string[]) =>
    runSluice(['sync', ...argv], undefined, {
      fetch,
      env: { SLUICE_API_URL: api.url, SLUICE_TOKEN: secrets.all, SLUICE_DATA_DIR: '/nowhere' },
    });
  const why = ['--reason', 'because'];

  it('plan, run, approve, show, explain, settle, pause and resume', async () => {
    const { control } = syncing.github;
    const repository = await syncing.repository({
      sync: { firstPass: 'ask' },
      files: { 'issues/a.md': aFile },
    });
    const place = `acme/${repository.key.name}`;
    const planned = await sluice('plan', place);
    assert.match(planned.out, /^issues\/a\.md becomes an issue\n/, planned.err);
    const digest = /--digest ([0-9a-f]{32})/.exec(planned.out)?.[1] ?? '';
    assert.notEqual(digest, '');
    assert.equal(repository.issues().length, 0);

    assert.match((await sluice('run', place, ...why)).out, /it is looked at now/);
    await repository.is('it is held', ({ phase }) => phase === 'held');
    const status = await sluice('status', place);
    assert.match(status.out, /waits {4}the repository: nothing was kept the same here yet/);
    assert.ok(status.out.includes(digest), status.out);
    const wrong = await sluice('approve', place, '--digest', 'x', ...why);
    assert.match(wrong.err, /not the plan that waits/);
    assert.match(
      (await sluice('approve', place, '--digest', digest, ...why)).out,
      /it is done now/,
    );
    await repository.is('it is done', ({ lastWrite }) => lastWrite?.created === 1);

    await control.editIssue(repository.key, 1, { body: 'It takes 8 s.' }, 'bob');
    await repository.hear({ kind: 'issue', action: 'edited', number: 1 });
    await repository.is('it is in the file', ({ lastWrite }) => lastWrite?.created === 0);
    const told = await sluice('why', `${place}#1`);
    assert.match(told.out, /^#1 is issues\/001-a\.md\n/, told.err);
    assert.match(told.out, /#1 body: from GitHub, by bob \(.*, d-\d+\)/);
    const json = JSON.parse((await sluice('why', `${place}#1`, '--json')).out) as {
      changes: { fields: string[]; side: string; actor: string }[];
    };
    assert.deepEqual(
      json.changes.map(({ fields, side, actor }) => [fields[0], side, actor]).slice(0, 1),
      [['body', 'github', 'bob']],
    );
    assert.match((await sluice('log', place)).out, /#1 issue: from the file/);
    assert.match((await sluice('why', `${place}#99`)).err, /there is no #99/);
    assert.match((await sluice('why', 'nonsense#x')).err, /is not an issue/);

    const text = (await repository.file(path)) ?? '';
    await repository.commit({ [path]: text.replace('8 s', '7 s') });
    await control.editIssue(repository.key, 1, { body: 'It takes 6 s.' }, 'bob');
    await repository.pass();
    assert.match((await sluice('why', `${place}#1`)).out, /open {5}body: conflict \(#2\)/);
    const answer = ['--field', 'body', '--take', 'text', '--text', 'It takes 5 s.'];
    const settled = await sluice('resolve', `${place}#1`, ...answer, ...why);
    assert.match(settled.out, /body of #1 is settled now/, settled.err);
    await repository.is('settled', ({ waits, phase }) => waits.length === 0 && phase === 'resting');
    assert.match(repository.issue(1).body ?? '', /^It takes 5 s\./);
    assert.match((await repository.file(path)) ?? '', /It takes 5 s\./);

    assert.match((await sluice('pause', place, ...why)).out, /nothing is written/);
    assert.match((await sluice('status', place)).out, /paused {3}by ci/);
    assert.match((await sluice('run', place, ...why)).err, /not possible while it is paused/);
    assert.match((await sluice('resume', place, ...why)).out, /it goes on/);
  });

  it('abort stops the pass that runs, and the next one ends its work', async () => {
    const { control } = syncing.github;
    const repository = await syncing.repository({ files: { 'issues/a.md': aFile } });
    const place = `acme/${repository.key.name}`;
    await repository.begin();
    const idle = await sluice('abort', place, ...why);
    assert.match(idle.err, /abort is not possible while it is resting/);
    const before = await repository.file(path);
    await control.editIssue(repository.key, 1, { body: 'It takes 8 s.' }, 'bob');
    control.fault({ operation: 'git/push', kind: 'errorBeforeEffect', status: 502, times: 1_000 });
    assert.match((await sluice('run', place, ...why)).out, /it is looked at now/);
    await repository.is('it is committed', ({ phase }) => phase === 'committing');
    assert.match((await sluice('abort', place, ...why)).out, /the pass stops here/);
    const view = await repository.is('it is stopped', ({ phase }) => phase === 'paused');
    assert.deepEqual([view.trouble, view.paused?.reason], [null, 'because']);
    assert.ok(view.story.some(({ text }) => text.startsWith(`${view.paused?.actor}: abort`)));
    assert.equal(await repository.file(path), before);
    control.clearFaults();
    await sluice('resume', place, ...why);
    await repository.is('it is in the file', ({ lastWrite }) => lastWrite?.created === 0);
    assert.match((await repository.file(path)) ?? '', /8 s/);
    assert.deepEqual((await repository.view()).waits, []);
  });
});

describe('where nobody may push', function () {
  this.timeout(180_000);

  const reviewed = {
    reviews: {
      ...{ count: 1, dismissStale: false, codeOwners: false, lastPush: false },
      ...{ dismissal: null, bypass: null },
    },
    enforceAdmins: true,
  };
  const pullOf = (repository: SyncedRepository) =>
    [...syncing.github.control.repository(repository.key).items.values()].find(
      ({ pull, state }) => pull?.headRef === 'sync/files' && state === 'open',
    );

  for (const how of ['because the branch is protected', 'because the policy says so']) {
    it(`changes of files wait in one pull request, ${how}`, async () => {
      const { control, codeHost } = syncing.github;
      const isProtected = how.includes('protected');
      const repository = await syncing.repository({
        sync: isProtected ? {} : { mode: 'pull' },
        files: { 'issues/a.md': aFile },
      });
      if (isProtected) control.protect(repository.key, 'main', reviewed);
      const head = repository.head();
      const view = await repository.begin();
      assert.equal(view.trouble, null);
      assert.equal(repository.issues().length, 1);
      assert.equal(repository.head(), head, 'nothing is pushed to it');
      const kinds = view.waits.map(({ kind }) => kind);
      assert.ok(kinds.includes('pending'), JSON.stringify(view));
      assert.equal(kinds.includes('denied'), isProtected);
      await control.editIssue(repository.key, 1, { labels: ['bug'] }, 'bob');
      await repository.pass();
      const pull = pullOf(repository);
      assert.ok(pull?.pull);
      const waiting = (await repository.file(path, 'sync/files')) ?? '';
      assert.match(waiting, /number: 1/);
      assert.match(waiting, /labels: \[bug\]/);
      const writes = repository.writes();
      const tip = repository.head('refs/heads/sync/files');
      await repository.pass({ full: true });
      assert.deepEqual(
        [repository.writes(), repository.head('refs/heads/sync/files')],
        [writes, tip],
      );
      if (isProtected) control.protect(repository.key, 'main', null);
      const merged = await codeHost.pulls.mergePull(repository.key, pull.number, {
        headSha: tip ?? '',
        method: 'squash',
      });
      assert.equal(merged.kind, 'merged', JSON.stringify(merged));
      const after = await repository.pass();
      assert.deepEqual(
        after.waits.filter(({ kind }) => kind === 'pending'),
        [],
      );
      assert.deepEqual(await repository.files(), [path]);
      const quiet = repository.writes();
      await repository.pass({ full: true });
      assert.equal(repository.writes(), quiet);
      assert.equal(repository.issues().length, 1);
    });
  }
});
