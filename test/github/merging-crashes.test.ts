/** Workers that die after the effect, in merging and resets: nothing is merged, told, made or lost twice. */
import assert from 'node:assert/strict';
import type { MergeResult } from '../../src/domain/merge/view.js';
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import { crashRuns, crashSeed, loseResults } from '../support/lost-results.js';
import { type MergingUnderTest, startMerging } from '../support/merging.js';
import { type ResettingUnderTest, startResetting } from '../support/resetting.js';

const seed = crashSeed();
const runs = crashRuns({ change: 6, full: 300 });
const sideBySide = 6;

/** Runs a few at once: they only wait for each other's answers. */
async function many(count: number, run: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
}

/** Bodies carry the marker of their intent: two of one marker are one too many. */
function duplicates(bodies: readonly string[]): readonly string[] {
  const markers = bodies.flatMap((body) => /<!-- sluice:(.+?) -->/.exec(body)?.[1] ?? []);
  return markers.filter((marker, n) => markers.indexOf(marker) !== n);
}

describe(`merging with lost results (seed ${seed})`, function () {
  this.timeout(runs * 30_000 + 60_000);
  const losing = loseResults({ seed, share: 0.7 });
  let scene: MergingUnderTest;
  before(async () => {
    scene = await startMerging({ losing });
  });
  after(() => scene.stop());

  async function bodiesOf(repository: RepositoryKey): Promise<readonly string[]> {
    const { items } = scene.control.repository(repository);
    const bodies = [...items.values()].map(({ body }) => body ?? '');
    for (const number of items.keys()) {
      const comments = await scene.github.codeHost.items.listComments(repository, number);
      bodies.push(...comments.map(({ body }) => body));
    }
    return bodies;
  }

  it(`merges each pull request once, in ${runs} runs`, async () => {
    // Trials carry the numbers of one repository's pull requests, the first of which is bad.
    scene.ci.judge = (numbers) => (numbers.includes(1) ? 'failure' : 'success');
    scene.ci.onTrial = async (repository) => scene.place(repository).wake();
    const withQueue = { queue: { owner: 'ann', batch: 3 } };
    await many(runs, async (n) => {
      const isQueue = n % 2 === 0;
      const repository = await scene.repository(isQueue ? withQueue : {});
      const pulls = [];
      for (const name of ['a', 'b', 'c']) {
        pulls.push(await scene.pull(repository, { [`${name}.txt`]: `${name}\n` }));
      }
      // Otherwise the first one's own checks would have judged the newest base.
      await scene.control.commit(repository, { branch: 'main', files: { 'z.txt': 'z\n' } });
      const { wake, result } = scene.place(repository);
      await wake();
      const { merged }: MergeResult = await result();
      const good = isQueue ? pulls.slice(1) : pulls;
      assert.equal(merged, good.length);
      const subjects = (await scene.subjects(repository)).slice(0, -1).toSorted();
      assert.deepEqual(subjects, good.map((p) => `feat: ${p.branch} (#${p.number})`).toSorted());
      assert.deepEqual(duplicates(await bodiesOf(repository)), []);
      const refs = [...scene.control.repository(repository).git.refs().keys()];
      assert.deepEqual(
        refs.filter((ref) => ref.startsWith('refs/heads/')),
        ['refs/heads/main', ...(isQueue ? [`refs/heads/${pulls[0]?.branch}`] : [])],
      );
    });
    const every = ['surveyMerges', 'mergeOne', 'verifyMerge', 'deleteMergedBranch'];
    const ofQueue = ['beginTrial', 'endTrial', 'ejectPull'];
    for (const activity of [...every, ...ofQueue]) assert.ok(losing.lost.has(activity), activity);
  });
});

describe(`resets with lost results (seed ${seed})`, function () {
  this.timeout(runs * 30_000 + 60_000);
  const losing = loseResults({ seed, share: 0.7 });
  let scene: ResettingUnderTest;
  before(async () => {
    scene = await startResetting({ losing });
  });
  after(() => scene.stop());

  it(`resets once, tells once and keeps everything, in ${runs} runs`, async () => {
    await many(runs, async () => {
      const repository = await scene.repository({ pulls: 'retarget' });
      const before = scene.tipOf(repository, 'develop');
      const files = { 'd.txt': 'd\n' };
      await scene.control.commit(repository, { branch: 'work', from: 'develop', files });
      const { number } = await scene.control.createPull(repository, {
        ...{ title: 'work', head: 'work', base: 'develop', as: 'bob' },
      });
      const { approve, result } = await scene.begin(repository);
      await approve('ann');
      const { outcome, backup, reason } = await result();
      assert.equal(outcome, 'reset', reason);
      const { items, git } = scene.control.repository(repository);
      const backups = [...git.refs()].filter(([ref]) => ref.includes('backup'));
      assert.deepEqual(backups, [[backup, before]]);
      assert.equal(scene.tipOf(repository, 'develop'), scene.tipOf(repository, 'main'));
      assert.equal(items.size, 2);
      for (const each of items.keys()) {
        const comments = await scene.github.codeHost.items.listComments(repository, each);
        assert.equal(comments.length, 1, `#${each}`);
      }
      const pull = await scene.github.codeHost.pulls.readPull(repository, number);
      assert.equal(pull?.base.ref, 'main');
    });
    for (const activity of ['planReset', 'tellOfReset', 'resetRefs', 'treatResetPull'] as const) {
      assert.ok(losing.lost.has(activity), activity);
    }
  });
});
