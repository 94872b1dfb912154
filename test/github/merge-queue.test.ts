/** The merge queue on a real Temporal server and the stand-in GitHub: tried together, parted on failure, never stuck. */
import assert from 'node:assert/strict';
import { type MergingUnderTest, startMerging } from '../support/merging.js';

describe('the merge queue at work', function () {
  this.timeout(180_000);
  let scene: MergingUnderTest;
  before(async () => {
    scene = await startMerging();
    scene.ci.onTrial = async (repository) => scene.place(repository).wake();
  });
  beforeEach(() => {
    scene.ci.judge = () => 'success';
    scene.ci.trials.length = 0;
  });
  afterEach(() => scene.control.clearFaults());
  after(() => scene.stop());

  const queue = (more: object = {}) => ({ queue: { owner: 'ann', batch: 4, ...more } });
  const trialRefs = ({ owner, name }: { owner: string; name: string }) =>
    [...scene.control.repository({ owner, name }).git.refs().keys()].filter((ref) =>
      ref.startsWith('refs/heads/sluice/queue/'),
    );

  /** Four, each with a file of its own. */
  async function four(repository: { owner: string; name: string }) {
    const pulls = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      pulls.push(await scene.pull(repository, { [`${name}.txt`]: `${name}\n` }));
    }
    return pulls;
  }

  it('tries four at once and merges them in order, each with its tree proved', async () => {
    const repository = await scene.repository(queue());
    const pulls = await four(repository);
    const { wake, result } = scene.place(repository);
    await wake();
    assert.equal((await result()).merged, 4);
    assert.deepEqual(scene.ci.trials, [pulls.map(({ number }) => number)]);
    assert.deepEqual(
      [...(await scene.subjects(repository))].reverse(),
      pulls.map(({ branch, number }) => `feat: ${branch} (#${number})`),
    );
    assert.deepEqual(trialRefs(repository), []);
  });

  it('finds the bad one in three trials, says so to its author and merges the others', async () => {
    const repository = await scene.repository(queue());
    const pulls = await four(repository);
    const bad = pulls[2]?.number ?? 0;
    scene.ci.judge = (numbers) => (numbers.includes(bad) ? 'failure' : 'success');
    const { wake, result, view } = scene.place(repository);
    await wake();
    assert.equal((await result()).merged, 3);
    const item = scene.control.item(repository, bad);
    assert.deepEqual([item.state, [...item.labels]], ['open', []]);
    const comments = await scene.github.codeHost.items.listComments(repository, bad);
    assert.equal(comments.length, 1);
    assert.match(comments[0]?.body ?? '', /left the merge queue.*build ended as failure/s);
    const untilFound = scene.ci.trials.findLastIndex((each) => each.includes(bad)) + 1;
    assert.ok(untilFound <= 3, JSON.stringify(scene.ci.trials));
    assert.deepEqual(trialRefs(repository), []);
    assert.match(JSON.stringify((await view()).story), /failed together/);
  });

  it('tries anew when the base moves under a trial', async () => {
    const repository = await scene.repository(queue());
    await four(repository);
    let isMoved = false;
    scene.ci.onTrial = async () => {
      if (!isMoved) {
        isMoved = true;
        const files = { 'z.txt': 'z\n' };
        await scene.control.commit(repository, { branch: 'main', files });
      }
      await scene.place(repository).wake();
    };
    const { wake, result, view } = scene.place(repository);
    await wake();
    assert.equal((await result()).merged, 4);
    assert.equal(scene.ci.trials.length, 2);
    assert.match(JSON.stringify((await view()).story), /the base has moved/);
  });

  it('sends away whose checks never end, and names the owner while it waits', async () => {
    scene.ci.judge = () => null;
    scene.ci.onTrial = async () => undefined;
    const repository = await scene.repository(queue({ checkTimeout: '3s' }));
    const [only] = [await scene.pull(repository, { 'a.txt': 'a\n' })];
    await scene.control.commit(repository, { branch: 'main', files: { 'z.txt': 'z\n' } });
    const { wake, is, result } = scene.place(repository);
    await wake();
    const { wait } = await is((view) => view.wait !== null && view.trial !== null);
    assert.equal(wait?.owner, 'ann');
    assert.equal((await result()).merged, 0);
    assert.deepEqual([...scene.control.item(repository, only.number).labels], []);
  });

  it('merges one that holds the newest base on its own checks, without a branch', async () => {
    const repository = await scene.repository(queue());
    await scene.pull(repository, { 'a.txt': 'a\n' });
    const { wake, result } = scene.place(repository);
    await wake();
    assert.equal((await result()).merged, 1);
    assert.deepEqual(scene.ci.trials, []);
  });

  it('leaves out of a trial what conflicts with those before it, and merges none of it unproved', async () => {
    scene.ci.onTrial = async (repository) => scene.place(repository).wake();
    const repository = await scene.repository(queue());
    const first = await scene.pull(repository, { 'a.txt': 'one\n' });
    const second = await scene.pull(repository, { 'a.txt': 'two\n' });
    await scene.pull(repository, { 'b.txt': 'b\n' });
    const { wake, is } = scene.place(repository);
    await wake();
    const { pulls } = await is((view) => view.pulls.length === 1 && view.wait !== null);
    assert.equal(pulls[0]?.number, second.number);
    assert.match(pulls[0]?.why ?? '', /it conflicts with main/);
    assert.ok(scene.ci.trials.every((each) => !each.includes(second.number)));
    assert.ok((await scene.subjects(repository)).some((each) => each.includes(first.branch)));
  });

  it('says in a dry run what it would try', async () => {
    const repository = await scene.repository(queue());
    const pulls = await four(repository);
    scene.control.clearLog();
    const { steps } = await scene.place(repository).dryRun();
    assert.match(
      steps[0] ?? '',
      new RegExp(`^try ${pulls.map((p) => `#${p.number}`).join(', ')} on`),
    );
    assert.deepEqual([scene.effects(), scene.ci.trials], [[], []]);
  });
});
