/** Random lives of targets: requests, ends and retirements in any order leave nobody lost and stable alone. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Failure } from '../../../src/domain/failures.js';
import { compareFences } from '../../../src/domain/rollout/fence.js';
import type { RolloutOutcome } from '../../../src/domain/rollout/outcome.js';
import {
  type Admission,
  admit,
  admitSwitchBack,
  requireAdmissible,
} from '../../../src/domain/target/admit.js';
import {
  beginNext,
  dueRetirements,
  finishCurrent,
  forgetRetired,
  nextDeadline,
} from '../../../src/domain/target/advance.js';
import { dropOutdated } from '../../../src/domain/target/outdated.js';
import type { TargetState } from '../../../src/domain/target/state.js';
import { nowMs, request, result, targetWith } from './sample-target.js';

const numRuns = process.env.SLUICE_TEST_FULL ? 20_000 : 1_000;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);

type Act =
  | {
      readonly kind: 'ask';
      readonly version: string;
      readonly policy: 0 | 1 | 2;
      readonly id: number;
    }
  | { readonly kind: 'goBack' }
  | { readonly kind: 'begin' }
  | { readonly kind: 'finish'; readonly outcome: RolloutOutcome }
  | { readonly kind: 'wait'; readonly forMs: number };

const versions = ['1.0.0', '1.1.0', '1.2.0', '2.0.0'] as const;
const queuePolicies = ['queue', 'latestWins', 'reject'] as const;
const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constant('ask' as const),
    version: fc.constantFrom(...versions),
    policy: fc.constantFrom(0, 1, 2),
    id: fc.nat({ max: 30 }),
  }),
  fc.constant({ kind: 'goBack' as const }),
  fc.constant({ kind: 'begin' as const }),
  fc.record({
    kind: fc.constant('finish' as const),
    outcome: fc.constantFrom<RolloutOutcome>(
      ...(['promoted', 'promoted', 'rolledBack', 'aborted', 'superseded'] as const),
    ),
  }),
  fc.record({ kind: fc.constant('wait' as const), forMs: fc.nat({ max: 700_000 }) }),
);

/** A target's life and the book an onlooker keeps of it. */
interface Life {
  readonly state: TargetState;
  readonly atMs: number;
  /** Numbers that were given out and not answered yet. */
  readonly open: ReadonlySet<number>;
}

function admitted(life: Life, { state, superseded }: Admission): Life {
  const answered = superseded.map(({ n }) => n);
  const given = state.nextN > life.state.nextN ? [life.state.nextN] : [];
  const open = new Set([...life.open, ...given].filter((n) => !answered.includes(n)));
  return { ...life, state, open };
}

function without(open: ReadonlySet<number>, numbers: readonly number[]): ReadonlySet<number> {
  return new Set([...open].filter((n) => !numbers.includes(n)));
}

function live(life: Life, act: Act): Life {
  const { state, atMs } = life;
  switch (act.kind) {
    case 'ask': {
      const queuePolicy = queuePolicies[act.policy];
      const asked = request(act.version, { requestId: `r${act.id}`, queuePolicy });
      try {
        requireAdmissible(state, asked, atMs);
      } catch (error) {
        assert.ok(error instanceof Failure);
        return life;
      }
      return admitted(life, admit(state, asked));
    }
    case 'goBack': {
      if (!state.previous) return life;
      const candidate = state.previous.revision;
      const requestId = `back ${state.nextN}`;
      const asked = request(candidate.version, { candidate, requestId, allowOlder: true });
      return admitted(life, admitSwitchBack(state, asked));
    }
    case 'begin': {
      if (state.current) return life;
      const { state: fit, dropped } = dropOutdated(state);
      const open = without(
        life.open,
        dropped.map(({ queued }) => queued.n),
      );
      return { ...life, open, state: beginNext(fit)?.state ?? fit };
    }
    case 'finish': {
      const ended = state.current;
      if (!ended) return life;
      const after = finishCurrent(state, result(act.outcome), atMs);
      return { ...life, state: after, open: without(life.open, [ended.n]) };
    }
    case 'wait': {
      const laterMs = atMs + act.forMs;
      const retired = dueRetirements(state, laterMs).reduce(
        (now, { revision }) => forgetRetired(now, revision),
        state,
      );
      return { ...life, atMs: laterMs, state: retired };
    }
  }
}

function requireSound({ state, atMs, open }: Life): void {
  const { current, queue, stable, retirements, history } = state;
  const numbers = [...(current ? [current] : []), ...queue].map(({ n }) => n).sort((a, b) => a - b);
  assert.deepEqual(
    numbers,
    [...open].sort((a, b) => a - b),
    'somebody was lost or answered twice',
  );
  assert.ok(numbers.every((n) => n < state.nextN));
  const digests = retirements.map(({ revision }) => revision.digest);
  assert.equal(new Set(digests).size, digests.length, 'two retirements of one revision');
  for (const { revision } of dueRetirements(state, Number.POSITIVE_INFINITY)) {
    assert.notEqual(revision.digest, stable?.digest, 'stable would be stopped');
    assert.notEqual(revision.digest, current?.request.candidate.digest, 'the candidate too');
  }
  // Nobody may be woken again and again for something that does not happen.
  const deadline = nextDeadline(state);
  if (deadline !== null && deadline <= atMs) assert.ok(dueRetirements(state, atMs).length > 0);
  assert.ok(state.previous?.revision.digest !== stable?.digest || stable === null);
  assert.ok(history.length <= 50 && state.seen.length <= 500);
  if (current && stable) assert.notEqual(current.request.candidate.digest, stable.digest);
}

describe(`a target at random (${numRuns} lives, seed ${seed})`, function () {
  this.timeout(600_000);

  it('answers everybody once, and never stops what is in use', () => {
    const lives = fc.array(acts, { maxLength: 80, size: 'max' });
    fc.assert(
      fc.property(lives, (all) => {
        let life: Life = { state: targetWith(), atMs: nowMs, open: new Set() };
        for (const act of all) {
          const before = life.state;
          life = live(life, act);
          requireSound(life);
          assert.ok(compareFences(life.state.fence, before.fence) >= 0, 'the fence went back');
        }
      }),
      { numRuns, seed },
    );
  });

  it('never goes back to an older version unasked', () => {
    const lives = fc.array(
      acts.filter(({ kind }) => kind !== 'goBack'),
      { maxLength: 80, size: 'max' },
    );
    fc.assert(
      fc.property(lives, (all) => {
        let life: Life = { state: targetWith(), atMs: nowMs, open: new Set() };
        let rank = -1;
        for (const act of all) {
          life = live(life, act);
          const { stable } = life.state;
          const now = versions.findIndex((version) => version === stable?.version);
          assert.ok(now >= rank, `${stable?.version} replaced ${versions[rank]}`);
          rank = now;
        }
      }),
      { numRuns, seed },
    );
  });
});
