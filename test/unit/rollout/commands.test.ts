/** What a rollout answers to commands that it does not take. */
import assert from 'node:assert/strict';
import { Failure } from '../../../src/domain/failures.js';
import {
  acceptedCommands,
  type RolloutCommand,
  refusal,
  requireAccepted,
} from '../../../src/domain/rollout/commands.js';
import { planRollout } from '../../../src/domain/rollout/plan.js';
import type { Transition } from '../../../src/domain/rollout/state.js';
import {
  abort,
  begin,
  pass,
  pauseIt,
  promoteFull,
  restored,
  tell,
  written,
  yes,
} from './sample-events.js';
import { analysis, canary, pause, smokeTest, to } from './sample-strategies.js';

const plan = planRollout({
  strategy: canary(smokeTest, to(25), analysis(1000), to(50), pause(), to(100)),
  fullScale: 4,
  hasStable: true,
});
const deploying = begin(plan);
const smoking = tell(deploying, written);
const shifting = tell(smoking, yes);
const analysing = tell(shifting, written);
const raising = tell(analysing, pass);
const promoting = tell(shifting, promoteFull, written);

const rows: readonly (readonly [string, Transition, RolloutCommand, string | null])[] = [
  ['pause', analysing, 'pause', null],
  ['pause twice', tell(analysing, pauseIt), 'pause', 'it is already paused by ann'],
  ['pause the promotion', promoting, 'pause', 'it is being promoted'],
  ['resume what is not paused', analysing, 'resume', 'it is not paused'],
  ['resume a pause that is not reached', raising, 'resume', 'it is not paused'],
  ['resume a pause that is reached', tell(raising, written), 'resume', null],
  [
    'promote before the weight is seen',
    shifting,
    'promote',
    '"traffic to 25 % on 1 instance" is not reached yet',
  ],
  [
    'promote past a check',
    smoking,
    'promote',
    'the check "smoke test /ready" is not answered yet; promote in full passes it over',
  ],
  ['promote past a check that is answered', tell(smoking, pauseIt, yes), 'promote', null],
  ['promote the promotion', promoting, 'promote', 'it is being promoted'],
  ['promote in full', smoking, 'promoteFull', null],
  [
    'promote in full twice',
    tell(shifting, promoteFull),
    'promoteFull',
    'it is already being promoted in full',
  ],
  ['promote the promotion in full', promoting, 'promoteFull', 'it is being promoted'],
  ['abort the promotion', promoting, 'abort', null],
  ['abort twice', tell(analysing, abort), 'abort', 'the rollout is already rolling back'],
  [
    'abort what has ended',
    tell(analysing, abort, restored),
    'abort',
    'the rollout has ended: aborted',
  ],
  ['pause what was promoted', tell(promoting, written), 'pause', 'the rollout has ended: promoted'],
];

describe('commands', () => {
  for (const [name, { state }, command, want] of rows) {
    it(`${name}: ${want ?? 'accepted'}`, () => {
      assert.equal(refusal(state, command), want);
      assert.equal(acceptedCommands(state).includes(command), want === null);
      if (want === null) return requireAccepted(state, command);
      assert.throws(
        () => requireAccepted(state, command),
        (error) => error instanceof Failure && error.message.endsWith(want),
      );
    });
  }

  const nextOf = ({ state }: Transition): string | undefined => {
    try {
      requireAccepted(state, 'resume');
    } catch (error) {
      if (error instanceof Failure) return error.details.next;
      throw error;
    }
    return undefined;
  };

  it('says what is possible instead', () => {
    assert.equal(nextOf(analysing), 'possible now: pause, promote, promoteFull, abort');
  });

  it('says how to read on when nothing is', () => {
    assert.match(nextOf(tell(analysing, abort)) ?? '', /^nothing is left .* sluice get$/);
  });
});
