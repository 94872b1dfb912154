/** Decides what a rollout does next: a pure function of where it stands and what was heard. */
import type { HealthPolicy, UndecidedPolicy } from '../analysis/health-policy.js';
import { outcomeOf, type RollbackCause } from './outcome.js';
import { currentStep, type RolloutEvent, type RolloutState, type Transition } from './state.js';
import type { RolloutPlan, Step, WatchWindow } from './step.js';

const untilResumed: WatchWindow = { minimumMs: 0, maximumMs: null, until: 'resumed' };
const waiting = { kind: 'wait' } as const;

/** The first transition: performs the first step. */
export function beginRollout(
  plan: RolloutPlan,
  health: Pick<HealthPolicy, 'onInconclusive' | 'onNoData'>,
): Transition {
  const state: RolloutState = {
    plan,
    health: { onInconclusive: health.onInconclusive, onNoData: health.onNoData },
    position: 0,
    epoch: 0,
    mode: 'forward',
    written: false,
    judged: false,
    paused: null,
    holding: null,
    weight: 0,
    full: false,
    cause: null,
    outcome: null,
  };
  return perform(state, 0);
}

/**
 * @example at 25 %, analysis fails            → rollBack, whatever else is pending
 * @example at 25 %, paused, analysis passes   → watch on at 25 % until somebody resumes
 * @example at 25 %, inconclusive, policy hold → watch on and wait for promote or abort
 * @example rolling back, a late `written`     → wait: the fence refuses it at the platform too
 */
export function decide(state: RolloutState, event: RolloutEvent): Transition {
  if (state.mode === 'ended') return { state, decision: waiting };
  if (state.mode === 'rollingBack') return whileRollingBack(state, event);
  switch (event.kind) {
    case 'written':
      return isLate(state, event) ? stay(state) : whenWritten(state);
    case 'judged':
      return isLate(state, event) ? stay(state) : whenJudged(state, event);
    case 'answered':
      if (isLate(state, event)) return stay(state);
      if (!event.passed) return turnBack(state, { kind: 'gate', reason: event.reason });
      return goOn({ ...state, written: true, judged: true });
    case 'failed':
      if (isLate(state, event)) return stay(state);
      return turnBack(state, {
        kind: event.deadline ? 'deadline' : 'failure',
        reason: event.reason,
      });
    case 'pause':
      return stay({ ...state, paused: { actor: event.actor, reason: event.reason } });
    case 'resume':
      return whenResumed(state);
    case 'promote':
      return next({ ...state, paused: null, holding: null });
    case 'promoteFull':
      return performLastShift({ ...state, paused: null, holding: null, full: true });
    case 'turnBack':
      return turnBack(state, event.cause);
    case 'restored':
      return stay(state);
  }
}

function isLate(state: RolloutState, event: { readonly epoch: number }): boolean {
  return event.epoch !== state.epoch;
}

function stay(state: RolloutState): Transition {
  return { state, decision: waiting };
}

function whileRollingBack(state: RolloutState, event: RolloutEvent): Transition {
  if (event.kind !== 'restored' || state.cause === null) return stay(state);
  const outcome = outcomeOf(state.cause);
  return {
    state: { ...state, mode: 'ended', weight: 0, outcome },
    decision: { kind: 'end', outcome },
  };
}

function turnBack(state: RolloutState, cause: RollbackCause): Transition {
  return {
    state: {
      ...state,
      mode: 'rollingBack',
      epoch: state.epoch + 1,
      paused: null,
      holding: null,
      cause,
    },
    decision: { kind: 'rollBack', cause },
  };
}

function whenWritten(state: RolloutState): Transition {
  const step = currentStep(state);
  if (step.kind === 'promote') {
    return {
      state: {
        ...state,
        mode: 'ended',
        written: true,
        outcome: 'promoted',
        position: state.plan.steps.length,
      },
      decision: { kind: 'end', outcome: 'promoted' },
    };
  }
  const weight = step.kind === 'shift' ? step.weight : state.weight;
  return goOn({ ...state, written: true, weight });
}

function whenJudged(
  state: RolloutState,
  event: Extract<RolloutEvent, { kind: 'judged' }>,
): Transition {
  const cause: RollbackCause = {
    kind: 'verdict',
    reason: event.reason,
    evidenceRef: event.evidenceRef,
  };
  if (event.verdict === 'fail') return turnBack(state, cause);
  if (event.verdict === 'pass') return goOn({ ...state, judged: true });
  const policy: UndecidedPolicy =
    event.undecided === 'noData' ? state.health.onNoData : state.health.onInconclusive;
  switch (policy) {
    case 'rollBack':
      return turnBack(state, cause);
    case 'advance':
      return goOn({ ...state, judged: true });
    case 'hold':
      return rest({ ...state, holding: event.reason });
  }
}

/** The step's write and analysis both have to be done; a pause keeps the rollout where it is all the same. */
function goOn(state: RolloutState): Transition {
  if (state.written && state.holding !== null) return rest(state);
  if (!state.written || !state.judged) return stay(state);
  if (state.paused || asksForPerson(state)) return rest(state);
  return next(state);
}

/** Nothing more to do at this step but to keep watching until a person speaks. */
function rest(state: RolloutState): Transition {
  // What is still under way answers to the present epoch; a new one would make its answer late.
  if (!state.written) return stay(state);
  return {
    state: { ...state, epoch: state.epoch + 1 },
    decision: { kind: 'watch', window: untilResumed },
  };
}

function whenResumed(state: RolloutState): Transition {
  const awake = { ...state, paused: null };
  if (asksForPerson(state) && state.written) return next({ ...awake, holding: null });
  if (state.holding !== null) return stay(awake);
  return goOn(awake);
}

/** The step itself waits until it is resumed: no verdict carries the rollout past it. */
function asksForPerson(state: RolloutState): boolean {
  return !state.full && windowOf(currentStep(state))?.until === 'resumed';
}

/** Somebody is waited for because the plan says so. */
export function waitsToBeResumed(state: RolloutState): boolean {
  return state.mode === 'forward' && state.written && asksForPerson(state);
}

function windowOf(step: Step): WatchWindow | null {
  return step.kind === 'shift' || step.kind === 'watch' ? step.window : null;
}

function next(state: RolloutState): Transition {
  return state.full ? performLastShift(state) : perform(state, state.position + 1);
}

/** Straight to the last shift, which brings full capacity before it takes all the traffic; after it to the end. */
function performLastShift(state: RolloutState): Transition {
  const lastShift = state.plan.steps.findLastIndex((step) => step.kind === 'shift');
  const done = state.position > lastShift || (state.position === lastShift && state.written);
  return done ? perform(state, state.plan.steps.length - 1) : perform(state, lastShift);
}

function perform(state: RolloutState, position: number): Transition {
  const planned = state.plan.steps[position];
  if (!planned) throw new RangeError(`step ${position} of ${state.plan.steps.length}`);
  const step: Step =
    state.full && planned.kind === 'shift' ? { ...planned, window: null } : planned;
  const window = windowOf(step);
  // An emergency promotion may begin again at a step that was begun before.
  return {
    state: {
      ...state,
      position,
      epoch: state.epoch + 1,
      written: step.kind === 'watch',
      judged: window === null && step.kind !== 'smoke' && step.kind !== 'webhook',
      weight: step.kind === 'shift' ? Math.max(state.weight, step.weight) : state.weight,
    },
    decision: { kind: 'perform', step },
  };
}
