/** How strategies are written down: `canary`, `blueGreen`, `rolling`, or one of them with its settings. */
import { z } from 'zod';
import { durationText, weightNumber } from '../schema-parts.js';
import {
  type SmokeTestSpec,
  smokeTestSchema,
  type WebhookSpec,
  webhookSchema,
} from './gate-schema.js';
import type {
  BlueGreenStrategy,
  CanaryStep,
  CanaryStrategy,
  RollingStrategy,
  RolloutTiming,
} from './strategy.js';

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
  mirror: z
    .strictObject({
      percent: z.int().min(1).max(100).describe('Of the requests, copied to the candidate.'),
      for: durationText.describe('What comes of the copies is judged this long.'),
      deadline: durationText.optional(),
    })
    .describe('Before any weight: the answers of the candidate are dropped.'),
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
  if (step.mirror !== undefined) {
    const { percent, for: forMs, deadline } = step.mirror;
    return { kind: 'mirror', percent, forMs, deadlineMs: deadline ?? deadlineFor(forMs) };
  }
  if (step.headerRoute !== undefined) return { kind: 'headerRoute', route: step.headerRoute };
  if (step.smokeTest !== undefined) return { kind: 'smokeTest', smoke: step.smokeTest };
  if (step.webhook !== undefined) return { kind: 'webhook', webhook: step.webhook };
  return { kind: 'setScale', instances: step.setScale?.instances ?? null };
});

/**
 * Weights must ascend; told beside other faults of the list, so entries may still be as written.
 * `weightOf` is null for an entry that sets none.
 */
function ascending(weightOf: (entry: unknown) => number | null, inner: readonly string[]) {
  return (entries: readonly unknown[], context: z.core.$RefinementCtx) => {
    let before = -1;
    for (const [index, entry] of entries.entries()) {
      const weight = weightOf(entry);
      if (weight === null) continue;
      if (weight <= before) {
        const message = `a weight above the ${before} before it`;
        context.addIssue({ code: 'custom', path: [index, ...inner], message, input: weight });
      }
      before = weight;
    }
  };
}

/** Copies beside a share of the requests would be judged together with it. */
function mirrorsFirst(entries: readonly unknown[], context: z.core.$RefinementCtx): void {
  const first = entries.findIndex((entry) => (stepWeight(entry) ?? 0) > 0);
  for (const [index, entry] of entries.entries()) {
    const { kind, mirror } = (entry ?? {}) as Record<string, unknown>;
    if (first < 0 || index < first || !(kind === 'mirror' || mirror !== undefined)) continue;
    const message = 'a mirror before the first weight above 0';
    context.addIssue({ code: 'custom', path: [index, 'mirror'], message, input: entry });
  }
}

const beside = { when: ({ value }: z.core.ParsePayload) => Array.isArray(value) };

function stepWeight(entry: unknown): number | null {
  const { weight, setWeight } = (entry ?? {}) as Record<string, unknown>;
  const written = weight ?? setWeight;
  return typeof written === 'number' ? written : null;
}

const canarySchema = z
  .strictObject({
    steps: z
      .array(stepSchema)
      .min(1, { error: 'at least one step' })
      .superRefine(ascending(stepWeight, ['setWeight']), beside)
      .superRefine(mirrorsFirst, beside)
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
      .superRefine(
        ascending((entry) => (typeof entry === 'number' ? entry : null), []),
        beside,
      )
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
