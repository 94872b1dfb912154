/** Somebody writes at the host between the read and the write of the sync: what they wrote stays, however it ends. */
import assert from 'node:assert/strict';
import type { SyncedIssues } from '../../src/ports/code-host/synced-issues.js';
import { type SyncedRepository, startSyncing, type SyncingUnderTest } from '../support/syncing.js';

let syncing: SyncingUnderTest;
before(async function () {
  this.timeout(120_000);
  syncing = await startSyncing();
});
after(() => syncing.stop());

const aFile = (more = '', body = 'one\ntwo\nthree') => `---\ntitle: A\n${more}---\n${body}\n`;
const path = 'issues/001-a.md';

type Write = SyncedIssues['writeIssues'];

/** @param around every write of the sync, counted from one */
async function meddling(
  around: (nth: number, write: () => ReturnType<Write>) => ReturnType<Write>,
  during: () => Promise<unknown>,
): Promise<void> {
  const { syncedIssues } = syncing.engine.ports.codeHost ?? assert.fail();
  const { writeIssues } = syncedIssues;
  let nth = 0;
  const meddled: Write = (...given) => {
    nth += 1;
    return around(nth, () => writeIssues(...given));
  };
  Object.assign(syncedIssues, { writeIssues: meddled });
  try {
    await during();
  } finally {
    Object.assign(syncedIssues, { writeIssues });
  }
}

async function withFile(text = aFile()): Promise<SyncedRepository> {
  const repository = await syncing.repository({ files: { 'issues/a.md': text } });
  await repository.begin();
  return repository;
}

async function isQuiet(repository: SyncedRepository): Promise<void> {
  await repository.pass({ full: true });
  const before = [repository.writes(), repository.head(), repository.head('refs/sync/issues')];
  const view = await repository.pass({ full: true });
  assert.equal(view.trouble, null);
  const after = [repository.writes(), repository.head(), repository.head('refs/sync/issues')];
  assert.deepEqual(after, before);
}

describe('what somebody writes between the read and the write of the sync', function () {
  this.timeout(240_000);

  it('stays where they write as quickly as the sync, again and again', async () => {
    const { control } = syncing.github;
    const lines = ['one', 'two', 'three', 'four', 'five'].join('\nstays\n');
    const repository = await withFile(aFile('', `zero\nstays\n${lines}`));
    const text = (await repository.file(path)) ?? '';
    await repository.commit({ [path]: text.replace('zero', 'ZERO') });
    await meddling(
      async (nth, write) => {
        // The write, and every one that puts something back.
        const line = ['one', 'two', 'three', 'four'][nth - 1];
        if (line !== undefined) {
          const body = (repository.issue(1).body ?? '').replace(line, line.toUpperCase());
          await control.editIssue(repository.key, 1, { body }, 'bob');
        }
        return await write();
      },
      () => repository.pass(),
    );
    await isQuiet(repository);
    const kept = 'ZERO\nstays\nONE\nstays\nTWO\nstays\nTHREE\nstays\nFOUR\nstays\nfive';
    const now = repository.issue(1).body ?? '';
    assert.ok(now.startsWith(kept), now);
    assert.ok(((await repository.file(path)) ?? '').includes(kept));
  });

  it('stays where the pass died between its write and its commit, and another run goes on', async () => {
    const { control } = syncing.github;
    for (const field of ['body', 'title'] as const) {
      const repository = await withFile();
      const text = (await repository.file(path)) ?? '';
      const edited = field === 'body' ? text.replace('one', 'ONE') : text.replace(': A', ': File');
      await repository.commit({ [path]: edited });
      const handle = syncing.engine.client.workflow.getHandle(repository.id);
      const theirs = field === 'body' ? { body: 'one\ntwo\nTHREE' } : { title: 'Bob' };
      let die = (): void => undefined;
      const death = new Promise<void>((resolve) => {
        die = resolve;
      });
      await meddling(
        async (nth, write) => {
          if (nth > 1) return await write();
          await control.editIssue(repository.key, 1, theirs, 'bob');
          await write();
          await handle.terminate('as if the worker and the run were gone');
          die();
          throw new Error('nobody hears of it');
        },
        async () => {
          const passing = repository.pass().catch(() => undefined);
          await death;
          await repository.begin();
          await passing;
        },
      );
      await isQuiet(repository);
      if (field === 'body') {
        assert.match(repository.issue(1).body ?? '', /^ONE\ntwo\nTHREE/);
        assert.match((await repository.file(path)) ?? '', /ONE\ntwo\nTHREE/);
      } else {
        assert.equal(repository.issue(1).title, 'Bob');
        const { waits } = await repository.view();
        assert.deepEqual(
          waits.map((wait) => [wait.kind, wait.field]),
          [['conflict', 'title']],
        );
      }
    }
  });

  it('stays where it is a milestone, so that somebody is asked', async () => {
    const { control } = syncing.github;
    const repository = await syncing.repository({ files: { 'issues/a.md': aFile() } });
    for (const title of ['1.0', '2.0']) await control.createMilestone(repository.key, title);
    await repository.begin();
    const text = (await repository.file(path)) ?? '';
    await repository.commit({ [path]: text.replace('title: A', 'title: A\nmilestone: "1.0"') });
    await meddling(
      async (nth, write) => {
        if (nth === 1) await control.editIssue(repository.key, 1, { milestone: 2 }, 'bob');
        return await write();
      },
      () => repository.pass(),
    );
    assert.equal(repository.issue(1).milestone, 2);
    const { waits } = await repository.view();
    assert.deepEqual(
      waits.map((wait) => [wait.kind, wait.field]),
      [['conflict', 'milestone']],
    );
    await isQuiet(repository);
  });

  it('stays where an issue was opened again that the file only gives another reason', async () => {
    const { control } = syncing.github;
    const repository = await withFile();
    await control.editIssue(repository.key, 1, { state: 'closed' }, 'bob');
    await repository.pass();
    const archived = 'issues/archive/001-a.md';
    const text = (await repository.file(archived)) ?? '';
    assert.match(text, /reason: completed/);
    await repository.commit({ [archived]: text.replace('completed', 'not_planned') });
    await meddling(
      async (nth, write) => {
        if (nth === 1) await control.editIssue(repository.key, 1, { state: 'open' }, 'bob');
        return await write();
      },
      () => repository.pass(),
    );
    assert.equal(repository.issue(1).state, 'open');
    assert.deepEqual(await repository.files(), [path]);
    await isQuiet(repository);
  });

  it('is looked for in the answer of the write: twenty titles cost one call', async () => {
    const { control } = syncing.github;
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_none, n) => [`issues/${n}.md`, aFile('', `body ${n}`)]),
    );
    const guard = { issues: 1_000, share: '100%' };
    const repository = await syncing.repository({ sync: { guard }, files });
    await repository.begin();
    const changed: Record<string, string> = {};
    for (const each of await repository.files()) {
      changed[each] = ((await repository.file(each)) ?? '').replace('title: A', 'title: B');
    }
    await repository.commit(changed);
    control.clearLog();
    await repository.pass();
    const asked = control.log.filter(({ operation }) => operation === 'graphql');
    assert.ok(repository.issues().every(({ title }) => title === 'B'));
    const reads = asked.filter(({ isWrite }) => !isWrite).length;
    assert.equal(asked.length - reads, 1, 'one write');
    assert.ok(reads <= 2, `${reads} reads`);
  });
});
