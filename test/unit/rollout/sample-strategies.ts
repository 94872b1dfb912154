/** Strategies and plans for the tests of rollouts: short to write in tables, or drawn at random. */
import fc from 'fast-check';
import type { HeaderRoute } from '../../../src/domain/rollout/split.js';
import type { RolloutPlan, Step, WatchWindow } from '../../../src/domain/rollout/step.js';
import type {
  BlueGreenStrategy,
  CanaryStep,
  CanaryStrategy,
  RollingStrategy,
  RolloutTiming,
  SmokeTest,
  Strategy,
  WebhookGate,
} from '../../../src/domain/rollout/strategy.js';

export const timing: RolloutTiming = {
  progressDeadlineMs: 600_000,
  keepWarmMs: 600_000,
  abortScaleDownDelayMs: 30_000,
};

export const smoke: SmokeTest = {
  path: '/ready',
  expectStatus: 200,
  expectBody: null,
  requests: 1,
  retries: 0,
  retryDelayMs: 0,
  timeoutMs: 1000,
};

export const webhook: WebhookGate = {
  url: 'https://gate.example/ask?token=none',
  allowedHosts: ['gate.example'],
  allowInsecure: false,
  timeoutMs: 1000,
  retries: 0,
  retryDelayMs: 0,
};

export const testers: HeaderRoute = { header: 'x-tester', value: 'yes' };

export const untilResumed: WatchWindow = { minimumMs: 0, maximumMs: null, until: 'resumed' };
/** Nothing seen for so long after its time is for the policy to judge. */
export const elapsed = (forMs: number): WatchWindow => ({
  minimumMs: forMs,
  maximumMs: forMs + timing.progressDeadlineMs,
  until: 'elapsed',
});
export const passing: WatchWindow = elapsed(0);
export const judged = (forMs: number, maximumMs: number): WatchWindow => ({
  minimumMs: forMs,
  maximumMs,
  until: 'judged',
});

/** The steps of a canary as they are written in a file. */
export const to = (weight: number): CanaryStep => ({ kind: 'setWeight', weight });
export const pause = (forMs: number | null = null): CanaryStep => ({ kind: 'pause', forMs });
export const analysis = (forMs: number, deadlineMs = 10 * forMs): CanaryStep => ({
  kind: 'analysis',
  forMs,
  deadlineMs,
});
export const scale = (instances: number | null): CanaryStep => ({ kind: 'setScale', instances });
export const route = (to: HeaderRoute | null): CanaryStep => ({ kind: 'headerRoute', route: to });
export const smokeTest: CanaryStep = { kind: 'smokeTest', smoke };
export const webhookGate: CanaryStep = { kind: 'webhook', webhook };

export function canary(...steps: CanaryStep[]): CanaryStrategy {
  return { kind: 'canary', steps, timing };
}

export function blueGreen(settings: Partial<BlueGreenStrategy> = {}): BlueGreenStrategy {
  return {
    kind: 'blueGreen',
    smoke: null,
    warmUp: null,
    weights: [10, 50, 100],
    stepMs: 60_000,
    postSwitchMs: 300_000,
    deadlineMs: 600_000,
    timing,
    ...settings,
  };
}

export function rolling(batches: number): RollingStrategy {
  return { kind: 'rolling', batches, stepMs: 60_000, deadlineMs: 600_000, timing };
}

/** A plan made by hand, for states that no strategy leads to directly. */
export function planOf(...steps: Step[]): RolloutPlan {
  return { strategy: 'canary', steps, timing, fullScale: 3 };
}

export function mirror(percent: number, forMs = 60_000): CanaryStep {
  return { kind: 'mirror', percent, forMs, deadlineMs: 10 * forMs };
}

const durations = fc.integer({ min: 0, max: 86_400_000 });
const ascending = fc
  .uniqueArray(fc.integer({ min: 0, max: 100 }), { maxLength: 6 })
  .map((weights) => weights.sort((a, b) => a - b));

const otherSteps: fc.Arbitrary<CanaryStep> = fc.oneof(
  durations.map((forMs) => pause(forMs)),
  fc.constant(pause()),
  // A deadline shorter than the analysis is written by mistake and has to be survived.
  fc.tuple(durations, durations).map(([forMs, deadlineMs]) => analysis(forMs, deadlineMs)),
  fc.option(fc.integer({ min: 1, max: 20 })).map((instances) => scale(instances)),
  fc.constantFrom(route(testers), route(null)),
  fc.constantFrom(smokeTest, webhookGate),
);

/** Any order of steps whose weights ascend, as the schema asks. */
const canaries: fc.Arbitrary<Strategy> = ascending
  .chain((weights) =>
    fc.tuple(
      fc.array(
        fc.oneof(
          otherSteps,
          fc.integer({ min: 1, max: 100 }).map((n) => mirror(n)),
        ),
        {
          maxLength: 3,
        },
      ),
      ...weights.map((weight) =>
        fc.array(otherSteps, { maxLength: 3 }).map((others) => [to(weight), ...others]),
      ),
    ),
  )
  .map((groups) => canary(...groups.flat()));

const blueGreens: fc.Arbitrary<Strategy> = fc
  .record({
    smoke: fc.constantFrom(null, smoke),
    warmUp: fc.constantFrom(null, smoke),
    weights: ascending.map((weights) => weights.filter((weight) => weight > 0)),
    stepMs: durations,
    postSwitchMs: durations,
    deadlineMs: durations,
  })
  .map((settings) => blueGreen(settings));

const rollings: fc.Arbitrary<Strategy> = fc
  .record({ batches: fc.integer({ min: 1, max: 100 }), stepMs: durations, deadlineMs: durations })
  .map((settings) => ({ ...rolling(1), ...settings }));

export const strategies: fc.Arbitrary<Strategy> = fc.oneof(
  { weight: 3, arbitrary: canaries },
  { weight: 1, arbitrary: blueGreens },
  { weight: 1, arbitrary: rollings },
);
