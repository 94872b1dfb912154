/** What the code host is shown of a release: every phase, in order, in the words it has. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { answerGate } from '../../../src/domain/deployment-mirror/gate.js';
import {
  mirrorRelease,
  mirrorRollout,
  type MirrorState,
  type MirrorWrite,
  nothingMirrored,
  upTo,
} from '../../../src/domain/deployment-mirror/mirror.js';
import { describePhase, shownPhases } from '../../../src/domain/deployment-mirror/shown-phase.js';
import { type Phase, phases } from '../../../src/domain/phase.js';
import type { StageView } from '../../../src/domain/release/view.js';

type Told = readonly ['release' | 'rollout', Phase, string | null];
const loneSurrogate = /\p{Surrogate}/u;
const rolloutId = 'rollout:shop:production:3';

function tell(story: readonly Told[]): { state: MirrorState; writes: readonly MirrorWrite[] } {
  let state = nothingMirrored;
  const writes: MirrorWrite[] = [];
  story.forEach(([source, phase, environment], n) => {
    const change = { eventId: n, atMs: n, phase, environment };
    const told =
      source === 'release' ? mirrorRelease(state, change) : mirrorRollout(state, rolloutId, change);
    state = told.state;
    writes.push(...told.writes);
  });
  return { state, writes };
}

const said = (writes: readonly MirrorWrite[], environment: string | null) =>
  writes.filter((write) => write.environment === environment).map(({ phase }) => phase);

describe('mirror of a release', () => {
  it('has a state, and one that ends, for every phase of the closed list', () => {
    assert.deepEqual(Object.keys(shownPhases).sort(), [...phases].sort());
    const states = Object.fromEntries(
      phases.map((phase) => [phase, shownPhases[phase].deployment]),
    );
    assert.deepEqual(states, {
      Queued: 'queued',
      AwaitingApproval: 'pending',
      Deploying: 'in_progress',
      Analysing: 'in_progress',
      Holding: 'pending',
      Promoting: 'in_progress',
      Promoted: 'success',
      RollingBack: 'in_progress',
      RolledBack: 'failure',
      Aborted: 'error',
      Superseded: 'inactive',
      Rejected: 'failure',
      NeedsHelp: 'failure',
    });
  });

  it('shows the stage’s own phases and, while it deploys, its rollout’s', () => {
    const { writes } = tell([
      ['release', 'Queued', null],
      ['release', 'Queued', 'production'],
      ['release', 'AwaitingApproval', 'production'],
      ['release', 'Deploying', 'production'],
      ['rollout', 'Deploying', 'production'],
      ['rollout', 'Analysing', 'production'],
      ['rollout', 'Analysing', 'production'],
      ['rollout', 'Holding', 'production'],
      ['rollout', 'Promoting', 'production'],
      ['rollout', 'Promoted', 'production'],
      ['release', 'Promoting', 'production'],
      ['release', 'Analysing', 'production'],
      ['release', 'Promoted', 'production'],
      ['release', 'Promoted', null],
    ]);
    assert.deepEqual(said(writes, 'production'), [
      ...['Queued', 'AwaitingApproval', 'Deploying', 'Analysing', 'Holding', 'Promoting'],
      ...['Analysing', 'Promoted'],
    ]);
    assert.deepEqual(said(writes, null), [
      ...['Queued', 'AwaitingApproval', 'Deploying', 'Promoting', 'Analysing', 'Promoted'],
    ]);
  });

  it('lets the whole end only with the release', () => {
    const { state, writes } = tell([
      ['release', 'Deploying', 'staging'],
      ['release', 'Promoted', 'staging'],
      ['release', 'Queued', 'production'],
      ['release', 'Rejected', 'production'],
      ['release', 'Rejected', null],
    ]);
    assert.deepEqual(state.stages, { staging: 'Promoted', production: 'Rejected' });
    assert.deepEqual(said(writes, null), ['Deploying', 'Queued', 'Rejected']);
  });

  it('ends where the engine ends, writes nothing twice, and leaves no step out', () => {
    const step = fc.tuple(
      fc.constantFrom('release' as const, 'rollout' as const),
      fc.constantFrom(...phases),
      fc.constantFrom('production', 'staging', null),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (story) => {
        const { state, writes } = tell(story);
        for (const environment of ['production', 'staging', null]) {
          const phasesSaid = said(writes, environment);
          const last = environment === null ? state.release : (state.stages[environment] ?? null);
          assert.equal(phasesSaid.at(-1) ?? null, last);
          phasesSaid.forEach((phase, n) => assert.notEqual(phase, phasesSaid[n - 1]));
        }
        const told = story.filter(([source, , at]) => source === 'release' && at === 'staging');
        const wanted = told.map(([, phase]) => phase).filter((p, n, all) => p !== all[n - 1]);
        assert.deepEqual(said(writes, 'staging'), wanted);
      }),
    );
  });

  it('describes a phase in one line that fits', () => {
    assert.equal(
      describePhase('1.2.0', 'RolledBack', '9 %\nbad'),
      '1.2.0 was taken back (RolledBack): 9 % bad',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...phases),
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        (phase, why) => {
          const text = describePhase('1.2.0', phase, why);
          assert.ok(text.length <= 140 && text.includes(`(${phase})`));
          assert.ok(!loneSurrogate.test(text));
        },
      ),
    );
  });

  it('takes only the steps of a rollout that belong before the next one of its release', () => {
    const at = (atMs: number) => ({
      eventId: atMs,
      atMs,
      phase: 'Analysing' as const,
      environment: null,
    });
    assert.deepEqual(upTo([at(1), at(5), at(9)], 5), [at(1), at(5)]);
  });
});

describe('gate for workflow runs', () => {
  const stage = (phase: Phase, change: Partial<StageView> = {}): StageView => ({
    ...{ environment: 'production', strategy: 'canary', phase, attempt: 1, rolloutId: null },
    ...{ approvals: [], approvalsRequired: 1, reason: null, evidenceRef: null },
    ...{ startedAtMs: null, endedAtMs: null, ...change },
  });
  const release = (
    stages: readonly StageView[],
    outcome: 'promoted' | 'rejected' | null = null,
  ) => ({
    ...{ service: 'shop', version: '1.2.0', stages, outcome, reason: outcome && 'because' },
  });
  const kindOf = (phase: Phase): string => {
    const answer = answerGate(release([stage(phase)]), 'production');
    return answer.kind === 'wait' ? 'wait' : answer.state;
  };

  it('opens exactly when the gate of the release is passed, for every phase', () => {
    assert.deepEqual(Object.fromEntries(phases.map((phase) => [phase, kindOf(phase)])), {
      ...{ Queued: 'wait', AwaitingApproval: 'wait', Holding: 'wait', NeedsHelp: 'wait' },
      ...{
        Deploying: 'approved',
        Analysing: 'approved',
        Promoting: 'approved',
        Promoted: 'approved',
      },
      ...{ RollingBack: 'rejected', RolledBack: 'rejected', Aborted: 'rejected' },
      ...{ Superseded: 'rejected', Rejected: 'rejected' },
    });
  });

  it('waits for a release, refuses where it never comes, and names who approved', () => {
    assert.equal(answerGate(null, 'production').kind, 'wait');
    const elsewhere = answerGate(release([stage('Queued')]), 'qa');
    assert.deepEqual(elsewhere, {
      kind: 'answer',
      state: 'rejected',
      comment: 'shop 1.2.0 does not go through qa',
    });
    const ended = answerGate(release([stage('Queued')], 'rejected'), 'production');
    assert.match(ended.kind === 'answer' ? ended.comment : '', /ended before production: because/);
    const approvals = [{ actor: 'ann', reason: 'ok', atMs: 0, attested: true }];
    const approved = answerGate(release([stage('Deploying', { approvals })]), 'production');
    assert.equal(approved.kind === 'answer' && approved.comment, 'shop 1.2.0: approved by ann');
    const regions = ['eu', 'us'].map((region) =>
      stage('Deploying', { environment: `production/${region}` }),
    );
    assert.equal(answerGate(release(regions), 'production').kind, 'answer');
    assert.equal(
      answerGate(release([regions[0] as StageView, stage('Queued')]), 'production').kind,
      'wait',
    );
  });
});
