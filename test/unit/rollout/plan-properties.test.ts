/** What holds for the plan of every strategy, drawn at random. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planRollout, planSwitchBack, printPlan } from '../../../src/domain/rollout/plan.js';
import type { RolloutPlan, Step } from '../../../src/domain/rollout/step.js';
import type { Strategy } from '../../../src/domain/rollout/strategy.js';
import { instancesFor } from '../../../src/domain/rollout/workload.js';
import { strategies } from './sample-strategies.js';

const numRuns = process.env.SLUICE_TEST_FULL ? 20_000 : 1_000;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);

type Shift = Extract<Step, { kind: 'shift' }>;

function shiftsOf(plan: RolloutPlan): Shift[] {
  return plan.steps.filter((step) => step.kind === 'shift');
}

function fixesScale(strategy: Strategy): boolean {
  return (
    strategy.kind === 'canary' &&
    strategy.steps.some((step) => step.kind === 'setScale' && step.instances !== null)
  );
}

function forEveryPlan(check: (plan: RolloutPlan, strategy: Strategy) => void): void {
  const scales = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 1000 }));
  fc.assert(
    fc.property(strategies, scales, fc.boolean(), (strategy, fullScale, hasStable) => {
      check(planRollout({ strategy, fullScale, hasStable }), strategy);
      check(planSwitchBack(strategy, fullScale), strategy);
    }),
    { numRuns, seed },
  );
}

describe(`every plan (${numRuns} runs, seed ${seed})`, function () {
  this.timeout(600_000);

  it('ends with promote, and with it only', () => {
    forEveryPlan(({ steps }) => {
      assert.equal(
        steps.findIndex((step) => step.kind === 'promote'),
        steps.length - 1,
      );
    });
  });

  it('shifts to 100 % at full scale last', () => {
    forEveryPlan((plan) => {
      const last = shiftsOf(plan).at(-1);
      assert.equal(last?.weight, 100);
      assert.ok(last.instances >= plan.fullScale);
    });
  });

  it('has capacity for each weight, unless somebody fixed it', () => {
    forEveryPlan((plan, strategy) => {
      if (fixesScale(strategy)) return;
      for (const { weight, instances } of shiftsOf(plan)) {
        assert.ok(instances >= instancesFor(weight, plan.fullScale), `${instances}@${weight}`);
      }
    });
  });

  it('has whole weights from 0 to 100 that never descend, and at least one instance', () => {
    forEveryPlan((plan) => {
      let before = 0;
      for (const { weight, instances } of shiftsOf(plan)) {
        assert.ok(Number.isInteger(weight) && weight >= before && weight <= 100, `${weight}`);
        assert.ok(Number.isInteger(instances) && instances >= 1, `${instances}`);
        before = weight;
      }
    });
  });

  it('shifts before anything else, so that every check has somebody to ask', () => {
    forEveryPlan(({ steps }) => assert.equal(steps[0]?.kind, 'shift'));
  });

  it('has windows that can be kept', () => {
    forEveryPlan(({ steps }) => {
      for (const step of steps) {
        const window = step.kind === 'shift' || step.kind === 'watch' ? step.window : null;
        if (!window) continue;
        assert.ok(window.minimumMs >= 0);
        assert.ok(window.maximumMs === null || window.minimumMs <= window.maximumMs);
        assert.ok(window.until !== 'judged' || window.maximumMs !== null, 'judged without an end');
        assert.ok(window.until !== 'resumed' || window.maximumMs === null, 'a person has no end');
      }
    });
  });

  it('keeps every pause, analysis and gate that was written', () => {
    forEveryPlan((plan, strategy) => {
      if (strategy.kind !== 'canary' || plan.strategy !== 'canary') return;
      const waits = plan.steps.flatMap((step) =>
        (step.kind === 'shift' || step.kind === 'watch') && step.window ? [step.window] : [],
      );
      for (const step of strategy.steps) {
        if (step.kind === 'pause' && step.forMs === null) {
          assert.ok(waits.some((window) => window.until === 'resumed'));
        }
        if (step.kind === 'analysis') {
          assert.ok(waits.some((w) => w.until === 'judged' && w.minimumMs === step.forMs));
        }
      }
      const count = (kinds: readonly string[], of: readonly { kind: string }[]) =>
        of.filter(({ kind }) => kinds.includes(kind)).length;
      const pauses = waits.filter((window) => window.until === 'resumed').length;
      assert.equal(
        pauses,
        strategy.steps.filter((step) => step.kind === 'pause' && step.forMs === null).length,
      );
      assert.equal(
        count(['smoke', 'webhook'], plan.steps),
        count(['smokeTest', 'webhook'], strategy.steps),
      );
    });
  });

  it('prints one numbered line a step', () => {
    forEveryPlan((plan) => {
      const lines = printPlan(plan);
      assert.equal(lines.length, plan.steps.length);
      lines.forEach((line, index) => assert.ok(line.startsWith(`${index + 1}. `)));
      assert.ok(!lines.some((line) => /null|undefined|NaN/.test(line)));
    });
  });
});
