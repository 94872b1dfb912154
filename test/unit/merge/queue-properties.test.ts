/** Whatever happens around it, the queue merges only what passed on the newest base, and everybody leaves it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { QueueLimits } from '../../../src/domain/merge/queue-state.js';
import { membersMerged } from '../../../src/domain/merge/queue-steps.js';
import { type SimulatedQueue, simulateQueue } from './simulated-queue.js';

const numRuns = process.env.SLUICE_TEST_FULL ? 20_000 : 1_000;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);
const aMinute = 60_000;
const limits: QueueLimits = { batch: 5, maxWaitMs: 120 * aMinute, checkTimeoutMs: 30 * aMinute };

type Happening =
  | { readonly kind: 'enter'; readonly number: number; readonly priority: number }
  | { readonly kind: 'newHead' | 'leave'; readonly number: number }
  | { readonly kind: 'push' }
  | { readonly kind: 'steps'; readonly count: number }
  | { readonly kind: 'time'; readonly minutes: number };

const number = fc.integer({ min: 1, max: 12 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constant('enter' as const),
    number,
    priority: fc.integer({ min: 0, max: 2 }),
  }),
  fc.record({ kind: fc.constantFrom('newHead' as const, 'leave' as const), number }),
  fc.constant({ kind: 'push' as const }),
  fc.record({ kind: fc.constant('steps' as const), count: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('time' as const), minutes: fc.integer({ min: 1, max: 40 }) }),
);

/** Bad alone, or bad together; what somebody pushed may mend all that came before it. */
function passes(bad: readonly string[], tree: readonly string[]): boolean {
  const mended = tree.findLastIndex((each) => /^somebody\d*[05]$/.test(each));
  const contents = tree.slice(mended + 1).map((each) => each.split('@')[0] ?? '');
  if (contents.includes('3') && contents.includes('4')) return false;
  return !contents.some((each) => bad.includes(each));
}

describe('the merge queue', () => {
  function live(
    happenings: readonly Happening[],
    judge: (tree: readonly string[]) => boolean | null,
    mergesAtMost: () => number,
  ): SimulatedQueue {
    const queue = simulateQueue(limits, { judge, mergesAtMost });
    let heads = 0;
    for (const each of happenings) {
      switch (each.kind) {
        case 'enter':
          queue.enter({
            ...{ number: each.number, headSha: `h${++heads}`, priority: each.priority },
            enteredAtMs: queue.nowMs,
          });
          break;
        case 'newHead': {
          const known = queue.candidates.get(each.number);
          if (known) queue.enter({ ...known, headSha: `h${++heads}` });
          break;
        }
        case 'leave':
          queue.candidates.delete(each.number);
          break;
        case 'push':
          queue.push(`somebody${++heads}`);
          break;
        case 'steps':
          for (let n = 0; n < each.count; n++) queue.step();
          break;
        case 'time':
          queue.nowMs += each.minutes * aMinute;
      }
    }
    // Nothing more happens but time.
    for (let n = 0; queue.candidates.size > 0; n++) {
      assert.ok(n < 2_000, `${[...queue.candidates.keys()].join()} never leave`);
      if (queue.step().kind === 'wait') queue.nowMs += aMinute;
    }
    return queue;
  }
  const happenings = fc.array(happening, { maxLength: 60 });
  const someBad = fc.subarray(['1', '2', '5', '8']);

  it(`merges only what passed on the newest base, and lets nobody wait for ever (seed ${seed})`, () => {
    fc.assert(
      fc.property(
        happenings,
        someBad,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (story, bad, dice) => {
          const roll = (): number => dice.next().value ?? 1;
          const flaky = (tree: readonly string[]): boolean | null => {
            const die = roll();
            if (die < 0.1) return null;
            return die < 0.15 ? false : passes(bad, tree);
          };
          const { merged } = live(story, flaky, () => (roll() < 0.1 ? 1 : 99));
          assert.deepEqual(
            merged.filter(({ passed }) => !passed),
            [],
          );
        },
      ),
      { numRuns, seed },
    );
  });

  it(`sends nobody away who would pass alone, where checks can be trusted (seed ${seed})`, () => {
    const withoutTime = happenings.map((all) => all.filter(({ kind }) => kind !== 'time'));
    fc.assert(
      fc.property(withoutTime, someBad, (story, bad) => {
        const { ejected } = live(
          story,
          (tree) => passes(bad, tree),
          () => 99,
        );
        assert.deepEqual(
          ejected.filter(({ fails }) => !fails),
          [],
        );
      }),
      { numRuns, seed },
    );
  });

  for (const [size, rounds] of [1, 2, 3, 4, 5, 7, 8, 13, 16, 32].map(
    (b) => [b, Math.ceil(Math.log2(b)) + 1] as const,
  )) {
    it(`finds one bad of ${size} in ${rounds} trials, wherever it stands`, () => {
      for (let bad = 1; bad <= size; bad++) {
        const queue = simulateQueue(
          { ...limits, batch: size },
          { judge: (tree) => !tree.some((each) => each.startsWith(`${bad}@`)) },
        );
        for (let n = 1; n <= size; n++) {
          queue.enter({ number: n, headSha: 'h', priority: 0, enteredAtMs: 0 });
        }
        while (queue.candidates.size > 0) queue.step();
        const [ejected, ...others] = queue.ejected;
        assert.deepEqual(others, []);
        assert.equal(ejected?.number, bad);
        assert.ok(ejected.trials <= rounds, `${bad} of ${size}: ${ejected.trials} trials`);
        assert.equal(queue.merged.length, size - 1);
      }
    });
  }

  it('sends away who is stuck, and takes who has waited long before the urgent', () => {
    const queue = simulateQueue({ ...limits, batch: 1 }, { judge: () => null });
    queue.enter({ number: 1, headSha: 'h', priority: 9, enteredAtMs: 0 });
    queue.enter({ number: 2, headSha: 'h', priority: 0, enteredAtMs: 0 });
    assert.deepEqual(queue.step(), {
      ...{ kind: 'try', baseSha: 'root', members: [{ number: 2, headSha: 'h' }] },
    });
    assert.equal(queue.step().kind, 'wait');
    queue.nowMs = 30 * aMinute;
    assert.equal(queue.step().kind, 'eject');
    queue.nowMs = 60 * aMinute;
    queue.enter({ number: 3, headSha: 'h', priority: 0, enteredAtMs: queue.nowMs });
    const next = queue.step();
    assert.deepEqual(next.kind === 'try' && next.members, [{ number: 1, headSha: 'h' }]);
    queue.nowMs = 121 * aMinute;
    assert.equal(queue.step().kind, 'eject');
  });

  it('forgets a trial when the base or a member of it moved', () => {
    const queue = simulateQueue(limits, { judge: () => true });
    queue.enter({ number: 1, headSha: 'h', priority: 0, enteredAtMs: 0 });
    queue.step();
    queue.push('somebody');
    assert.equal(queue.step().kind, 'discard');
    assert.equal(queue.step().kind, 'try');
    queue.enter({ number: 1, headSha: 'other', priority: 0, enteredAtMs: 0 });
    assert.equal(queue.step().kind, 'discard');
    assert.deepEqual(queue.merged, []);
  });

  it('knows nothing of suspects on another base, nor after somebody pushed in between', () => {
    const one = { number: 1, headSha: 'h' };
    const two = { number: 2, headSha: 'h' };
    const suspects = { baseSha: 'x', members: [one, two] };
    const trial = {
      ...{ n: 1, members: [one], startedAtMs: 0, branch: 'queue', sha: 'x+1' },
      baseSha: 'x',
    };
    const state = { trial, suspects, nextTrial: 2 };
    const left = (baseSha: string, after: string | null) =>
      membersMerged(state, { ...trial, baseSha }, 1, after).suspects;
    assert.deepEqual(left('x', 'x1'), { baseSha: 'x1', members: [two] });
    assert.equal(left('y', 'y1'), null);
    assert.equal(left('x', null), null);
  });
});
