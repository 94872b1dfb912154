/** Every event in every situation of a rollout: one table, read row by row. */
import assert from 'node:assert/strict';
import { type RolloutCommand, refusal } from '../../../src/domain/rollout/commands.js';
import { decide } from '../../../src/domain/rollout/decide.js';
import type { RolloutState, Transition } from '../../../src/domain/rollout/state.js';
import type { Step, WatchWindow } from '../../../src/domain/rollout/step.js';
import {
  abort,
  begin,
  briefDecision,
  broken,
  doubt,
  fail,
  late,
  no,
  noData,
  pass,
  pauseIt,
  promote,
  promoteFull,
  restored,
  resume,
  type Said,
  tell,
  written,
  yes,
} from './sample-events.js';
import { elapsed, judged, planOf, smoke, untilResumed, webhook } from './sample-strategies.js';

const shift = (instances: number, weight: number, window: WatchWindow | null): Step => ({
  kind: 'shift',
  title: `${weight} %`,
  instances,
  weight,
  headerRoute: null,
  window,
});

const plan = planOf(
  shift(1, 0, null),
  { kind: 'smoke', title: 'smoke', smoke },
  shift(1, 25, judged(1000, 9000)),
  { kind: 'watch', title: 'watch', window: elapsed(1000) },
  shift(2, 50, untilResumed),
  { kind: 'webhook', title: 'ask', webhook },
  shift(3, 100, judged(1000, 9000)),
  { kind: 'watch', title: 'watch on', window: untilResumed },
  { kind: 'promote', title: 'promote' },
);

const deploying = begin(plan);
const smoking = tell(deploying, written);
const shifting = tell(smoking, yes);
const analysing = tell(shifting, written);
const judgedFirst = tell(shifting, pass);
const doubtedFirst = tell(shifting, doubt);
const watching = tell(analysing, pass);
const awaiting = tell(watching, pass, written);
const asking = tell(awaiting, resume);
const shiftingLast = tell(asking, yes);
const atFull = tell(shiftingLast, written, pass);
const promoting = tell(atFull, resume);

const situations: Readonly<Record<string, Transition>> = {
  deploying,
  smoking,
  'smoking, paused': tell(smoking, pauseIt),
  'smoked, paused': tell(smoking, pauseIt, yes),
  shifting,
  'judged before written': judgedFirst,
  'doubted before written': doubtedFirst,
  analysing,
  'analysing, paused': tell(analysing, pauseIt),
  'passed, paused': tell(analysing, pauseIt, pass),
  holding: tell(analysing, doubt),
  'holding, paused': tell(analysing, pauseIt, doubt),
  watching,
  'awaiting a person': awaiting,
  asking,
  'shifting to 100': shiftingLast,
  'shifting to 100 in full': tell(shifting, promoteFull),
  'at 100': atFull,
  promoting,
  'rolling back': tell(analysing, fail),
  'rolling back with all but the write done': tell(judgedFirst, abort),
  'rolling back from a gate': tell(smoking, abort),
  promoted: tell(promoting, written),
  aborted: tell(analysing, abort, restored),
};

const events = {
  written,
  pass,
  fail,
  doubt,
  yes,
  no,
  broken,
  pause: pauseIt,
  resume,
  promote,
  promoteFull,
  abort,
  restored,
} as const satisfies Record<string, Said>;
type EventName = keyof typeof events;
const commands: readonly EventName[] = ['pause', 'resume', 'promote', 'promoteFull', 'abort'];

/**
 * Cells: a decision; `noted`, to wait with something to remember; `-`, to wait as if nothing was said;
 * `refused`, for commands. Events that are left out get `-`, commands `refused`.
 */
const table: Readonly<Record<string, Partial<Record<EventName, string>>>> = {
  deploying: {
    written: 'perform smoke',
    pass: '-',
    doubt: 'noted',
    pause: 'noted',
    promoteFull: 'perform 3@100',
  },
  smoking: {
    yes: 'perform 1@25',
    no: 'rollBack gate',
    pass: 'noted',
    doubt: 'noted',
    pause: 'noted',
    promoteFull: 'perform 3@100',
  },
  'smoking, paused': {
    yes: 'watch resumed',
    no: 'rollBack gate',
    pass: 'noted',
    doubt: 'noted',
    resume: 'noted',
    promoteFull: 'perform 3@100',
  },
  'smoked, paused': {
    pass: 'watch resumed',
    doubt: 'watch resumed',
    resume: 'perform 1@25',
    promote: 'perform 1@25',
    promoteFull: 'perform 3@100',
  },
  shifting: {
    written: 'noted',
    pass: 'noted',
    doubt: 'noted',
    pause: 'noted',
    promoteFull: 'perform 3@100',
  },
  'judged before written': {
    written: 'perform watch',
    doubt: 'noted',
    pause: 'noted',
    promoteFull: 'perform 3@100',
  },
  'doubted before written': {
    written: 'watch resumed',
    pass: 'noted',
    pause: 'noted',
    promoteFull: 'perform 3@100',
  },
  analysing: {
    pass: 'perform watch',
    doubt: 'watch resumed',
    pause: 'noted',
    promote: 'perform watch',
    promoteFull: 'perform 3@100',
  },
  'analysing, paused': {
    pass: 'watch resumed',
    doubt: 'watch resumed',
    resume: 'noted',
    promote: 'perform watch',
    promoteFull: 'perform 3@100',
  },
  'passed, paused': {
    pass: 'watch resumed',
    doubt: 'watch resumed',
    resume: 'perform watch',
    promote: 'perform watch',
    promoteFull: 'perform 3@100',
  },
  holding: {
    pass: 'watch resumed',
    doubt: 'watch resumed',
    pause: 'noted',
    promote: 'perform watch',
    promoteFull: 'perform 3@100',
  },
  'holding, paused': {
    pass: 'watch resumed',
    doubt: 'watch resumed',
    resume: 'noted',
    promote: 'perform watch',
    promoteFull: 'perform 3@100',
  },
  watching: {
    pass: 'perform 2@50',
    doubt: 'watch resumed',
    pause: 'noted',
    promote: 'perform 2@50',
    promoteFull: 'perform 3@100',
  },
  'awaiting a person': {
    pass: 'watch resumed',
    doubt: 'watch resumed',
    pause: 'noted',
    resume: 'perform webhook',
    promote: 'perform webhook',
    promoteFull: 'perform 3@100',
  },
  asking: {
    yes: 'perform 3@100',
    no: 'rollBack gate',
    pass: 'noted',
    doubt: 'noted',
    pause: 'noted',
    promoteFull: 'perform 3@100',
  },
  'shifting to 100': {
    written: 'noted',
    pass: 'noted',
    doubt: 'noted',
    pause: 'noted',
    promoteFull: 'perform 3@100',
  },
  'shifting to 100 in full': { written: 'perform promote', doubt: 'noted', pause: 'noted' },
  'at 100': {
    pass: 'watch resumed',
    doubt: 'watch resumed',
    pause: 'noted',
    resume: 'perform promote',
    promote: 'perform promote',
    promoteFull: 'perform promote',
  },
  promoting: { written: 'end promoted', doubt: 'noted' },
  'rolling back': { restored: 'end rolledBack' },
  'rolling back with all but the write done': { restored: 'end aborted' },
  'rolling back from a gate': { restored: 'end aborted' },
  promoted: {},
  aborted: {},
};

/** A failed verdict, a failed act and a person's abort turn back from wherever the rollout still goes forward. */
function wanted(situation: string, event: EventName): string {
  const cell = table[situation]?.[event];
  if (cell !== undefined) return cell;
  const forward = situations[situation]?.state.mode === 'forward';
  if (forward && event === 'fail') return 'rollBack verdict';
  if (forward && event === 'broken') return 'rollBack failure';
  if (forward && event === 'abort') return 'rollBack aborted';
  return commands.includes(event) ? 'refused' : '-';
}

/** Going forward, a gate is answered and a write confirmed only where one was begun. */
function canHappen(state: RolloutState, event: EventName): boolean {
  if (state.mode !== 'forward') return true;
  const kind = state.plan.steps[state.position]?.kind;
  const gate = kind === 'smoke' || kind === 'webhook';
  const writes = kind === 'shift' || kind === 'promote';
  if (event === 'yes' || event === 'no') return gate && !state.written;
  if (event === 'written') return writes && !state.written;
  return true;
}

function seen({ state }: Transition, event: EventName): string {
  if (commands.includes(event) && refusal(state, event as RolloutCommand) !== null) {
    return 'refused';
  }
  const after = decide(state, events[event](state.epoch));
  if (after.decision.kind !== 'wait') return briefDecision(after.decision);
  try {
    assert.deepEqual(after.state, state);
    return '-';
  } catch {
    return 'noted';
  }
}

describe('decide: every event in every situation', () => {
  for (const [situation, transition] of Object.entries(situations)) {
    it(situation, () => {
      const names = (Object.keys(events) as EventName[]).filter((event) =>
        canHappen(transition.state, event),
      );
      const row = names.map((event) => [event, seen(transition, event)]);
      assert.deepEqual(
        Object.fromEntries(row),
        Object.fromEntries(names.map((event) => [event, wanted(situation, event)])),
      );
    });
  }

  it('has a row for every situation', () => {
    assert.deepEqual(Object.keys(table), Object.keys(situations));
  });
});

describe('decide: an answer to something else', () => {
  const later =
    (said: Said): Said =>
    (epoch) =>
      said(epoch + 1);
  for (const [situation, { state }] of Object.entries(situations)) {
    it(`changes nothing while ${situation}`, () => {
      for (const said of [written, pass, fail, doubt, noData, yes, no, broken]) {
        for (const otherEpoch of [late(said), later(said)]) {
          const after = decide(state, otherEpoch(state.epoch));
          assert.deepEqual(after, { state, decision: { kind: 'wait' } });
        }
      }
    });
  }
});
