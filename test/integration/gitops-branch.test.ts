/** Decisions as commits on a real branch that other people write to as well: nothing is lost and nothing old wins. */
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { TargetKey } from '../../src/domain/names.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import type { Intent } from '../../src/ports/workload.js';
import {
  file,
  type GitopsUnderTest,
  kustomization,
  startGitops,
} from '../support/gitops-platform.js';
import { checkoutWorkload, split } from '../support/platform-under-test.js';

const target: TargetKey = { service: 'checkout', environment: 'production' };
const revision = (n: number) => ({
  version: `1.${n}.0`,
  digest: `sha256:${n.toString(16).padStart(8, '0').repeat(8)}`,
});
const nameOf = (n: number) => `1.${n}.0-${n.toString(16).padStart(8, '0')}`;
const intent = (rollout: number, sequence = 1): Intent => ({
  fence: { rollout, sequence },
  key: `rollout:checkout:production:${rollout}/${sequence}`,
});
const workload = { ...checkoutWorkload };
/** So many decide, and as many others push. */
const half = process.env['SLUICE_TEST_FULL'] ? 10 : 4;

describe('a branch that is followed', function () {
  this.timeout(120_000);
  let gitops: GitopsUnderTest;
  beforeEach(async () => {
    gitops = await startGitops();
  });
  afterEach(() => gitops.dispose());

  const release = (platform: ReturnType<GitopsUnderTest['worker']>, n: number, of = intent(n)) =>
    platform.workload.applyRevision({
      ...{ target, revision: revision(n), workload, instances: 2, intent: of },
    });

  it('gets one commit that names the decision, and the file keeps all else', async () => {
    const { repository } = gitops;
    const before = await repository.read(file);
    await release(gitops.worker(), 1);
    const after = await repository.read(file);
    const expected = before.replace('"0.9.0"', '"1.1.0"').replace(/sha256:0+/, revision(1).digest);
    assert.equal(after, expected);
    const message = await repository.git('log', '-1', '--format=%an%n%B', 'main');
    assert.match(message, /^Sluice\nRelease checkout 1\.1\.0 to production\n/);
    assert.match(message, /^Sluice-Fence: 1\.1$/m);
    assert.match(message, /^Sluice-Intent: rollout:checkout:production:1\/1$/m);
  });

  it('gets no second commit for the same intent, from any worker', async () => {
    const { repository } = gitops;
    await release(gitops.worker(), 1);
    const tip = await repository.tip();
    await release(gitops.worker(), 1);
    gitops.word.synced = tip;
    const other = gitops.worker();
    const applied = { target, split: split(null, nameOf(1), 100), intent: intent(1) };
    await other.router.applySplit(applied);
    assert.equal(await repository.tip(), tip);
  });

  it('refuses an older decision by what its log says, whoever has written since', async () => {
    const { repository } = gitops;
    await release(gitops.worker(), 2);
    await repository.pushAs('bob', { 'README.md': 'unrelated' });
    const tip = await repository.tip();
    await assert.rejects(release(gitops.worker(), 1), { code: 'StaleWrite' });
    assert.equal(await repository.tip(), tip);
  });

  it('is not fooled by an old decision that somebody carried to its tip', async () => {
    const { repository } = gitops;
    await release(gitops.worker(), 1);
    const old = await repository.git('log', '-1', '--format=%B', 'main');
    await release(gitops.worker(), 2);
    const tree = (await repository.git('rev-parse', 'main^{tree}')).trim();
    const who = ['-c', 'user.name=Bob', '-c', 'user.email=bob@shop.test'];
    const made = await repository.git(...who, 'commit-tree', tree, '-p', 'main', '-m', old);
    await repository.git('update-ref', 'refs/heads/main', made.trim());
    await assert.rejects(release(gitops.worker(), 1), { code: 'StaleWrite' });
    gitops.word.synced = made.trim();
    assert.deepEqual((await gitops.worker().router.readSplit(target)).fence, intent(2).fence);
  });

  it(`takes ${2 * half} writers at once: nothing is lost, no older decision wins`, async () => {
    const { repository } = gitops;
    // Half of them are processes of one machine, which share a mirror.
    const folder = join(repository.folder, 'shared');
    const workers = Array.from({ length: half }, (_, n) => gitops.worker(n % 2 ? { folder } : {}));
    // As the engine does: what is not known to be done is done again, what is too late is not.
    const decideOn = async (n: number): Promise<number | null> => {
      for (;;) {
        const code = await release(workers[n - 1] ?? gitops.worker(), n).then(
          () => 'done',
          (error: { code?: string }) => error.code,
        );
        if (code === 'done') return n;
        if (code === 'StaleWrite') return null;
        assert.equal(code, 'Unavailable');
      }
    };
    const decisions = workers.map((_, n) => decideOn(n + 1));
    const others = Array.from({ length: half }, (_, n) =>
      repository.pushAs(`writer-${n}`, { [`notes/${n}.md`]: String(n) }),
    );
    const landed = (await Promise.all(decisions)).filter((n) => n !== null);
    await Promise.all(others);
    const subjects = await repository.subjects();
    for (let n = 0; n < half; n += 1) {
      assert.equal(await repository.read(`notes/${n}.md`), String(n));
      assert.ok(subjects.includes(`Change by writer-${n}`));
    }
    const fences = [
      ...(await repository.git('log', '--reverse', 'main')).matchAll(/Fence: (\d+)\.1/g),
    ];
    const order = fences.map(([, rollout]) => Number(rollout));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
      'the log is in the order of decisions',
    );
    assert.equal(new Set(order).size, order.length, 'no decision is there twice');
    for (const n of landed) assert.ok(order.includes(n), 'who was told so is in the log');
    assert.equal(order.at(-1), half);
    assert.ok((await repository.read(file)).includes(`newTag: "1.${half}.0"`));
    const parents = (await repository.git('log', '--format=%p', 'main')).trim().split('\n');
    assert.ok(
      parents.every((line) => line.split(' ').length < 2),
      'no merge, no lost line',
    );
  });

  it('knows a push that landed though git was killed before it said so', async () => {
    const { program, arm } = await gitops.killedAfterPush();
    const worker = gitops.worker({ program });
    await arm();
    await release(worker, 1);
    assert.deepEqual(await gitops.repository.subjects(), ['Release checkout 1.1.0 to production']);
  });

  it('says Unavailable for a push that cannot be read back, and repeats it harmlessly', async () => {
    const { repository } = gitops;
    const away = `${repository.url}.away`;
    const { program, arm } = await gitops.killedAfterPush(`mv "${repository.url}" "${away}"`);
    const worker = gitops.worker({ program });
    await arm();
    await assert.rejects(release(worker, 1), { code: 'Unavailable' });
    await rename(away, repository.url);
    await release(worker, 1);
    assert.deepEqual(await repository.subjects(), ['Release checkout 1.1.0 to production']);
  });

  it('lists the targets that were written, as long as their files are there', async () => {
    const { repository } = gitops;
    await release(gitops.worker(), 1);
    assert.deepEqual(await gitops.worker().workload.listTargets(), [target]);
    assert.deepEqual(await gitops.worker({ name: 'another' }).workload.listTargets(), []);
    const moved = { file: 'elsewhere/{service}.yaml', image: '{service}' };
    assert.deepEqual(await gitops.worker({ change: moved }).workload.listTargets(), []);
    assert.equal((await repository.subjects()).length, 1);
  });

  it('reads a commit from before the version was named in the file', async () => {
    const { repository, word } = gitops;
    const bare = 'kind: Kustomization\n';
    word.synced = await repository.pushAs('bob', { [file]: bare });
    const unnamed = word.synced.slice(0, 8);
    await repository.pushAs('bob', { [file]: kustomization });
    const worker = gitops.worker();
    await release(worker, 1);
    const [status] = await worker.workload.readRevisions(target);
    assert.equal(status?.instances[0]?.state, 'starting');
    const { split: shown } = await worker.router.readSplit(target);
    assert.deepEqual(shown, split(null, `unknown-${unnamed}`, 100));
  });

  it('goes back at once, though the follower says nothing and the API server is away', async () => {
    const { repository, word } = gitops;
    const worker = gitops.worker();
    await release(worker, 1);
    word.synced = await repository.tip();
    const noted = { target, split: stableOnly(nameOf(1)), intent: intent(1, 2) };
    await worker.router.applySplit(noted);
    const before = await repository.read(file);
    await release(worker, 2);
    const blind = gitops.worker({
      readObject: () => Promise.reject(new Error('the API server is away')),
    });
    await blind.router.applySplit({ ...noted, intent: intent(2, 2) });
    assert.equal(await repository.read(file), before);
    assert.deepEqual(await repository.subjects(), [
      'Release checkout 1.1.0 to production',
      'Promote checkout 1.1.0 in production',
      'Release checkout 1.2.0 to production',
      'Take checkout in production back to 1.1.0',
    ]);
    await assert.rejects(release(worker, 2), { code: 'StaleWrite' });
  });

  it('goes back to what the file said before us when there was no stable revision', async () => {
    const { repository } = gitops;
    const before = await repository.read(file);
    const worker = gitops.worker();
    await release(worker, 1);
    await worker.router.applySplit({ target, split: stableOnly(null), intent: intent(1, 2) });
    assert.equal(await repository.read(file), before);
  });
});
