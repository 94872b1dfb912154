/** What a release would do, before anything is started. */
import { z } from 'zod';
import type { PredictedDuration } from '../../domain/rollout/predict.js';
import type { WorkloadPreview } from '../../domain/rollout/preview.js';
import type { StepReach } from '../../domain/rollout/reach.js';
import type { Traffic } from '../../domain/rollout/traffic.js';
import { documents } from './documents.js';
import { rolloutPlanSchema } from './rollout.js';

const fieldText = z.string().nullable().meta({ description: 'As JSON; null where there is none.' });

const trafficSchema = documents<Traffic>()(
  z.object({
    requestsPerS: z.number(),
    errorShare: z.number().meta({ description: 'Failed requests, 0–1.' }),
    overMs: z.number(),
  }),
);

const workloadPreview = documents<WorkloadPreview>()(
  z
    .object({
      changes: z
        .array(
          z.object({
            object: z
              .string()
              .meta({ example: 'Deployment shop/checkout-production-1-1-0-4f2a9c1b' }),
            action: z.enum(['create', 'change', 'keep']),
            comparedWith: z
              .string()
              .nullable()
              .meta({ description: 'What `diff` compares with, where that is another object.' }),
            diff: z
              .array(z.object({ path: z.string(), from: fieldText, to: fieldText }))
              .readonly(),
          }),
        )
        .readonly(),
      problems: z
        .array(
          z.object({
            code: z.enum(['Refused', 'QuotaShort', 'ReferenceMissing', 'PlaceUnfit']),
            message: z.string(),
            where: z.string(),
            seen: z.string().nullable(),
            limit: z.string().nullable(),
            next: z.string(),
          }),
        )
        .readonly()
        .meta({ description: 'Each would keep the candidate from being deployed.' }),
      notes: z
        .array(z.string())
        .readonly()
        .meta({ description: 'What could not be looked at, and why.' }),
    })
    .meta({ id: 'WorkloadPreview' }),
);

const reachSchema = documents<StepReach>()(
  z.object({
    step: z.int().meta({ description: 'Its number in the plan, from 1.' }),
    weight: z.number(),
    forMs: z.number(),
    harm: z
      .object({
        share: z.number().meta({ description: 'Failed requests, 0–1, that are found.' }),
        by: z.enum(['comparison', 'limit']),
      })
      .nullable()
      .meta({ description: 'Null: nothing is found for sure in that time.' }),
  }),
);

const durationSchema = documents<PredictedDuration>()(
  z
    .object({
      atLeastMs: z.number().meta({
        description: 'Its waits and watches when nothing comes up; starting takes longer.',
      }),
      waitsForPeople: z.int().meta({ description: 'How often it waits until a person acts.' }),
    })
    .meta({ id: 'PredictedDuration' }),
);

export const planStage = z
  .object({
    environment: z.string(),
    platform: z.string(),
    strategy: z.string(),
    promotion: z.enum(['auto', 'manual']),
    approvals: z.object({
      required: z.int(),
      approvers: z.array(z.string()),
      minimumWaitMs: z.number(),
      deadlineMs: z.number().nullable(),
    }),
    gates: z.array(z.string()).meta({ description: 'What is asked before and between the steps.' }),
    steps: z.array(z.string()).meta({ description: 'The numbered steps as people read them.' }),
    plan: rolloutPlanSchema,
    preview: workloadPreview
      .nullable()
      .meta({ description: 'What would change on the platform; null when nobody could say.' }),
    changes: z.array(z.string()).meta({ description: 'The preview as people read it.' }),
    traffic: trafficSchema
      .nullable()
      .meta({ description: "The target's traffic now; null when nobody could say." }),
    reach: z.array(reachSchema).meta({ description: 'What each step with traffic can find.' }),
    finds: z.array(z.string()).meta({ description: 'The reach as people read it.' }),
    health: z.array(z.string()).meta({ description: 'The limits the candidate is held to.' }),
    soakMs: z.number(),
    duration: durationSchema,
    verification: z.string().nullable(),
    onFailure: z.enum(['rollBackAndStop', 'hold']),
  })
  .meta({ id: 'PlanStage' });

export const releasePlan = z
  .object({
    service: z.string(),
    version: z.string(),
    digest: z.string(),
    pipelineSha256: z.string(),
    stages: z.array(planStage),
    duration: durationSchema,
    notes: z.array(z.string()).meta({ description: 'What was taken for granted.' }),
    text: z
      .array(z.string())
      .meta({ description: 'All of it as people read it: the lines of `sluice plan`.' }),
  })
  .meta({ id: 'ReleasePlan' });

export type PlanStage = z.output<typeof planStage>;
export type ReleasePlan = z.output<typeof releasePlan>;
