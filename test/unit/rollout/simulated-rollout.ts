/** A rollout on a simulated platform: what it has begun, what may answer, and what its decisions must keep to. */
import assert from 'node:assert/strict';
import { decide } from '../../../src/domain/rollout/decide.js';
import { stableOnly } from '../../../src/domain/rollout/split.js';
import {
  currentStep,
  type RolloutDecision,
  type RolloutEvent,
  type RolloutState,
  type Transition,
} from '../../../src/domain/rollout/state.js';
import type { Step, WatchWindow } from '../../../src/domain/rollout/step.js';
import {
  attempt,
  candidateName,
  candidateShare,
  type Platform,
  type PlatformWrite,
  platformBefore,
} from './simulated-platform.js';

export interface Write extends PlatformWrite {
  readonly kind: 'forward' | 'restore';
  readonly epoch: number;
  readonly accepted: boolean;
}

export interface World {
  readonly state: RolloutState;
  readonly platform: Platform;
  readonly stable: string | null;
  /** Everything that was ever begun: nothing stops a cancelled attempt from arriving after all. */
  readonly writes: readonly Write[];
  readonly watches: readonly { readonly epoch: number; readonly window: WatchWindow }[];
  readonly checks: readonly { readonly epoch: number }[];
  /** Epoch under which the present step was begun. */
  readonly stepBegan: number;
  /** Epochs whose verdict or answer lets the step be left. */
  readonly cleared: readonly number[];
  /** Something said under the present epoch that the candidate must not go on. */
  readonly condemned: boolean;
}

const untilResumed: WatchWindow = { minimumMs: 0, maximumMs: null, until: 'resumed' };

export function beginWorld(first: Transition, stable: string | null): World {
  const world: World = {
    state: first.state,
    platform: platformBefore(stable),
    stable,
    writes: [],
    watches: [],
    checks: [],
    stepBegan: 0,
    cleared: [],
    condemned: false,
  };
  return carryOut(world, first.decision);
}

/** Begins what was decided, as the workflow does. */
function carryOut(world: World, decision: RolloutDecision): World {
  const { state, stable } = world;
  const fence = { rollout: 7, sequence: state.epoch };
  const watch = (window: WatchWindow): World => ({
    ...world,
    watches: [...world.watches, { epoch: state.epoch, window }],
  });
  switch (decision.kind) {
    case 'perform':
      return performStep({ ...world, stepBegan: state.epoch }, decision.step);
    case 'watch':
      return watch(decision.window);
    case 'rollBack': {
      const split = stableOnly(stable);
      const write = { kind: 'restore', fence, instances: null, split } as const;
      const writes = [...world.writes, { ...write, epoch: state.epoch, accepted: false }];
      return { ...world, writes };
    }
    case 'wait':
    case 'end':
      return world;
  }
}

function performStep(world: World, step: Step): World {
  const { epoch, weight, full } = world.state;
  const write = (change: Pick<Write, 'instances' | 'split'>): World => {
    const fence = { rollout: 7, sequence: epoch };
    const begun: Write = { ...change, kind: 'forward', fence, epoch, accepted: false };
    return { ...world, writes: [...world.writes, begun] };
  };
  const watched = (on: World, window: WatchWindow | null): World =>
    window ? { ...on, watches: [...on.watches, { epoch, window }] } : on;
  switch (step.kind) {
    case 'shift': {
      const { headerRoute, instances } = step;
      const candidate = candidateName;
      const { mirror } = step;
      const copies = mirror === undefined ? {} : { mirror };
      const split = {
        stable: world.stable,
        candidate,
        weight: step.weight,
        headerRoute,
        ...copies,
      };
      const besides = weight > 0 && !full ? untilResumed : null;
      return watched(write({ instances, split }), step.window ?? besides);
    }
    case 'migrate':
      // Changes nothing on the platform that this world knows of; strategies do not ask for it.
      return world;
    case 'watch':
      return watched(world, step.window);
    case 'smoke':
    case 'webhook':
      return watched(
        { ...world, checks: [...world.checks, { epoch }] },
        weight > 0 ? untilResumed : null,
      );
    case 'promote':
      return write({ instances: null, split: stableOnly(candidateName) });
  }
}

/** Tells the rollout an event, holds its decision against the rules, and begins what it decided. */
export function hear(world: World, event: RolloutEvent): World {
  const before = world.state;
  const { state, decision } = decide(before, event);
  const present = 'epoch' in event && event.epoch === before.epoch;
  const forward = before.mode === 'forward';
  const bad =
    (event.kind === 'judged' && event.verdict === 'fail') ||
    (event.kind === 'answered' && !event.passed) ||
    event.kind === 'failed';
  const heard: World = {
    ...world,
    state,
    condemned: world.condemned || (forward && ((present && bad) || event.kind === 'turnBack')),
    cleared: present && clears(before, event) ? [...world.cleared, event.epoch] : world.cleared,
  };
  requireLawful(world, heard, event, decision);
  return carryOut(heard, decision);
}

function clears(
  state: RolloutState,
  event: RolloutEvent,
): event is RolloutEvent & { epoch: number } {
  if (event.kind === 'answered') return event.passed;
  if (event.kind !== 'judged' || event.verdict === 'fail') return false;
  if (event.verdict === 'pass') return true;
  const policy = event.undecided === 'noData' ? state.health.onNoData : state.health.onInconclusive;
  return policy === 'advance';
}

function requireLawful(
  world: World,
  heard: World,
  event: RolloutEvent,
  decision: RolloutDecision,
): void {
  const before = world.state;
  const after = heard.state;
  const begins = decision.kind === 'perform' || decision.kind === 'watch';
  if (begins || decision.kind === 'rollBack') {
    assert.ok(after.epoch > before.epoch, `${decision.kind} under a used epoch`);
  } else {
    assert.equal(after.epoch, before.epoch, `${decision.kind} made what is under way late`);
  }
  if (begins) assert.equal(before.mode, 'forward', `${decision.kind} after turning back`);
  if (heard.condemned) {
    assert.notEqual(after.mode, 'forward', `${event.kind} left a condemned candidate in place`);
    assert.notEqual(after.outcome, 'promoted');
  }
  if (decision.kind !== 'perform') return;
  requireEarned(heard, before, event);
  const { step } = decision;
  const ahead = step.kind === 'promote' || (step.kind === 'shift' && step.weight === 100);
  assert.ok(ahead || !after.full, `promoted in full, but ${step.kind} is in the way`);
}

/** A step is left only when it is done and good, or by a command that says otherwise. */
function requireEarned(world: World, before: RolloutState, event: RolloutEvent): void {
  if (event.kind === 'promoteFull') return;
  const step = currentStep(before);
  const writes = step.kind === 'shift';
  const confirmed = world.writes.some((write) => write.epoch >= world.stepBegan && write.accepted);
  assert.ok(!writes || confirmed, `left "${step.title}" before the platform had it`);
  if (event.kind === 'promote') return;
  assert.ok(event.kind === 'resume' || before.paused === null, `${event.kind} overran a pause`);
  const window = step.kind === 'shift' || step.kind === 'watch' ? step.window : null;
  if (window?.until === 'resumed' && !before.full) {
    assert.equal(event.kind, 'resume', `${event.kind} went on in a person's place`);
    return;
  }
  assert.equal(before.holding, null, `${event.kind} overran a hold`);
  if (before.full) return;
  const judged = window !== null || step.kind === 'smoke' || step.kind === 'webhook';
  const cleared = world.cleared.some((epoch) => epoch >= world.stepBegan);
  assert.ok(!judged || cleared, `left "${step.title}" without an answer`);
}

/** One attempt of a write; what the platform refuses for good is told as a failure under its old epoch. */
export function tryWrite(world: World, write: Write): World {
  const tried = attempt(world.platform, write);
  if (tried.answer === 'stale') {
    assert.notEqual(write.epoch, world.state.epoch, 'the newest decision was refused as stale');
    const reason = 'a newer decision already holds';
    return hear(world, { kind: 'failed', epoch: write.epoch, deadline: false, reason });
  }
  const accepted = write.accepted || tried.answer === 'accepted';
  const writes = world.writes.map((other) => (other === write ? { ...write, accepted } : other));
  return { ...world, platform: tried.platform, writes };
}

export function confirm(world: World, write: Write): World {
  assert.ok(write.accepted);
  return hear(
    world,
    write.kind === 'restore' ? { kind: 'restored' } : { kind: 'written', epoch: write.epoch },
  );
}

/** What is true of every world, whatever happened. */
export function requireSound({ state, platform, stable }: World): void {
  const share = candidateShare(platform);
  if (state.mode !== 'ended') {
    assert.ok(share <= state.weight, `${share} % is out, ${state.weight} % is told`);
    return;
  }
  const promoted = state.outcome === 'promoted';
  assert.equal(state.weight, promoted ? 100 : 0);
  assert.deepEqual(platform.split, stableOnly(promoted ? candidateName : stable));
}
