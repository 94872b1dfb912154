/** The text of a plan: everything that was planned, in the order of the pipeline, and how long it takes. */
import assert from 'node:assert/strict';
import { planText } from '../../../src/api/plan-text.js';
import type { PlanStage } from '../../../src/api/schemas/plan.js';
import { noTime, plus, predictRollout } from '../../../src/domain/rollout/predict.js';
import { aRollout } from '../../support/views.js';

const plan = { ...aRollout().plan, steps: [...aRollout().plan.steps] };
const stage: PlanStage = {
  environment: 'production',
  platform: 'local',
  strategy: 'canary',
  promotion: 'manual',
  approvals: { required: 1, approvers: [], minimumWaitMs: 0, deadlineMs: null },
  gates: ['1 approval by team:release'],
  steps: ['1. traffic to 5 % on 1 instance'],
  plan,
  preview: null,
  changes: ['+ Deployment shop/new', '    a: 1 → 2\u001b[2J'],
  traffic: null,
  reach: [],
  finds: ['1. 5 % for 1m: finds 3x or worse'],
  health: ['errors: rolled back above 5 %'],
  soakMs: 60_000,
  duration: predictRollout(plan, { atLeastMs: 60_000, waitsForPeople: 1 }),
  verification: '/smoke',
  onFailure: 'hold',
};

describe('text of a plan', () => {
  it('has all of a stage, one line each, with nothing that steers a terminal', () => {
    const about = { service: 'checkout', version: '1.1.0', digest: 'd', pipelineSha256: 'c' };
    const whole = { ...about, stages: [stage], duration: stage.duration, notes: ['a\nb'] };
    assert.deepEqual(planText(whole), [
      'checkout 1.1.0',
      '1. production  canary on local',
      '   gate    1 approval by team:release',
      '   1. traffic to 5 % on 1 instance',
      '   + Deployment shop/new',
      '       a: 1 → 2[2J',
      '   reach   1. 5 % for 1m: finds 3x or worse',
      '   health  errors: rolled back above 5 %',
      '   soak    1m',
      '   verify  /smoke',
      '   takes   at least 4m, and until a person acts',
      '   on failure: hold for a person',
      'takes at least 4m, and until a person acts',
      'note: a b',
    ]);
  });

  it('adds up times of watches, and counts the steps that wait for somebody', () => {
    const resumed = { minimumMs: 0, maximumMs: null, until: 'resumed' } as const;
    const held = {
      ...plan,
      steps: [...plan.steps, { kind: 'watch', title: 't', window: resumed }],
    };
    const predicted = predictRollout(held as typeof plan, noTime);
    assert.deepEqual(predicted, { atLeastMs: 180_000, waitsForPeople: 1 });
    assert.deepEqual(plus(predicted, predicted), { atLeastMs: 360_000, waitsForPeople: 2 });
  });
});
