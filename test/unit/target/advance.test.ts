/** How a target's memory changes when rollouts begin and end, revisions retire and locks lapse. */
import assert from 'node:assert/strict';
import type { RolloutOutcome } from '../../../src/domain/rollout/outcome.js';
import {
  beginNext,
  dropLapsedLock,
  dueRetirements,
  emptyTarget,
  finishCurrent,
  forgetRetired,
  nextDeadline,
} from '../../../src/domain/target/advance.js';
import type { TargetState } from '../../../src/domain/target/state.js';
import {
  abortScaleDownDelayMs,
  keepWarmMs,
  nowMs,
  queued,
  result,
  revision,
  running,
  runThrough,
  target,
  targetWith,
  workload,
} from './sample-target.js';

/** Version → milliseconds from now until it retires. */
function leaving(state: TargetState): Record<string, number> {
  return Object.fromEntries(
    state.retirements.map(({ revision, atMs }) => [revision.version, atMs - nowMs]),
  );
}

const lock = { owner: 'ann', reason: 'incident', sinceMs: nowMs, expiresAtMs: nowMs + 5000 };

describe('beginNext', () => {
  it('takes the first of the queue under a fence of its own', () => {
    const [first, second] = [queued(4, '1.1.0'), queued(5, '1.2.0')];
    const begun = beginNext(running('1.0.0', { queue: [first, second] }));
    assert.equal(begun?.queued, first);
    assert.equal(begun.state.current, first);
    assert.deepEqual(begun.state.queue, [second]);
    assert.deepEqual(begun.state.fence, { rollout: 4, sequence: 0 });
  });

  it('begins nothing while something runs, or when nothing waits', () => {
    const busy = running('1.0.0', { current: queued(3, '1.1.0'), queue: [queued(4, '1.2.0')] });
    assert.equal(beginNext(busy), null);
    assert.equal(beginNext(emptyTarget(target, 'local')), null);
  });

  it('keeps a candidate that was to be retired, and lets the others go', () => {
    const retirements = ['1.1.0', '0.9.0'].map((version) => ({
      revision: revision(version),
      atMs: nowMs,
    }));
    const begun = beginNext(running('1.0.0', { queue: [queued(4, '1.1.0')], retirements }));
    assert.deepEqual(leaving(begun?.state as TargetState), { '0.9.0': 0 });
  });
});

describe('finishCurrent: promoted', () => {
  it('makes the first install stable, with nothing before it', () => {
    const after = runThrough(targetWith(), '1.0.0', 'promoted');
    assert.deepEqual(after.stable, revision('1.0.0'));
    assert.deepEqual(after.stableWorkload, workload());
    assert.equal(after.previous, null);
    assert.equal(after.current, null);
    assert.deepEqual(leaving(after), {});
    assert.deepEqual(after.fence, { rollout: 1, sequence: 9 });
  });

  it('keeps the former stable warm as the way back', () => {
    const after = runThrough(running('1.0.0'), '1.1.0', 'promoted');
    assert.deepEqual(after.stable, revision('1.1.0'));
    assert.deepEqual(after.previous, {
      revision: revision('1.0.0'),
      workload: workload(),
      warmUntilMs: nowMs + keepWarmMs,
    });
    assert.deepEqual(leaving(after), { '1.0.0': keepWarmMs });
    assert.equal(after.lastFailed, null);
  });

  it('retires the one before the former stable at once', () => {
    const second = runThrough(running('1.0.0'), '1.1.0', 'promoted');
    const third = runThrough(second, '1.2.0', 'promoted');
    assert.deepEqual(leaving(third), { '1.0.0': 0, '1.1.0': keepWarmMs });
    assert.equal(third.previous?.revision.version, '1.1.0');
  });

  it('does not keep what was gone back from, and retires it soon', () => {
    const forward = runThrough(running('1.0.0'), '1.1.0', 'promoted');
    const back = runThrough(forward, '1.0.0', 'promoted', nowMs, 'switchBack');
    assert.deepEqual(back.stable, revision('1.0.0'));
    assert.equal(back.previous, null);
    assert.deepEqual(leaving(back), { '1.1.0': abortScaleDownDelayMs });
  });

  it('swaps stable and previous when the previous one is released once more', () => {
    const forward = runThrough(running('1.0.0'), '1.1.0', 'promoted');
    const again = runThrough(forward, '1.0.0', 'promoted');
    assert.equal(again.previous?.revision.version, '1.1.0');
    assert.deepEqual(leaving(again), { '1.1.0': keepWarmMs });
  });

  it('changes nothing but the record when the candidate was stable already', () => {
    const before = runThrough(running('1.0.0'), '1.1.0', 'promoted');
    const after = runThrough(before, '1.1.0', 'promoted');
    assert.deepEqual(after.stable, before.stable);
    assert.deepEqual(after.previous, before.previous);
    assert.deepEqual(leaving(after), leaving(before));
    assert.equal(after.history.length, 2);
  });
});

describe('finishCurrent: not promoted', () => {
  const outcomes: readonly RolloutOutcome[] = ['rolledBack', 'aborted', 'superseded'];
  for (const outcome of outcomes) {
    it(`${outcome}: stable stays, the candidate is kept for a look and can be tried again`, () => {
      const after = runThrough(running('1.0.0'), '1.1.0', outcome);
      assert.deepEqual(after.stable, revision('1.0.0'));
      assert.equal(after.previous, null);
      assert.deepEqual(leaving(after), { '1.1.0': abortScaleDownDelayMs });
      assert.equal(after.lastFailed?.n, 2);
      assert.equal(after.lastFailed?.request.candidate.version, '1.1.0');
      const entry = { n: 2, ...revision('1.1.0'), outcome, reason: `it was ${outcome}` };
      assert.deepEqual(after.history, [{ ...entry, endedAtMs: nowMs }]);
    });
  }

  it('a failed install leaves nothing stable', () => {
    const after = runThrough(targetWith(), '1.0.0', 'rolledBack');
    assert.equal(after.stable, null);
    assert.deepEqual(leaving(after), { '1.0.0': abortScaleDownDelayMs });
  });

  it('going back that was given up leaves the way back as warm as promised', () => {
    const forward = runThrough(running('1.0.0'), '1.1.0', 'promoted');
    const early = runThrough(forward, '1.0.0', 'aborted', nowMs + 1000, 'switchBack');
    assert.deepEqual(leaving(early), { '1.0.0': keepWarmMs });
    assert.deepEqual(early.previous, forward.previous);
    const lateMs = nowMs + 2 * keepWarmMs;
    const late = runThrough(forward, '1.0.0', 'aborted', lateMs, 'switchBack');
    assert.deepEqual(leaving(late), { '1.0.0': 2 * keepWarmMs + abortScaleDownDelayMs });
  });

  it('never retires stable, even when it was its own candidate', () => {
    const after = runThrough(running('1.0.0'), '1.0.0', 'rolledBack');
    assert.deepEqual(leaving(after), {});
    assert.equal(nextDeadline(after), null);
  });

  it('is forgotten once another is promoted', () => {
    const failed = runThrough(running('1.0.0'), '1.1.0', 'rolledBack');
    assert.equal(runThrough(failed, '1.2.0', 'promoted').lastFailed, null);
  });
});

describe('finishCurrent: the record', () => {
  it('keeps the newest 50', () => {
    let state = targetWith();
    for (let n = 1; n <= 51; n++) state = runThrough(state, `1.${n}.0`, 'promoted', nowMs + n);
    assert.equal(state.history.length, 50);
    assert.equal(state.history[0]?.version, '1.51.0');
    assert.equal(state.history.at(-1)?.version, '1.2.0');
  });

  it('changes nothing when nothing runs', () => {
    const idle = running('1.0.0');
    assert.equal(finishCurrent(idle, result('promoted'), nowMs), idle);
  });
});

describe('retirements', () => {
  const retiring = (...versions: string[]) =>
    versions.map((version, index) => ({ revision: revision(version), atMs: nowMs + index }));

  it('are due when their time is over, and forgotten one by one', () => {
    const state = running('2.0.0', { retirements: retiring('1.0.0', '1.1.0', '1.2.0') });
    const due = dueRetirements(state, nowMs + 1);
    assert.deepEqual(
      due.map(({ revision }) => revision.version),
      ['1.0.0', '1.1.0'],
    );
    assert.deepEqual(leaving(forgetRetired(state, revision('1.0.0'))), { '1.1.0': 1, '1.2.0': 2 });
  });

  for (const [name, inUse] of [
    ['stable', running('1.0.0')],
    ['the candidate that runs', running('2.0.0', { current: queued(3, '1.0.0') })],
    ['a candidate that waits', running('2.0.0', { queue: [queued(3, '1.0.0', 'switchBack')] })],
  ] as const) {
    it(`never hit ${name}, nor wake anybody for it`, () => {
      const state = { ...inUse, retirements: retiring('1.0.0') };
      assert.deepEqual(dueRetirements(state, nowMs + 1000), []);
      assert.equal(nextDeadline(state), null);
    });
  }
});

describe('nextDeadline', () => {
  const retirements = [
    { revision: revision('1.0.0'), atMs: nowMs + 9000 },
    { revision: revision('1.1.0'), atMs: nowMs + 7000 },
  ];
  const rows: readonly (readonly [string, Partial<TargetState>, number | null])[] = [
    ['nothing to come', {}, null],
    ['retirements', { retirements }, nowMs + 7000],
    ['a lock that lapses first', { retirements, lock }, nowMs + 5000],
    ['a lock without an end', { lock: { ...lock, expiresAtMs: null } }, null],
  ];
  for (const [name, changes, want] of rows) {
    it(name, () => assert.equal(nextDeadline(running('2.0.0', changes)), want));
  }
});

describe('dropLapsedLock', () => {
  it('drops a lock at its end and not before', () => {
    const locked = running('1.0.0', { lock });
    assert.equal(dropLapsedLock(locked, nowMs + 4999), locked);
    assert.equal(dropLapsedLock(locked, nowMs + 5000).lock, null);
    const endless = running('1.0.0', { lock: { ...lock, expiresAtMs: null } });
    assert.equal(dropLapsedLock(endless, Number.MAX_SAFE_INTEGER), endless);
  });
});
