/** Random walks of rollouts over a simulated platform: whatever happens in whatever order, the rules hold. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  defaultHealthPolicy,
  type UndecidedPolicy,
} from '../../../src/domain/analysis/health-policy.js';
import { acceptedCommands, type RolloutCommand } from '../../../src/domain/rollout/commands.js';
import { beginRollout } from '../../../src/domain/rollout/decide.js';
import { planRollout, planSwitchBack } from '../../../src/domain/rollout/plan.js';
import type { RolloutEvent } from '../../../src/domain/rollout/state.js';
import {
  abort,
  doubt,
  fail,
  no,
  noData,
  pass,
  pauseIt,
  promote,
  promoteFull,
  resume,
  type Said,
  supersede,
  tooLate,
  yes,
} from './sample-events.js';
import { strategies } from './sample-strategies.js';
import { stableName } from './simulated-platform.js';
import {
  beginWorld,
  confirm,
  hear,
  requireSound,
  tryWrite,
  type World,
} from './simulated-rollout.js';

const numRuns = process.env.SLUICE_TEST_FULL ? 20_000 : 1_000;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);

interface Move {
  /** How often it is chosen, compared with the others. */
  readonly often: number;
  readonly name: string;
  readonly make: (world: World) => World;
}

const eventOf: Readonly<Record<RolloutCommand, Said>> = {
  pause: pauseIt,
  resume,
  promote,
  promoteFull,
  abort,
};
const commandOften: Readonly<Record<RolloutCommand, number>> = {
  pause: 8,
  resume: 12,
  promote: 4,
  promoteFull: 3,
  abort: 1,
};

/** Everything that may happen next; what answers something old stays possible for ever. */
function movesOf(world: World): Move[] {
  const { state, platform } = world;
  const move = (name: string, often: number, make: Move['make']): Move => ({ name, often, make });
  const say = (name: string, often: number, event: RolloutEvent): Move =>
    move(name, often, (now) => hear(now, event));
  const current = (epoch: number, often: number): number =>
    epoch === state.epoch ? 10 * often : often;
  const ready = (count: number) => (now: World) => ({
    ...now,
    platform: { ...now.platform, ready: Math.min(count, now.platform.declared) },
  });
  return [
    move('all get ready', 30, ready(platform.declared)),
    move('one gets unready', 6, ready(Math.max(0, platform.ready - 1))),
    move('all crash', 3, ready(0)),
    ...world.writes.flatMap((write) => [
      move(`try ${write.epoch}`, current(write.epoch, 4), (now) => tryWrite(now, write)),
      ...(write.accepted
        ? [move(`confirm ${write.epoch}`, current(write.epoch, 4), (now) => confirm(now, write))]
        : []),
      ...(write.kind === 'forward' ? [say('give up', 1, tooLate(write.epoch))] : []),
    ]),
    ...world.watches.flatMap(({ epoch }) => [
      say(`pass ${epoch}`, current(epoch, 3), pass(epoch)),
      say(`fail ${epoch}`, 1, fail(epoch)),
      say(`doubt ${epoch}`, 2, doubt(epoch)),
      say(`no data ${epoch}`, 2, noData(epoch)),
    ]),
    ...world.checks.flatMap(({ epoch }) => [
      // One check answers once; an old one may still be on its way.
      ...(epoch === state.epoch && state.written
        ? []
        : [say('yes', current(epoch, 3), yes(epoch))]),
      say('no', 1, no(epoch)),
    ]),
    ...acceptedCommands(state).map((command) =>
      say(command, commandOften[command], eventOf[command](state.epoch)),
    ),
    say('superseded', 1, supersede(state.epoch)),
  ];
}

function choose(moves: readonly Move[], chance: number): Move {
  const sum = moves.reduce((all, { often }) => all + often, 0);
  let left = (chance / 1_000_000) * sum;
  return moves.find(({ often }) => (left -= often) < 0) ?? (moves[0] as Move);
}

const policies = fc.constantFrom<UndecidedPolicy>('rollBack', 'hold', 'advance');
const beginnings = fc.record({
  strategy: strategies,
  fullScale: fc.integer({ min: 1, max: 6 }),
  kind: fc.constantFrom('rollout', 'rollout', 'rollout', 'install', 'switchBack'),
  onInconclusive: policies,
  onNoData: policies,
});
// Drawn evenly: a bias to small numbers would choose the first moves again and again.
const chances = fc.array(fc.noBias(fc.nat({ max: 999_999 })), {
  minLength: 10,
  maxLength: 90,
  size: 'max',
});

function beginningOf(drawn: typeof beginnings extends fc.Arbitrary<infer Drawn> ? Drawn : never) {
  const { strategy, fullScale, kind, ...policy } = drawn;
  const hasStable = kind !== 'install';
  const plan =
    kind === 'switchBack'
      ? planSwitchBack(strategy, fullScale)
      : planRollout({ strategy, fullScale, hasStable });
  const first = beginRollout(plan, { ...defaultHealthPolicy, ...policy });
  return beginWorld(first, hasStable ? stableName : null);
}

function walk(check: (world: World) => void): void {
  fc.assert(
    fc.property(beginnings, chances, (drawn, steps) => {
      let world = beginningOf(drawn);
      const path: string[] = [];
      try {
        check(world);
        for (const chance of steps) {
          const move = choose(movesOf(world), chance);
          path.push(move.name);
          world = move.make(world);
          check(world);
        }
      } catch (error) {
        throw new Error(`after ${path.join(', ')}`, { cause: error });
      }
    }),
    { numRuns, seed },
  );
}

/** Lets everything under way answer well, and a person say only what the rollout waits for; null when nothing moves it. */
function help(world: World): World | null {
  const { state, platform } = world;
  const now = { ...world, platform: { ...platform, ready: platform.declared } };
  const write = now.writes.find(({ epoch }) => epoch === state.epoch);
  if (write && !write.accepted) return tryWrite(now, write);
  if (write && !state.written) return confirm(now, write);
  if (state.mode === 'rollingBack') return write ? confirm(now, write) : null;
  if (!state.written && now.checks.some(({ epoch }) => epoch === state.epoch)) {
    return hear(now, yes(state.epoch));
  }
  const open = acceptedCommands(state);
  if (state.holding === null && open.includes('resume')) return hear(now, resume(state.epoch));
  if (state.holding !== null && open.includes('promote')) return hear(now, promote(state.epoch));
  const watch = now.watches.find(({ epoch }) => epoch === state.epoch);
  return watch && watch.window.until !== 'resumed' ? hear(now, pass(state.epoch)) : null;
}

function settle(world: World): World {
  let now = world;
  for (let left = 6 * world.state.plan.steps.length + 6; now.state.mode !== 'ended'; left--) {
    const next = help(now);
    assert.ok(next && left > 0, 'nothing under way, no command that moves it: a dead end');
    now = next;
  }
  requireSound(now);
  return now;
}

/** Lets every old attempt arrive once more. */
function haunt(world: World): World {
  return world.writes.reduce((now, { epoch }) => {
    const write = now.writes.find((other) => other.epoch === epoch);
    return write ? tryWrite(now, write) : now;
  }, world);
}

describe(`a rollout at random (${numRuns} walks, seed ${seed})`, function () {
  this.timeout(600_000);

  it('keeps traffic where it is told to be, and at the end where it belongs', () => {
    walk(requireSound);
  });

  it('never comes to a dead end', () => {
    walk((world) => void settle(world));
  });

  it('gets back to stable by abort from wherever it goes forward', () => {
    walk((world) => {
      if (world.state.mode !== 'forward') return;
      const home = settle(hear(world, abort(world.state.epoch)));
      assert.equal(home.state.outcome, 'aborted');
      requireSound(haunt(home));
    });
  });

  it('stays ended, whatever arrives late', () => {
    walk((world) => {
      if (world.state.mode === 'ended') requireSound(haunt(world));
    });
  });

  it('reaches every kind of end', () => {
    const ends = new Set<string>();
    walk(({ state }) => void ends.add(state.outcome ?? state.mode));
    assert.deepEqual([...ends].sort(), [
      'aborted',
      'forward',
      'promoted',
      'rolledBack',
      'rollingBack',
      'superseded',
    ]);
  });
});
