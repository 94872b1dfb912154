/** What each strategy expands to: tables of steps, and the lines people read. */
import assert from 'node:assert/strict';
import { planRollout, planSwitchBack, printPlan } from '../../../src/domain/rollout/plan.js';
import type { Step } from '../../../src/domain/rollout/step.js';
import type { Strategy } from '../../../src/domain/rollout/strategy.js';
import {
  analysis,
  blueGreen,
  canary,
  elapsed,
  judged,
  mirror,
  passing,
  pause,
  rolling,
  route,
  scale,
  smoke,
  smokeTest,
  testers,
  timing,
  to,
  untilResumed,
  webhookGate,
} from './sample-strategies.js';

const minuteMs = 60_000;

/** `2@50` and the window, with the header route when there is one; gates and the end by name. */
function brief(step: Step): unknown[] {
  switch (step.kind) {
    case 'shift': {
      const at = `${step.instances}@${step.weight}`;
      const copies = step.mirror === undefined ? [] : [`copies ${step.mirror}`];
      const by = step.headerRoute ? [step.headerRoute.header] : [];
      return [at, step.window, ...by, ...copies];
    }
    case 'watch':
      return ['watch', step.window];
    default:
      return [step.kind];
  }
}

interface Row {
  readonly name: string;
  readonly strategy: Strategy;
  readonly fullScale?: number;
  readonly want: readonly unknown[][];
}

const canaryRows: readonly Row[] = [
  {
    name: 'the default: each analysis belongs to the shift before it',
    strategy: canary(...[5, 25, 50, 100].flatMap((weight) => [to(weight), analysis(minuteMs)])),
    want: [
      ['1@5', judged(minuteMs, 10 * minuteMs)],
      ['1@25', judged(minuteMs, 10 * minuteMs)],
      ['2@50', judged(minuteMs, 10 * minuteMs)],
      ['3@100', judged(minuteMs, 10 * minuteMs)],
    ],
  },
  {
    name: 'a missing 100 is added with the last analysis',
    strategy: canary(to(5), analysis(minuteMs), to(50), analysis(2 * minuteMs), to(60)),
    want: [
      ['1@5', judged(minuteMs, 10 * minuteMs)],
      ['2@50', judged(2 * minuteMs, 20 * minuteMs)],
      ['2@60', passing],
      ['3@100', judged(2 * minuteMs, 20 * minuteMs)],
    ],
  },
  {
    name: 'a missing 100 without any analysis is only watched in passing',
    strategy: canary(to(50)),
    want: [
      ['2@50', passing],
      ['3@100', passing],
    ],
  },
  {
    name: 'a pause belongs to the shift before it, the next one is a step of its own',
    strategy: canary(to(5), pause(minuteMs), pause(), analysis(minuteMs), to(100)),
    want: [
      ['1@5', elapsed(minuteMs)],
      ['watch', untilResumed],
      ['watch', judged(minuteMs, 10 * minuteMs)],
      ['3@100', passing],
    ],
  },
  {
    name: 'a deadline shorter than its analysis waits for the analysis',
    strategy: canary(to(100), analysis(minuteMs, 1000)),
    want: [['3@100', judged(minuteMs, minuteMs)]],
  },
  {
    name: 'a pause before any weight deploys without traffic',
    strategy: canary(pause(), to(100)),
    want: [
      ['1@0', untilResumed],
      ['3@100', passing],
    ],
  },
  {
    name: 'weight 0 with nothing to wait for is not judged',
    strategy: canary(to(0), to(100)),
    want: [
      ['1@0', null],
      ['3@100', passing],
    ],
  },
  {
    name: 'a mirror copies to the capacity of its share, and the next weight ends it',
    strategy: canary(mirror(50), to(5), analysis(minuteMs), to(100)),
    want: [
      ['2@0', judged(minuteMs, 10 * minuteMs), 'copies 50'],
      ['1@5', judged(minuteMs, 10 * minuteMs)],
      ['3@100', passing],
    ],
  },
  {
    name: 'whatever follows a mirror ends it: another one, a pause, a gate, full scale',
    strategy: canary(mirror(5), mirror(100), pause(), mirror(10), smokeTest),
    want: [
      ['1@0', judged(minuteMs, 10 * minuteMs), 'copies 5'],
      ['3@0', judged(minuteMs, 10 * minuteMs), 'copies 100'],
      ['1@0', untilResumed],
      ['1@0', judged(minuteMs, 10 * minuteMs), 'copies 10'],
      ['1@0', null],
      ['smoke'],
      ['3@100', passing],
    ],
  },
  {
    name: 'a mirror keeps a fixed scale, and testers go on beside it',
    strategy: canary(scale(2), route(testers), mirror(10), route(null), to(100)),
    want: [
      ['2@0', null],
      ['2@0', judged(minuteMs, 10 * minuteMs), 'x-tester', 'copies 10'],
      ['3@100', passing],
    ],
  },
  {
    name: 'a smoke test before any weight deploys without traffic first',
    strategy: canary(smokeTest, to(100)),
    want: [['1@0', null], ['smoke'], ['3@100', passing]],
  },
  {
    name: 'a webhook before any weight too; a pause after a gate is a step of its own',
    strategy: canary(webhookGate, pause(minuteMs), to(5), smokeTest, to(100)),
    want: [
      ['1@0', null],
      ['webhook'],
      ['watch', elapsed(minuteMs)],
      ['1@5', passing],
      ['smoke'],
      ['3@100', passing],
    ],
  },
  {
    name: 'setScale before a weight is one step with it, and holds until it is let go',
    strategy: canary(scale(2), to(5), to(25), scale(null), to(50), to(100)),
    fullScale: 10,
    want: [
      ['2@5', passing],
      ['2@25', passing],
      ['5@50', passing],
      ['10@100', passing],
    ],
  },
  {
    name: 'setScale alone changes capacity at the present weight, its pause with it',
    strategy: canary(to(5), scale(4), pause(minuteMs), to(50)),
    want: [
      ['1@5', passing],
      ['4@5', elapsed(minuteMs)],
      ['4@50', passing],
      ['4@100', passing],
    ],
  },
  {
    name: 'at 100 % nothing is smaller than full scale',
    strategy: canary(to(100), scale(1), scale(null)),
    want: [
      ['3@100', passing],
      ['3@100', passing],
      ['3@100', passing],
    ],
  },
  {
    name: 'testers are let in at weight 0 and stay until they are sent away',
    strategy: canary(route(testers), analysis(minuteMs), to(5), route(null), to(10), to(50)),
    want: [
      ['1@0', judged(minuteMs, 10 * minuteMs), 'x-tester'],
      ['1@5', passing, 'x-tester'],
      ['1@10', passing],
      ['2@50', passing],
      ['3@100', judged(minuteMs, 10 * minuteMs)],
    ],
  },
  {
    name: 'testers alone are watched although nobody else comes',
    strategy: canary(route(testers), smokeTest),
    want: [['1@0', passing, 'x-tester'], ['smoke'], ['3@100', passing]],
  },
  { name: 'no steps: straight to 100', strategy: canary(), want: [['3@100', passing]] },
];

const otherRows: readonly Row[] = [
  {
    name: 'blue-green: full scale without traffic, then each weight, the last watched after the switch',
    strategy: blueGreen({ smoke, warmUp: smoke }),
    want: [
      ['3@0', null],
      ['smoke'],
      ['smoke'],
      ['3@10', judged(minuteMs, 11 * minuteMs)],
      ['3@50', judged(minuteMs, 11 * minuteMs)],
      ['3@100', judged(5 * minuteMs, 15 * minuteMs)],
    ],
  },
  {
    name: 'blue-green without checks; a missing 100 is added',
    strategy: blueGreen({ weights: [30] }),
    want: [
      ['3@0', null],
      ['3@30', judged(minuteMs, 11 * minuteMs)],
      ['3@100', judged(5 * minuteMs, 15 * minuteMs)],
    ],
  },
  {
    name: 'rolling: traffic follows the share of instances',
    strategy: rolling(2),
    fullScale: 5,
    want: [
      ['3@60', judged(minuteMs, 11 * minuteMs)],
      ['5@100', judged(minuteMs, 11 * minuteMs)],
    ],
  },
  {
    name: 'rolling: a share that is no whole percent gives no instance more than its part',
    strategy: rolling(3),
    want: [
      ['1@33', judged(minuteMs, 11 * minuteMs)],
      ['2@66', judged(minuteMs, 11 * minuteMs)],
      ['3@100', judged(minuteMs, 11 * minuteMs)],
    ],
  },
  {
    name: 'rolling: never more batches than instances',
    strategy: rolling(9),
    fullScale: 2,
    want: [
      ['1@50', judged(minuteMs, 11 * minuteMs)],
      ['2@100', judged(minuteMs, 11 * minuteMs)],
    ],
  },
];

describe('planRollout', () => {
  for (const { name, strategy, fullScale = 3, want } of [...canaryRows, ...otherRows]) {
    it(name, () => {
      const plan = planRollout({ strategy, fullScale, hasStable: true });
      assert.deepEqual(plan.steps.map(brief), [...want, ['promote']]);
      assert.equal(plan.strategy, strategy.kind);
      assert.equal(plan.fullScale, fullScale);
      assert.equal(plan.timing, timing);
    });
  }

  for (const strategy of [canary(to(5)), blueGreen(), rolling(3)]) {
    it(`installs by ${strategy.kind} at full scale at once when nothing is stable`, () => {
      const plan = planRollout({ strategy, fullScale: 4, hasStable: false });
      assert.deepEqual(plan.steps.map(brief), [['4@100', passing], ['promote']]);
      assert.equal(plan.strategy, 'install');
    });
  }
});

describe('a migration', () => {
  const migration = { job: 'checkout-migrate', deadlineMs: 600_000, logLines: 20 };
  for (const hasStable of [true, false]) {
    it(`comes before everything else ${hasStable ? 'of a rollout' : 'of a first install'}`, () => {
      const request = { strategy: canary(to(5)), fullScale: 3, hasStable };
      const plan = planRollout({ ...request, migration });
      const [first, ...rest] = plan.steps;
      assert.deepEqual(first, { kind: 'migrate', title: 'migrate by checkout-migrate', migration });
      assert.deepEqual(rest, planRollout(request).steps);
      assert.equal(printPlan(plan)[0], '1. migrate by checkout-migrate, within 10m');
    });
  }
});

describe('planSwitchBack', () => {
  it('takes all traffic at full scale and judges nothing', () => {
    const plan = planSwitchBack(canary(to(5), analysis(minuteMs)), 4);
    assert.deepEqual(plan.steps.map(brief), [['4@100', null], ['promote']]);
    assert.equal(plan.strategy, 'switchBack');
  });
});

describe('printPlan', () => {
  it('numbers the steps and says what each waits for', () => {
    const strategy = canary(
      smokeTest,
      route(testers),
      pause(),
      route(null),
      to(5),
      analysis(90_000),
      pause(),
      webhookGate,
    );
    assert.deepEqual(printPlan(planRollout({ strategy, fullScale: 3, hasStable: true })), [
      '1. deploy 1 instance',
      '2. smoke test /ready',
      '3. deploy 1 instance, testers by x-tester, watched until somebody resumes',
      '4. traffic to 5 % on 1 instance, watched for 1m30s',
      '5. watch until somebody resumes',
      '6. ask gate.example',
      '7. traffic to 100 % on 3 instances, watched for 1m30s',
      '8. the candidate becomes stable',
    ]);
  });

  it('prints blue-green with both checks', () => {
    const strategy = blueGreen({ smoke, warmUp: { ...smoke, path: '/warm' }, weights: [100] });
    assert.deepEqual(printPlan(planRollout({ strategy, fullScale: 3, hasStable: true })), [
      '1. deploy 3 instances',
      '2. smoke test /ready',
      '3. warm up /warm',
      '4. traffic to 100 % on 3 instances, watched for 5m',
      '5. the candidate becomes stable',
    ]);
  });

  it('says nothing of a watch in passing', () => {
    assert.deepEqual(
      printPlan(planRollout({ strategy: canary(), fullScale: 1, hasStable: false })),
      ['1. traffic to 100 % on 1 instance', '2. the candidate becomes stable'],
    );
  });
});
