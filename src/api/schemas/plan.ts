/** What a release would do, before anything is started. */
import { z } from 'zod';
import { rolloutPlanSchema } from './rollout.js';

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
    health: z.array(z.string()).meta({ description: 'The limits the candidate is held to.' }),
    soakMs: z.number(),
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
    notes: z.array(z.string()).meta({ description: 'What was taken for granted.' }),
  })
  .meta({ id: 'ReleasePlan' });

export type PlanStage = z.output<typeof planStage>;
export type ReleasePlan = z.output<typeof releasePlan>;
