/** Which alerts change a rollout: those that its candidate can have caused. */
import assert from 'node:assert/strict';
import {
  type AlertAction,
  type AlertCommand,
  alertEvent,
  alertRefusal,
} from '../../../src/domain/rollout/alert.js';
import { planRollout, planSwitchBack } from '../../../src/domain/rollout/plan.js';
import type { Transition } from '../../../src/domain/rollout/state.js';
import { abort, begin, pauseIt, restored, tell, written } from './sample-events.js';
import { analysis, canary, to } from './sample-strategies.js';

const startedAtMs = Date.parse('2026-01-01T12:00:00Z');
const strategy = canary(to(25), analysis(1000), to(100));
const analysing = tell(begin(planRollout({ strategy, fullScale: 4, hasStable: true })), written);
const goingBack = begin(planSwitchBack(strategy, 4));

const fires = (action: AlertAction, sinceStartMs = 60_000): AlertCommand => ({
  ...{ actor: 'alert:Slow', reason: 'p95 is 3 s', alert: 'Slow', fingerprint: 'c3f1', action },
  startsAtMs: startedAtMs + sinceStartMs,
});

const rows: readonly (readonly [string, Transition, AlertCommand, number, string | null])[] = [
  ['rollback', analysing, fires('rollback'), 0, null],
  ['hold', analysing, fires('hold'), 0, null],
  ['look', analysing, fires('look'), 2, null],
  ['rollback of what is held', tell(analysing, pauseIt), fires('rollback'), 0, null],
  ['hold what is held', tell(analysing, pauseIt), fires('hold'), 0, 'it is already paused by ann'],
  ['one look too many', analysing, fires('look'), 3, '3 alerts made it look already'],
  ['by a clock a little behind', analysing, fires('rollback', -30_000), 0, null],
  [
    'older than the rollout',
    analysing,
    fires('rollback', -30_001),
    0,
    'it began before the rollout did',
  ],
  ['of a way back', goingBack, fires('rollback'), 0, 'the rollout is itself a way back'],
  ['hold a way back', goingBack, fires('hold'), 0, 'the rollout is itself a way back'],
  [
    'while rolling back',
    tell(analysing, abort),
    fires('rollback'),
    0,
    'the rollout is already rolling back',
  ],
  [
    'after the end',
    tell(analysing, abort, restored),
    fires('look'),
    0,
    'the rollout has ended: aborted',
  ],
];

describe('an alert at a rollout', () => {
  for (const [name, { state }, alert, looks, want] of rows) {
    it(name, () => assert.equal(alertRefusal(state, alert, { startedAtMs, looks }), want));
  }

  it('turns it back as unhealthy, by name', () => {
    const event = alertEvent(fires('rollback'));
    assert.ok(event);
    const { state } = tell(analysing, () => event, restored);
    assert.equal(state.outcome, 'rolledBack');
    assert.equal(alertEvent(fires('look')), null);
  });
});
