/** Whole stories of rollouts: what is said, what is decided, and what is remembered. */
import assert from 'node:assert/strict';
import type { UndecidedPolicy } from '../../../src/domain/analysis/health-policy.js';
import { decide } from '../../../src/domain/rollout/decide.js';
import { planRollout, planSwitchBack } from '../../../src/domain/rollout/plan.js';
import type { RolloutState } from '../../../src/domain/rollout/state.js';
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
  supersede,
  tell,
  tooLate,
  written,
  yes,
} from './sample-events.js';
import { analysis, canary, pause, smokeTest, to, webhookGate } from './sample-strategies.js';

const planned = (...steps: Parameters<typeof canary>) =>
  planRollout({ strategy: canary(...steps), fullScale: 4, hasStable: true });
const usual = planned(to(25), analysis(1000), to(100), analysis(1000));

interface Story {
  readonly name: string;
  readonly plan?: ReturnType<typeof planned>;
  /** What is said, in order, and what is decided upon it. */
  readonly told: readonly (readonly [Said, string])[];
  readonly ends: Partial<RolloutState>;
}

const stories: readonly Story[] = [
  {
    name: 'all is well',
    told: [
      [written, 'wait'],
      [pass, 'perform 4@100'],
      [written, 'wait'],
      [pass, 'perform promote'],
      [written, 'end promoted'],
    ],
    ends: { mode: 'ended', outcome: 'promoted', weight: 100, position: 3, epoch: 3, cause: null },
  },
  {
    name: 'each confirmation arrives after its verdict, and twice',
    told: [
      [pass, 'wait'],
      [written, 'perform 4@100'],
      [late(written), 'wait'],
      [late(pass), 'wait'],
      [pass, 'wait'],
      [written, 'perform promote'],
      [late(written), 'wait'],
      [written, 'end promoted'],
      [written, 'wait'],
    ],
    ends: { mode: 'ended', outcome: 'promoted', weight: 100 },
  },
  {
    name: 'the candidate fails before its traffic is confirmed',
    told: [
      [fail, 'rollBack verdict'],
      [late(written), 'wait'],
      [written, 'wait'],
      [restored, 'end rolledBack'],
      [restored, 'wait'],
    ],
    ends: { mode: 'ended', outcome: 'rolledBack', weight: 0, epoch: 2 },
  },
  {
    name: 'capacity is not reached in time',
    told: [
      [tooLate, 'rollBack deadline'],
      [restored, 'end rolledBack'],
    ],
    ends: { cause: { kind: 'deadline', reason: 'no capacity after 10m' } },
  },
  {
    name: 'the first cause of turning back stays',
    told: [
      [written, 'wait'],
      [fail, 'rollBack verdict'],
      [abort, 'wait'],
      [supersede, 'wait'],
      [restored, 'end rolledBack'],
    ],
    ends: {
      cause: { kind: 'verdict', reason: 'seen: fail', evidenceRef: 'sha256:evidence' },
      outcome: 'rolledBack',
    },
  },
  {
    name: 'a newer release takes over while it is paused',
    told: [
      [written, 'wait'],
      [pauseIt, 'wait'],
      [supersede, 'rollBack superseded'],
      [restored, 'end superseded'],
    ],
    ends: { outcome: 'superseded', paused: null },
  },
  {
    name: 'paused before the verdict, resumed after it',
    told: [
      [written, 'wait'],
      [pauseIt, 'wait'],
      [pass, 'watch resumed'],
      [late(pass), 'wait'],
      [resume, 'perform 4@100'],
    ],
    ends: { paused: null, weight: 100, epoch: 3 },
  },
  {
    name: 'paused and resumed before the verdict: as if nothing was said',
    told: [
      [pauseIt, 'wait'],
      [written, 'wait'],
      [resume, 'wait'],
      [pass, 'perform 4@100'],
    ],
    ends: { paused: null, epoch: 2 },
  },
  {
    name: 'a pause does not stop a bad verdict',
    told: [
      [written, 'wait'],
      [pauseIt, 'wait'],
      [pass, 'watch resumed'],
      [fail, 'rollBack verdict'],
    ],
    ends: { mode: 'rollingBack', paused: null },
  },
  {
    name: 'held, then paused: a resume does not lift the hold, a promote lifts both',
    told: [
      [written, 'wait'],
      [doubt, 'watch resumed'],
      [pauseIt, 'wait'],
      [resume, 'wait'],
      [pauseIt, 'wait'],
      [promote, 'perform 4@100'],
    ],
    ends: { holding: null, paused: null, position: 1 },
  },
  {
    name: 'held and then bad',
    told: [
      [written, 'wait'],
      [doubt, 'watch resumed'],
      [fail, 'rollBack verdict'],
    ],
    ends: { holding: null, mode: 'rollingBack' },
  },
  {
    name: 'a step that asks for a person takes nothing else',
    plan: planned(to(25), pause(), to(100)),
    told: [
      [written, 'wait'],
      [pass, 'watch resumed'],
      [resume, 'perform 4@100'],
    ],
    ends: { position: 1 },
  },
  {
    name: 'gates before, between and after the shifts',
    plan: planned(smokeTest, to(100), webhookGate),
    told: [
      [written, 'perform smoke'],
      [yes, 'perform 4@100'],
      [pass, 'wait'],
      [written, 'perform webhook'],
      [yes, 'perform promote'],
      [written, 'end promoted'],
    ],
    ends: { outcome: 'promoted' },
  },
  {
    name: 'a gate says no at full traffic',
    plan: planned(to(100), webhookGate),
    told: [
      [pass, 'wait'],
      [written, 'perform webhook'],
      [no, 'rollBack gate'],
      [restored, 'end rolledBack'],
    ],
    ends: { cause: { kind: 'gate', reason: '503' }, weight: 0 },
  },
  {
    name: 'aborted while the promotion is under way: its confirmation is late',
    told: [
      [pass, 'wait'],
      [written, 'perform 4@100'],
      [pass, 'wait'],
      [written, 'perform promote'],
      [abort, 'rollBack aborted'],
      [late(written), 'wait'],
      [restored, 'end aborted'],
    ],
    ends: { outcome: 'aborted', weight: 0, epoch: 4 },
  },
  {
    name: 'the promotion cannot be written',
    told: [
      [pass, 'wait'],
      [written, 'perform 4@100'],
      [pass, 'wait'],
      [written, 'perform promote'],
      [broken, 'rollBack failure'],
    ],
    ends: { mode: 'rollingBack' },
  },
  {
    name: 'promoted in full while traffic is on its way to 100 already',
    told: [
      [pass, 'wait'],
      [written, 'perform 4@100'],
      [promoteFull, 'perform 4@100'],
      [late(written), 'wait'],
      [written, 'perform promote'],
    ],
    ends: { full: true, epoch: 4 },
  },
  {
    name: 'promoted in full, paused on the way',
    told: [
      [promoteFull, 'perform 4@100'],
      [pauseIt, 'wait'],
      [written, 'watch resumed'],
      [resume, 'perform promote'],
    ],
    ends: { paused: null },
  },
  {
    name: 'promoted in full and then bad',
    told: [
      [promoteFull, 'perform 4@100'],
      [fail, 'rollBack verdict'],
    ],
    ends: { mode: 'rollingBack' },
  },
  {
    name: 'going back waits for readiness alone',
    plan: planSwitchBack(canary(to(5)), 4),
    told: [
      [written, 'perform promote'],
      [written, 'end promoted'],
    ],
    ends: { outcome: 'promoted' },
  },
];

describe('decide: stories', () => {
  for (const { name, plan = usual, told, ends } of stories) {
    it(name, () => {
      let now = begin(plan, { onInconclusive: 'hold' });
      const decided = told.map(([said]) => {
        now = tell(now, said);
        return briefDecision(now.decision);
      });
      assert.deepEqual(
        decided,
        told.map(([, decision]) => decision),
      );
      assert.deepEqual({ ...now.state, ...ends }, now.state);
    });
  }
});

describe('decide: doubt and silence', () => {
  const policies: readonly (readonly [Said, UndecidedPolicy, UndecidedPolicy, string])[] = [
    [doubt, 'hold', 'rollBack', 'watch resumed'],
    [doubt, 'advance', 'rollBack', 'perform 4@100'],
    [doubt, 'rollBack', 'advance', 'rollBack verdict'],
    [noData, 'rollBack', 'hold', 'watch resumed'],
    [noData, 'rollBack', 'advance', 'perform 4@100'],
    [noData, 'advance', 'rollBack', 'rollBack verdict'],
  ];
  for (const [said, onInconclusive, onNoData, want] of policies) {
    const name = said === doubt ? `doubt, ${onInconclusive}` : `no data, ${onNoData}`;
    it(`${name}: ${want}`, () => {
      const after = tell(begin(usual, { onInconclusive, onNoData }), written, said);
      assert.equal(briefDecision(after.decision), want);
      const held = want === 'watch resumed';
      assert.equal(after.state.holding === null, !held);
    });
  }

  it('waits with the verdict for a write that is still under way', () => {
    const advanced = tell(begin(usual, { onInconclusive: 'advance' }), doubt);
    assert.equal(briefDecision(advanced.decision), 'wait');
    assert.equal(briefDecision(tell(advanced, written).decision), 'perform 4@100');
  });
});

describe('decide: promote in full from every step', () => {
  const plan = planned(smokeTest, to(25), pause(), webhookGate, to(100), pause(1000), smokeTest);
  const reach: readonly Said[] = [written, yes, written, resume, yes, written, pass, yes];

  for (let done = 0; done < reach.length; done++) {
    const before = tell(begin(plan), ...reach.slice(0, done));
    it(`from "${plan.steps[before.state.position]?.title}" (${done} events)`, () => {
      const reached = briefDecision(tell(before, promoteFull).decision);
      const lastShift = plan.steps.findLastIndex((step) => step.kind === 'shift');
      const { position, written: seen } = before.state;
      const past = position > lastShift || (position === lastShift && seen);
      assert.equal(reached, past ? 'perform promote' : 'perform 4@100');
      const confirmations = past ? [written] : [written, written];
      const after = tell(before, promoteFull, ...confirmations);
      assert.equal(briefDecision(after.decision), 'end promoted');
    });
  }
});

describe('decide: an impossible position', () => {
  it('is a fault of the plan, not a decision', () => {
    const { state } = begin(usual);
    assert.throws(() => decide({ ...state, position: 9 }, written(state.epoch)), RangeError);
  });
});
