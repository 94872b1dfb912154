/** Strategies as written and as they are read. */
import assert from 'node:assert/strict';
import { strategySchema } from '../../../src/domain/rollout/schema.js';

const timing = { progressDeadlineMs: 600_000, keepWarmMs: 600_000, abortScaleDownDelayMs: 30_000 };
const judged = { kind: 'analysis', forMs: 60_000, deadlineMs: 600_000 };

const smoke = {
  path: null,
  expectStatus: 200,
  expectBody: null,
  requests: 1,
  retries: 3,
  retryDelayMs: 2000,
  timeoutMs: 5000,
};

const table = [
  {
    name: 'canary alone',
    given: 'canary',
    want: {
      kind: 'canary',
      steps: [5, 25, 50, 100].flatMap((weight) => [{ kind: 'setWeight', weight }, judged]),
      timing,
    },
  },
  {
    name: 'blue-green alone',
    given: 'blueGreen',
    want: {
      kind: 'blueGreen',
      smoke,
      warmUp: null,
      weights: [10, 50, 100],
      stepMs: 60_000,
      postSwitchMs: 300_000,
      deadlineMs: 3_000_000,
      timing,
    },
  },
  {
    name: 'rolling alone',
    given: 'rolling',
    want: { kind: 'rolling', batches: 3, stepMs: 60_000, deadlineMs: 600_000, timing },
  },
  {
    name: 'every kind of canary step',
    given: {
      canary: {
        steps: [
          { setScale: { instances: 2 } },
          { mirror: { percent: 20, for: '2m' } },
          { mirror: { percent: 100, for: '1m', deadline: '5m' } },
          { headerRoute: { header: 'x-tester', value: 'yes' } },
          { smokeTest: { path: '/ready', expectBody: 'ok', timeout: '500ms' } },
          { headerRoute: null },
          { setScale: null },
          { setWeight: 5 },
          { pause: { for: '1h30m' } },
          { pause: {} },
          { analysis: { for: 'PT2M', deadline: '5m' } },
          { analysis: { for: '2m' } },
          { webhook: { url: 'https://gate.example/ask' } },
        ],
        keepWarm: '1m',
        progressDeadline: '30s',
        abortScaleDownDelay: '0s',
      },
    },
    want: {
      kind: 'canary',
      steps: [
        { kind: 'setScale', instances: 2 },
        { kind: 'mirror', percent: 20, forMs: 120_000, deadlineMs: 1_200_000 },
        { kind: 'mirror', percent: 100, forMs: 60_000, deadlineMs: 300_000 },
        { kind: 'headerRoute', route: { header: 'x-tester', value: 'yes' } },
        {
          kind: 'smokeTest',
          smoke: { ...smoke, path: '/ready', expectBody: 'ok', timeoutMs: 500 },
        },
        { kind: 'headerRoute', route: null },
        { kind: 'setScale', instances: null },
        { kind: 'setWeight', weight: 5 },
        { kind: 'pause', forMs: 5_400_000 },
        { kind: 'pause', forMs: null },
        { kind: 'analysis', forMs: 120_000, deadlineMs: 300_000 },
        { kind: 'analysis', forMs: 120_000, deadlineMs: 1_200_000 },
        {
          kind: 'webhook',
          webhook: {
            url: 'https://gate.example/ask',
            timeoutMs: 5000,
            retries: 3,
            retryDelayMs: 2000,
          },
        },
      ],
      timing: { progressDeadlineMs: 30_000, keepWarmMs: 60_000, abortScaleDownDelayMs: 0 },
    },
  },
  {
    name: 'blue-green without smoke test, the last weight left out',
    given: { blueGreen: { smoke: null, weights: [20], step: '1s', postSwitch: '2s' } },
    want: {
      kind: 'blueGreen',
      smoke: null,
      warmUp: null,
      weights: [20, 100],
      stepMs: 1000,
      postSwitchMs: 2000,
      deadlineMs: 600_000,
      timing,
    },
  },
];

const mirrored = (mirror: object) => ({ canary: { steps: [{ mirror }] } });

const refused = [
  { name: 'two strategies', given: { canary: {}, rolling: {} } },
  { name: 'none', given: {} },
  { name: 'an unknown setting', given: { rolling: { batchs: 2 } } },
  { name: 'a weight above 100', given: { blueGreen: { weights: [101] } } },
  { name: 'weights that fall', given: { blueGreen: { weights: [50, 10] } } },
  { name: 'no steps', given: { canary: { steps: [] } } },
  { name: 'a negative duration', given: { rolling: { step: '-1s' } } },
  {
    name: 'a mirror after users have met the candidate',
    given: { canary: { steps: [{ setWeight: 5 }, { mirror: { percent: 20, for: '1m' } }] } },
  },
  { name: 'a mirror of nothing', given: mirrored({ percent: 0, for: '1m' }) },
  { name: 'a mirror of more than all', given: mirrored({ percent: 101, for: '1m' }) },
  { name: 'a mirror that nobody judges', given: mirrored({ percent: 20 }) },
  {
    name: 'a webhook of another protocol',
    given: { canary: { steps: [{ webhook: { url: 'file:///etc' } }] } },
  },
];

describe('strategySchema', () => {
  it('takes a mirror after weight 0, and says where one is too late', () => {
    const mirror = { percent: 20, for: '1m' };
    const early = { canary: { steps: [{ setWeight: 0 }, { mirror }, { setWeight: 5 }] } };
    assert.ok(strategySchema.safeParse(early).success);
    const late = strategySchema.safeParse({ canary: { steps: [{ setWeight: 5 }, { mirror }] } });
    const told = JSON.stringify(late.error?.issues);
    assert.match(told, /a mirror before the first weight above 0/);
  });
  for (const { name, given, want } of table) {
    it(`reads ${name}`, () => assert.deepEqual(strategySchema.parse(given), want));
  }
  for (const { name, given } of refused) {
    it(`refuses ${name}`, () => assert.equal(strategySchema.safeParse(given).success, false));
  }
});
