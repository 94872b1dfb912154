/** A rollout and its verdict as the API shows them. */
import { z } from 'zod';
import type { Verdict } from '../../domain/analysis/verdict.js';
import type { TargetKey } from '../../domain/names.js';
import type { RolloutPlan } from '../../domain/rollout/step.js';
import type { RolloutView } from '../../domain/rollout/view.js';
import { documents } from './documents.js';
import { phaseName } from './names.js';

export const epochMs = z.number().meta({ description: 'Epoch milliseconds.' });

export const targetKeySchema = documents<TargetKey>()(
  z.object({
    service: z.string(),
    environment: z.string(),
    region: z.string().exactOptional(),
  }),
);

export const revisionSchema = z
  .object({ version: z.string(), digest: z.string() })
  .meta({ id: 'Revision' });

export const timelineSchema = z
  .array(z.object({ atMs: epochMs, text: z.string() }))
  .meta({ description: 'The newest 50 entries.' });

export const outcomeName = z.enum(['promoted', 'rolledBack', 'aborted', 'superseded']);

const evidenceSchema = z.object({
  check: z.string(),
  bad: z.number().nullable(),
  total: z.number().nullable(),
  limit: z.string().meta({ example: '5 %' }),
  seen: z.string().meta({ example: '30 %' }),
  eValue: z.number().nullable(),
  eLimit: z.number().nullable(),
  sentence: z.string(),
});

export const verdictSchema = documents<Verdict>()(
  z
    .object({
      kind: z.enum(['pass', 'fail', 'inconclusive']),
      undecided: z.enum(['doubt', 'noData']).nullable(),
      reason: z.string(),
      evidence: z.array(evidenceSchema).meta({ description: 'The deciding evidence first.' }),
      atMs: epochMs,
      looks: z.int(),
      missedLooks: z.int(),
    })
    .meta({ id: 'Verdict' }),
);

const stepSchema = z
  .looseObject({
    kind: z.enum(['migrate', 'shift', 'watch', 'smoke', 'webhook', 'promote']),
    title: z.string(),
  })
  .meta({ id: 'Step', description: 'One step; `shift` also has instances, weight and window.' });

export const rolloutPlanSchema = documents<RolloutPlan>()(
  z
    .object({
      strategy: z.enum(['canary', 'blueGreen', 'rolling', 'install', 'switchBack']),
      steps: z.array(stepSchema),
      timing: z.object({
        progressDeadlineMs: z.number(),
        keepWarmMs: z.number(),
        abortScaleDownDelayMs: z.number(),
      }),
      fullScale: z.int(),
    })
    .meta({ id: 'RolloutPlan' }),
);

export const rolloutViewSchema = documents<RolloutView>()(
  z
    .object({
      rolloutId: z.string(),
      target: targetKeySchema,
      n: z.int(),
      releaseId: z.string().nullable(),
      candidate: revisionSchema,
      stable: revisionSchema.nullable(),
      phase: phaseName,
      plan: rolloutPlanSchema,
      position: z.int().meta({ description: "Index into the plan's steps." }),
      weight: z.int().meta({ description: 'Percent for the candidate, as intended.' }),
      paused: z.object({ actor: z.string(), reason: z.string() }).nullable(),
      holding: z.string().nullable().meta({ description: 'Why it waits for a person.' }),
      verdict: verdictSchema.nullable(),
      evidenceRef: z.string().nullable(),
      outcome: outcomeName.nullable(),
      reason: z.string().nullable(),
      startedAtMs: epochMs,
      endedAtMs: epochMs.nullable(),
      timeline: timelineSchema,
      commands: z.array(z.string()).meta({ description: 'Would be accepted now.' }),
    })
    .meta({ id: 'Rollout' }),
);
