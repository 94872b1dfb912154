/** Files that wait on a branch of their own: what is there is never lost, always asked for, and exactly what waits. */
import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityPorts } from '../../src/activities/ports.js';
import { createSyncIssueActivities } from '../../src/activities/repository/sync-issue-activities.js';
import { createMemoryLedger } from '../../src/adapters/memory/ledger.js';
import { syncPolicySchema } from '../../src/domain/issue-sync/schema.js';
import { type SyncedRepository, startSyncing, type SyncingUnderTest } from '../support/syncing.js';

let syncing: SyncingUnderTest;
before(async function () {
  this.timeout(120_000);
  syncing = await startSyncing();
});
after(() => syncing.stop());

const branch = 'sync/files';
const ref = `refs/heads/${branch}`;
const path = 'issues/001-a.md';
const aFile = '---\ntitle: A\n---\nIt takes 9 s.\n';

async function waiting(): Promise<SyncedRepository> {
  const repository = await syncing.repository({
    sync: { mode: 'pull' },
    files: { 'issues/a.md': aFile },
  });
  await repository.begin();
  return repository;
}

const pullsOf = ({ key }: SyncedRepository) =>
  [...syncing.github.control.repository(key).items.values()].filter(({ pull }) => pull !== null);

async function pathsAt(repository: SyncedRepository): Promise<readonly string[]> {
  const tip = repository.head(ref) ?? assert.fail('no branch');
  return [...(await syncing.github.issueTree.listFiles(repository.key, tip, 'issues'))].sort();
}

async function merge(repository: SyncedRepository): Promise<void> {
  const [pull] = pullsOf(repository);
  const headSha = repository.head(ref) ?? '';
  const { pulls } = syncing.github.codeHost;
  const merged = await pulls.mergePull(repository.key, pull?.number ?? 0, {
    ...{ headSha, method: 'squash' },
  });
  assert.equal(merged.kind, 'merged');
}

const backupsOf = ({ key }: SyncedRepository) =>
  syncing.github.codeHost.refs.listRefs(key, `refs/backup/${branch}/`);

describe('files that wait', function () {
  this.timeout(120_000);

  it('stay as a person left them, who is told, and count once they are merged', async () => {
    const repository = await waiting();
    const { control } = syncing.github;
    const text = (await repository.file(path, branch)) ?? '';
    const words = text.replace('9 s', '9 s and a half');
    const tip = await control.commit(repository.key, {
      ...{ branch, files: { [path]: words }, author: 'ann' },
    });
    await control.editIssue(repository.key, 1, { labels: ['slow'] }, 'bob');
    const view = await repository.pass();
    assert.equal(view.trouble, null);
    assert.equal(repository.head(ref), tip);
    const [pull] = pullsOf(repository);
    const pending = view.waits.filter(({ kind }) => kind === 'pending');
    assert.deepEqual(
      pending.map(({ number, pull: about, reason }) => [number, about, reason]),
      [
        [
          1,
          pull?.number,
          `its file waits, because somebody pushed to ${branch}: merge #${pull?.number}, or delete the branch`,
        ],
      ],
    );
    await merge(repository);
    await repository.pass();
    assert.match(repository.issue(1).body ?? '', /9 s and a half/);
    assert.match((await repository.file(path, branch)) ?? '', /labels: \[slow\]/);
    assert.match((await repository.file(path, branch)) ?? '', /9 s and a half/);
    const backups = await backupsOf(repository);
    assert.deepEqual(
      backups.map(({ sha }) => sha),
      [tip],
    );
    const [backup] = backups;
    const restored = 'refs/heads/restored';
    const { refs } = syncing.github.codeHost;
    await refs.updateRefs(repository.key, [
      { ref: restored, before: null, after: backup?.sha ?? '', force: false },
    ]);
    assert.equal(await repository.file(path, 'restored'), words);
  });

  it('are asked for by the next pass where the pull request could not be opened', async () => {
    const { control } = syncing.github;
    const repository = await syncing.repository({
      sync: { mode: 'pull' },
      files: { 'issues/a.md': aFile },
    });
    control.fault({ operation: 'pulls/create', kind: 'errorBeforeEffect', status: 502, times: 1 });
    await repository.begin();
    const view = await repository.pass();
    assert.equal(view.trouble, null);
    assert.equal(pullsOf(repository).length, 1);
    const [wait] = view.waits;
    assert.deepEqual([wait?.kind, wait?.pull], ['pending', pullsOf(repository)[0]?.number]);
    const tip = repository.head(ref);
    const writes = repository.writes();
    await repository.pass({ full: true });
    assert.deepEqual([repository.head(ref), repository.writes()], [tip, writes]);
  });

  it('are told about where a person closed their pull request, and no other is opened', async () => {
    const repository = await waiting();
    const { items } = syncing.github.codeHost;
    const [pull] = pullsOf(repository);
    await items.editItem(repository.key, pull?.number ?? 0, { state: 'closed' });
    const { waits } = await repository.pass({ full: true });
    assert.match(waits[0]?.reason ?? '', /was closed without being merged: open it again/);
    assert.equal(pullsOf(repository).length, 1);
  });

  it('all stay when one more comes, and go with what is not wanted any more', async () => {
    const repository = await waiting();
    await repository.commit({ 'issues/c.md': aFile.replace('title: A', 'title: C') });
    await repository.pass();
    assert.deepEqual(await pathsAt(repository), [path, 'issues/003-c.md']);
    await merge(repository);
    await repository.pass();
    assert.equal(repository.head(ref), null);
    assert.equal((await backupsOf(repository)).length, 2);
    assert.deepEqual(await repository.files(), [path, 'issues/003-c.md']);

    const { control } = syncing.github;
    await control.editIssue(repository.key, 1, { labels: ['slow'] }, 'bob');
    await repository.pass();
    assert.match((await repository.file(path, branch)) ?? '', /slow/);
    await control.editIssue(repository.key, 1, { labels: [] }, 'bob');
    const view = await repository.pass();
    assert.deepEqual(view.waits, []);
    assert.equal(repository.head(ref), null, 'nothing old can be merged');
  });

  it('are put on top of each other where one commit does not hold them', async () => {
    const { control, codeHost, issueTree } = syncing.github;
    const key = { owner: 'acme', name: 'many-files' };
    await control.createRepository({ ...key, files: { 'x.txt': 'x' } });
    for (const title of ['A', 'B', 'C', 'D']) await control.createIssue(key, { title });
    const ports = { codeHost, issueTree, ledger: createMemoryLedger(), now: Date.now };
    const steps = createSyncIssueActivities(ports as unknown as ActivityPorts);
    const run = <Input, Output>(step: (input: Input) => Promise<Output>, input: Input) =>
      new MockActivityEnvironment().run(step, input) as Promise<Output>;
    const policy = syncPolicySchema.parse({ mode: 'pull', firstPass: 'go' });
    const common = { repository: key, policy, branch: 'main', answers: [], heard: [], pass: 'p' };
    const look = () =>
      run(steps.planSync, {
        ...{ ...common, isFull: false, isListed: true, isPull: true, policyHead: null },
      });
    const found = await look();
    assert.ok(found.kind === 'planned');
    const { plan } = found;
    let at = { head: plan.head, base: plan.base, onto: null as string | null };
    for (const from of [0, 2]) {
      const done = await run(steps.commitSyncedIssues, {
        ...{
          ...common,
          ...at,
          subject: 's',
          reason: 'r',
          items: plan.toFile.slice(from, from + 2),
        },
        ...{ isRewritten: false, refused: [], written: [], moving: [], isLast: from > 0 },
        ...{ isPull: true, isWhole: false, cursorMs: plan.cursorMs, faulty: [], isNoted: false },
        policyVersion: 'v',
      });
      assert.ok(done.kind === 'committed');
      at = { ...at, base: done.base, onto: done.waiting ?? at.onto };
    }
    const tip = control.readRef(key, ref) ?? '';
    const paths = await issueTree.listFiles(key, tip, 'issues');
    assert.deepEqual([...paths].sort(), [
      ...['issues/001-a.md', 'issues/002-b.md', 'issues/003-c.md', 'issues/004-d.md'],
    ]);
    const again = await look();
    assert.ok(again.kind === 'planned');
    assert.deepEqual([again.plan.toFile, again.plan.toHost, again.plan.waits.length], [[], [], 4]);
  });
});
