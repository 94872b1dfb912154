/** How strategies are written down: `canary`, `blueGreen`, `rolling`, or one of them with its settings. */
import { z } from 'zod';
import { durationText, weightNumber } from '../schema-parts.js';
import type {
  BlueGreenStrategy,
  CanaryStep,
  CanaryStrategy,
  RollingStrategy,
  RolloutTiming,
  SmokeTest,
  Strategy,
  WebhookGate,
} from './strategy.js';

/** A smoke test whose path may be left to the service: null is its health path. */
export type SmokeTestSpec = Omit<SmokeTest, 'path'> & { readonly path: string | null };
/** A webhook gate without the project's rules about hosts. */
export type WebhookSpec = Omit<WebhookGate, 'allowedHosts' | 'allowInsecure'>;

export type CanaryStepSpec =
  | Exclude<CanaryStep, { kind: 'smokeTest' } | { kind: 'webhook' }>
  | { readonly kind: 'smokeTest'; readonly smoke: SmokeTestSpec }
  | { readonly kind: 'webhook'; readonly webhook: WebhookSpec };

/** A checked strategy with all its defaults, but not yet placed at a service. */
export type StrategySpec =
  | (Omit<CanaryStrategy, 'steps'> & { readonly steps: readonly CanaryStepSpec[] })
  | (Omit<BlueGreenStrategy, 'smoke' | 'warmUp'> & {
      readonly smoke: SmokeTestSpec | null;
      readonly warmUp: SmokeTestSpec | null;
    })
  | RollingStrategy;

const minuteMs = 60_000;

/** Time enough for a verdict to be found, whatever the window. */
function deadlineFor(forMs: number): number {
  return Math.max(10 * forMs, 10 * minuteMs);
}

const pathText = z.string().regex(/^\/[^\s]*$/, { error: 'a path that begins with /' });

export const smokeTestSchema = z
  .strictObject({
    path: pathText.optional().describe("Default: the service's health path."),
    expectStatus: z.int().min(100).max(599).default(200),
    expectBody: z.string().optional().describe('Text that the body must contain.'),
    requests: z.int().min(1).max(1000).default(1).describe('Requests to each instance.'),
    retries: z.int().min(0).max(100).default(3),
    retryDelay: durationText.prefault('2s'),
    timeout: durationText.prefault('5s'),
  })
  .transform(
    (test): SmokeTestSpec => ({
      path: test.path ?? null,
      expectStatus: test.expectStatus,
      expectBody: test.expectBody ?? null,
      requests: test.requests,
      retries: test.retries,
      retryDelayMs: test.retryDelay,
      timeoutMs: test.timeout,
    }),
  );

const webhookSchema = z
  .strictObject({
    url: z.url({ protocol: /^https?$/, error: 'an http(s) URL' }),
    timeout: durationText.prefault('5s'),
    retries: z.int().min(0).max(100).default(3),
    retryDelay: durationText.prefault('2s'),
  })
  .transform(
    (gate): WebhookSpec => ({
      url: gate.url,
      timeoutMs: gate.timeout,
      retries: gate.retries,
      retryDelayMs: gate.retryDelay,
    }),
  );

const timingShape = {
  progressDeadline: durationText
    .prefault('10m')
    .describe('A step that has not reached its capacity by then is rolled back.'),
  keepWarm: durationText
    .prefault('10m')
    .describe('The previous revision stays ready this long after promotion.'),
  abortScaleDownDelay: durationText
    .prefault('30s')
    .describe('Instances that were rolled back stay this long, for inspection.'),
};

interface WrittenTiming {
  readonly progressDeadline: number;
  readonly keepWarm: number;
  readonly abortScaleDownDelay: number;
}

function timingOf(written: WrittenTiming): RolloutTiming {
  return {
    progressDeadlineMs: written.progressDeadline,
    keepWarmMs: written.keepWarm,
    abortScaleDownDelayMs: written.abortScaleDownDelay,
  };
}

const instancesNumber = z.int().min(1).max(1000);
const headerText = z.string().min(1).max(256);

const stepShape = {
  setWeight: weightNumber,
  pause: z.strictObject({ for: durationText.optional().describe('Without it: until resumed.') }),
  analysis: z.strictObject({ for: durationText, deadline: durationText.optional() }),
  setScale: z.strictObject({ instances: instancesNumber }).nullable(),
  headerRoute: z
    .strictObject({
      header: headerText.regex(/^[A-Za-z0-9-]+$/, { error: 'a header name' }),
      value: headerText,
    })
    .nullable(),
  smokeTest: smokeTestSchema,
  webhook: webhookSchema,
};

/** An object with exactly one of the keys; the key is the kind. */
function oneOf<Shape extends Record<string, z.ZodType>>(shape: Shape) {
  return z
    .strictObject(shape)
    .partial()
    .refine((value) => Object.values(value).filter((part) => part !== undefined).length === 1, {
      error: `exactly one of: ${Object.keys(shape).join(', ')}`,
      // Runs beside other faults of the same object; an unknown key alone is told once, as unknown.
      when: ({ value, issues }) =>
        typeof value === 'object' &&
        value !== null &&
        !issues.some((issue) => issue.code === 'unrecognized_keys'),
    })
    .meta({ minProperties: 1, maxProperties: 1 });
}

const stepSchema = oneOf(stepShape).transform((step): CanaryStepSpec => {
  if (step.setWeight !== undefined) return { kind: 'setWeight', weight: step.setWeight };
  if (step.pause !== undefined) return { kind: 'pause', forMs: step.pause.for ?? null };
  if (step.analysis !== undefined) {
    const { for: forMs, deadline } = step.analysis;
    return { kind: 'analysis', forMs, deadlineMs: deadline ?? deadlineFor(forMs) };
  }
  if (step.headerRoute !== undefined) return { kind: 'headerRoute', route: step.headerRoute };
  if (step.smokeTest !== undefined) return { kind: 'smokeTest', smoke: step.smokeTest };
  if (step.webhook !== undefined) return { kind: 'webhook', webhook: step.webhook };
  return { kind: 'setScale', instances: step.setScale?.instances ?? null };
});

/** The position in `weights` of the first that is not above the one before it; -1 when they ascend. */
function firstDescent(weights: readonly number[]): number {
  return weights.findIndex((weight, index) => index > 0 && weight <= (weights[index - 1] ?? 0));
}

const canarySchema = z
  .strictObject({
    steps: z
      .array(stepSchema)
      .min(1, { error: 'at least one step' })
      .superRefine((steps, context) => {
        const weighted = steps.flatMap((step, index) =>
          step.kind === 'setWeight' ? [{ weight: step.weight, index }] : [],
        );
        const at = weighted[firstDescent(weighted.map(({ weight }) => weight))];
        if (at !== undefined) {
          const path = [at.index, 'setWeight'];
          context.addIssue({
            code: 'custom',
            path,
            message: 'a weight above the one before it',
            input: at.weight,
          });
        }
      })
      .prefault(
        [5, 25, 50, 100].flatMap((weight) => [{ setWeight: weight }, { analysis: { for: '1m' } }]),
      ),
    ...timingShape,
  })
  .transform(
    ({ steps, ...timing }): StrategySpec => ({ kind: 'canary', steps, timing: timingOf(timing) }),
  );

const blueGreenSchema = z
  .strictObject({
    smoke: smokeTestSchema.nullable().prefault({}).describe('null leaves it out.'),
    warmUp: smokeTestSchema.nullable().default(null),
    weights: z
      .array(weightNumber.min(1))
      .min(1)
      .superRefine((weights, context) => {
        const at = firstDescent(weights);
        if (at >= 0) {
          const message = 'a weight above the one before it';
          context.addIssue({ code: 'custom', path: [at], message, input: weights[at] });
        }
      })
      .default([10, 50, 100])
      .describe('Ascending; 100 is added at the end when it is missing.'),
    step: durationText.prefault('1m').describe('Live health is judged this long at each weight.'),
    postSwitch: durationText.prefault('5m').describe('Judged this long at 100.'),
    deadline: durationText.optional(),
    ...timingShape,
  })
  .transform(
    ({ smoke, warmUp, weights, step, postSwitch, deadline, ...timing }): StrategySpec => ({
      kind: 'blueGreen',
      smoke,
      warmUp,
      weights: weights.at(-1) === 100 ? weights : [...weights, 100],
      stepMs: step,
      postSwitchMs: postSwitch,
      deadlineMs: deadline ?? deadlineFor(Math.max(step, postSwitch)),
      timing: timingOf(timing),
    }),
  );

const rollingSchema = z
  .strictObject({
    batches: z.int().min(1).max(100).default(3),
    step: durationText.prefault('1m').describe('Live health is judged this long after each batch.'),
    deadline: durationText.optional(),
    ...timingShape,
  })
  .transform(
    ({ batches, step, deadline, ...timing }): StrategySpec => ({
      kind: 'rolling',
      batches,
      stepMs: step,
      deadlineMs: deadline ?? deadlineFor(step),
      timing: timingOf(timing),
    }),
  );

const kinds = { canary: canarySchema, blueGreen: blueGreenSchema, rolling: rollingSchema };

const namedStrategy = z
  .enum(['canary', 'blueGreen', 'rolling'])
  .transform((kind): StrategySpec => kinds[kind].parse({}));

const writtenStrategy = oneOf(kinds).transform(
  ({ canary, blueGreen, rolling }) => (canary ?? blueGreen ?? rolling) as StrategySpec,
);

export const strategySchema = z.union([namedStrategy, writtenStrategy]);

/** What a strategy takes from the service and project it is used for. */
export interface StrategyPlace {
  readonly healthPath: string;
  readonly webhooks: { readonly allowedHosts: readonly string[]; readonly allowInsecure: boolean };
}

export function placeSmokeTest(test: SmokeTestSpec, healthPath: string): SmokeTest {
  return { ...test, path: test.path ?? healthPath };
}

/** Fills in what only the service and the project know. */
export function placeStrategy(spec: StrategySpec, place: StrategyPlace): Strategy {
  const placed = (test: SmokeTestSpec) => placeSmokeTest(test, place.healthPath);
  switch (spec.kind) {
    case 'rolling':
      return spec;
    case 'blueGreen':
      return {
        ...spec,
        smoke: spec.smoke && placed(spec.smoke),
        warmUp: spec.warmUp && placed(spec.warmUp),
      };
    case 'canary':
      return {
        ...spec,
        steps: spec.steps.map((step): CanaryStep => {
          if (step.kind === 'smokeTest') return { ...step, smoke: placed(step.smoke) };
          if (step.kind === 'webhook') {
            return { ...step, webhook: { ...step.webhook, ...place.webhooks } };
          }
          return step;
        }),
      };
  }
}
