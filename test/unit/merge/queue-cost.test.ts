/** Runs of the checks per merged pull request, beside a queue that splits a failed batch into parts tried side by side. */
import assert from 'node:assert/strict';
import { randomFrom } from '../analysis/seeded-random.js';
import { simulateQueue } from './simulated-queue.js';

const pulls = 200;
const seeds = process.env.SLUICE_TEST_FULL ? 40 : 5;

/** Runs of our queue for the same pull requests. */
function ours(bad: ReadonlySet<number>, batch: number): number {
  const queue = simulateQueue(
    { batch, maxWaitMs: 1e12, checkTimeoutMs: 1e12 },
    { judge: (tree) => !tree.some((each) => bad.has(Number(each.split('@')[0]))) },
  );
  for (let number = 1; number <= pulls; number++) {
    queue.enter({ number, headSha: 'h', priority: 0, enteredAtMs: 0 });
  }
  while (queue.candidates.size > 0) queue.step();
  assert.equal(queue.merged.length, pulls - bad.size);
  return queue.trials;
}

/**
 * A failed batch is split into `parts` (2 at least), each tried on top of those before it; those after the first that
 * fails are cancelled, and tried again later; the failed part is split in turn.
 * @see https://docs.mergify.com/merge-queue/batches
 */
function splitting(bad: ReadonlySet<number>, batch: number, parts: number): number {
  let runs = 0;
  const queue = Array.from({ length: pulls }, (_, n) => n + 1);
  const fails = (group: readonly number[]): boolean => group.some((each) => bad.has(each));
  const tryOut = (group: readonly number[], isKnownToFail: boolean): void => {
    if (!isKnownToFail) {
      runs++;
      if (!fails(group)) return;
    }
    if (group.length === 1) return;
    const size = Math.ceil(group.length / Math.min(Math.max(2, parts), group.length));
    const groups: number[][] = [];
    for (let at = 0; at < group.length; at += size) groups.push(group.slice(at, at + size));
    runs += groups.length;
    const failed = groups.findIndex(fails);
    tryOut(groups[failed] ?? [], true);
    queue.unshift(...groups.slice(failed + 1).flat());
  };
  while (queue.length > 0) tryOut(queue.splice(0, batch), false);
  return runs;
}

describe('what the merge queue costs', () => {
  for (const batch of [2, 5, 8, 16]) {
    for (const share of [0.01, 0.05, 0.1, 0.2]) {
      it(`no more runs than by splitting: batches of ${batch}, ${share * 100} % bad`, () => {
        const mean = { ours: 0, two: 0, five: 0 };
        for (let seed = 1; seed <= seeds; seed++) {
          const random = randomFrom(seed * 7919);
          const bad = new Set<number>();
          for (let n = 1; n <= pulls; n++) if (random() < share) bad.add(n);
          mean.ours += ours(bad, batch) / seeds;
          mean.two += splitting(bad, batch, 2) / seeds;
          mean.five += splitting(bad, batch, 5) / seeds;
        }
        assert.ok(mean.ours <= Math.min(mean.two, mean.five), JSON.stringify(mean));
        if (process.env.SLUICE_TEST_FULL) console.log(batch, share, mean);
      });
    }
  }
});
