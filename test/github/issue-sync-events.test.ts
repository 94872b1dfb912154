/** The whole way of an edit: a webhook, the sync, the other side; lost, doubled or out of order, and beside the follower of issues. */
import assert from 'node:assert/strict';
import type { SyncView } from '../../src/domain/issue-sync/view.js';
import { queryNames, updateNames, workflowTypes } from '../../src/domain/wire-names.js';
import { type KeptRepository, keepRepository } from '../support/kept-repository.js';
import { by, until } from '../support/operator.js';

const policy = `
repository:
  sync: {firstPass: go, every: 1h}
  issues: {branch: {when: labeled, labels: [ready]}, pull: {draft: false}}
`;
const id = 'issue-sync:acme/shop';

let kept: KeptRepository;
before(async function () {
  this.timeout(120_000);
  kept = await keepRepository(policy);
});
after(() => kept.stop());

const view = () => kept.engine.client.workflow.getHandle(id).query<SyncView>(queryNames.readSync);
const file = (path: string) =>
  kept.github.codeHost.contents.readFile(kept.repository, path, 'main');
const fileIs = (path: string, ready: (text: string) => boolean) =>
  until(path, async () => (await file(path)) ?? '', ready, 60_000);
const isResting = () => until('it rests', view, ({ phase }) => phase === 'resting', 60_000);
/** Requests of ours to the host since a place in its log. */
const callsSince = (place: number) =>
  kept.github.control.log
    .slice(place)
    .filter(
      ({ actor, operation }) => actor.includes('sluice') && !/^(?:git|apps)\//.test(operation),
    );

async function pass(full = true): Promise<void> {
  await kept.engine.client.workflow.getHandle(id).executeUpdate(updateNames.syncNow, {
    args: [{ ...by, full }],
  });
  await isResting();
}

describe('an edit at GitHub', function () {
  this.timeout(180_000);

  it('begins the sync and is in the file seconds after its webhook', async () => {
    const { control } = kept.github;
    const startedAtMs = performance.now();
    await control.createIssue(kept.repository, { title: 'Slow', body: 'It is.' });
    await fileIs('issues/001-slow.md', (text) => text.includes('It is.'));
    const tookMs = performance.now() - startedAtMs;
    assert.ok(tookMs < 60_000, `${tookMs} ms`);
    await kept.quiet();
    await isResting();
  });

  it('costs nothing when it is the echo of our own', async () => {
    const { control } = kept.github;
    const text = (await file('issues/001-slow.md')) ?? '';
    const place = control.log.length;
    await control.commit(kept.repository, {
      ...{ branch: 'main', author: 'ann' },
      files: { 'issues/001-slow.md': text.replace('It is.', 'It is not.') },
    });
    await until(
      'it is at the host',
      async () => control.item(kept.repository, 1).body ?? '',
      (body) => body.startsWith('It is not.'),
      60_000,
    );
    await kept.quiet();
    await isResting();
    const calls = callsSince(place).map(({ path, fields }) => `${path} ${fields.join()}`);
    // The follower of the issue asks by other calls.
    const ofIssues = calls.filter((call) => call.startsWith('/graphql'));
    // Read once before it is written, and written; the webhook of the write and the push of the file ask nothing.
    assert.equal(ofIssues.length, 2, calls.join('\n'));
    const written = callsSince(place).filter(({ isWrite }) => isWrite);
    assert.equal(written.length, 1, JSON.stringify(written));
  });

  it('arrives once, however its webhooks are doubled and mixed up', async () => {
    const { control } = kept.github;
    control.hookFaults.duplicate = 10;
    control.hookFaults.reorder = 3;
    await control.editIssue(kept.repository, 1, { title: 'Slower' }, 'bob');
    await control.editIssue(kept.repository, 1, { labels: ['bug'] }, 'bob');
    await control.editIssue(kept.repository, 1, { body: 'Really.' }, 'bob');
    control.releaseHooks();
    control.hookFaults.duplicate = 0;
    control.hookFaults.reorder = 0;
    await fileIs('issues/001-slower.md', (text) => /bug/.test(text) && /Really\./.test(text));
    await kept.quiet();
    await isResting();
  });

  it('is found by one look when no webhook told of it', async () => {
    const { control } = kept.github;
    const hook = control.world.apps.get(kept.github.app.id)?.hook;
    Object.assign(hook ?? {}, { active: false });
    await control.editIssue(kept.repository, 1, { body: 'Unheard.' }, 'bob');
    await control.createIssue(kept.repository, { title: 'Unheard', body: 'of' });
    await pass(false);
    assert.match((await file('issues/001-slower.md')) ?? '', /Unheard\./);
    assert.match((await file('issues/002-unheard.md')) ?? '', /of/);
    Object.assign(hook ?? {}, { active: true });
    const writes = control.writes().length;
    await pass();
    assert.equal(control.writes().length, writes, 'a second look writes nothing');
  });
});

describe('the follower of an issue and the sync', function () {
  this.timeout(180_000);

  it('archive the file of a merged issue once, whoever is first', async () => {
    const { control, codeHost } = kept.github;
    const { repository } = kept;
    const branch = 'feature/issue-1-slower';
    await control.commit(repository, { branch, files: { 'a.ts': 'a' } });
    const pull = await control.createPull(repository, {
      ...{ title: 'fix: slower', head: branch, body: 'Closes #1' },
    });
    const headSha = control.readRef(repository, `refs/heads/${branch}`) ?? '';
    await codeHost.pulls.mergePull(repository, pull.number, { headSha, method: 'squash' });
    await fileIs('issues/archive/001-slower.md', (text) => /state: closed/.test(text));
    await kept.quiet();
    await until(
      'the follower has ended',
      () => kept.engine.client.workflow.getHandle('issue:acme/shop:1').describe(),
      ({ status }) => status.name === 'COMPLETED',
      60_000,
    );
    await pass();
    assert.equal(await file('issues/001-slower.md'), null);
    assert.equal(control.item(repository, 1).state, 'closed');
    const main = control.readRef(repository, 'refs/heads/main') ?? '';
    const moved = await kept.github.issueTree.listFiles(repository, main, 'issues');
    assert.deepEqual([...moved].sort(), ['issues/002-unheard.md', 'issues/archive/001-slower.md']);
    const head = main;
    const writes = control.writes().length;
    await pass();
    assert.equal(control.readRef(repository, 'refs/heads/main'), head);
    assert.equal(control.writes().length, writes);
    assert.deepEqual(await kept.idsOf(workflowTypes.syncIssues), [id]);
  });
});
