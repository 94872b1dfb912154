/** What is off in a repository: by failures in a row, by a person's word, and on again. */
import assert from 'node:assert/strict';
import {
  type CareState,
  countOutcome,
  failuresUntilOff,
  memoOf,
  nothingRemembered,
  pauseAutomation,
  resumeAutomation,
} from '../../../src/domain/repository/care.js';
import { whyNotBegun } from '../../../src/domain/repository/may-begin.js';
import { repositorySchema } from '../../../src/domain/repository/policy-schema.js';

const outcome = (ok: boolean, activity = 'writeCheck') =>
  ({ automation: 'pullChecks', activity, ok, reason: 'no permission' }) as const;

/** `.` went well, `x` failed. */
function play(story: string, from: CareState = nothingRemembered, activity?: string) {
  let state = from;
  let suspended = 0;
  for (const sign of story) {
    const counted = countOutcome(state, outcome(sign === '.', activity), 1);
    state = counted.state;
    if (counted.suspended !== null) suspended += 1;
  }
  return { state, suspended };
}

describe('an automation that fails', () => {
  const row = 'x'.repeat(failuresUntilOff);

  it('is off after so many failures in a row, once', () => {
    assert.equal(play(row.slice(1)).suspended, 0);
    assert.equal(play(row).suspended, 1);
    assert.equal(play(`${row}${row}`).suspended, 1);
    assert.match(memoOf(play(row).state).off.pullChecks ?? '', /off by itself.*no permission/);
  });

  it('begins to count anew after a success of the same activity, and of no other', () => {
    assert.equal(play(`${row.slice(1)}.${row.slice(1)}`).suspended, 0);
    const { state } = play(row.slice(1));
    const read = play('.', state, 'readPolicy').state;
    assert.equal(play('x', read).suspended, 1);
  });

  it('is on again with a clean slate when somebody says so', () => {
    const state = resumeAutomation(play(row).state, 'pullChecks');
    assert.deepEqual(state, nothingRemembered);
  });

  it('stays paused by a person, whatever it does', () => {
    const command = { actor: 'ann', reason: 'we move hosts' };
    const paused = pauseAutomation(nothingRemembered, 'pullChecks', command, 1);
    const { state, suspended } = play(row, paused);
    assert.deepEqual([suspended, state.off.pullChecks?.kind], [0, 'paused']);
  });
});

describe('what is begun', () => {
  const reading = (written: object | null, off = {}) => ({
    policy: written === null ? null : repositorySchema.parse(written),
    off,
  });

  it('is what the policy speaks of, and of a faulty one the checks alone', () => {
    assert.equal(whyNotBegun('pullChecks', reading({ pulls: {} })), null);
    assert.ok(whyNotBegun('pullChecks', reading({})));
    assert.ok(whyNotBegun('staleBranches', reading({ pulls: {} })));
    assert.equal(whyNotBegun('pullChecks', reading(null)), null);
    assert.ok(whyNotBegun('staleBranches', reading(null)));
    assert.equal(
      whyNotBegun('pullChecks', reading({ pulls: {} }, { pullChecks: 'paused' })),
      'paused',
    );
  });
});
