/** A release as it is asked for and as it is shown. */
import { z } from 'zod';
import type { ReleaseView } from '../../domain/release/view.js';
import { strategySchema } from '../../domain/rollout/schema.js';
import { documents } from './documents.js';
import {
  digestText,
  flagText,
  gitShaText,
  pageShape,
  phaseName,
  reasonText,
  serviceName,
  versionText,
  stageName,
} from './names.js';
import { epochMs, timelineSchema } from './rollout.js';

export const releaseBody = z
  .strictObject({
    service: serviceName,
    version: versionText,
    digest: digestText,
    gitSha: gitShaText.optional(),
    from: stageName
      .optional()
      .meta({ description: 'Enter here instead of at the first environment; on the record.' }),
    strategy: strategySchema
      .optional()
      .meta({ description: 'In place of the strategy of the environment that `from` names.' }),
    allowOlder: z
      .boolean()
      .default(false)
      .meta({ description: 'Take a version older than the stable one.' }),
    reason: reasonText.optional(),
    dryRun: z
      .boolean()
      .default(false)
      .meta({ description: 'Answer with the plan and start nothing.' }),
  })
  .refine((body) => body.strategy === undefined || body.from !== undefined, {
    error: 'a strategy needs `from`, the environment it is for',
    path: ['strategy'],
  })
  .meta({ id: 'ReleaseRequest', dependentRequired: { strategy: ['from'] } });

export type ReleaseBody = z.output<typeof releaseBody>;
export type ReleaseBodyInput = z.input<typeof releaseBody>;

const linksSchema = z.object({
  self: z.string(),
  why: z.string(),
  temporal: z.string().nullable().meta({ description: 'The workflow in the Temporal UI.' }),
});

export const releaseAccepted = z
  .object({
    releaseId: z.string(),
    service: z.string(),
    version: z.string(),
    digest: z.string(),
    location: z.string(),
    attached: z
      .boolean()
      .meta({ description: 'True: it had been started before and is the same one.' }),
    links: linksSchema,
  })
  .meta({ id: 'ReleaseAccepted' });
export type ReleaseAccepted = z.output<typeof releaseAccepted>;

const stageSchema = z
  .object({
    environment: z.string(),
    strategy: z.string(),
    phase: phaseName,
    attempt: z.int(),
    rolloutId: z.string().nullable(),
    approvals: z.array(
      z.object({
        actor: z.string(),
        reason: z.string(),
        atMs: epochMs,
        attested: z.boolean().meta({ description: 'False: a claim typed into the Temporal UI.' }),
      }),
    ),
    approvalsRequired: z.int(),
    reason: z.string().nullable(),
    evidenceRef: z.string().nullable(),
    startedAtMs: epochMs.nullable(),
    endedAtMs: epochMs.nullable(),
  })
  .meta({ id: 'Stage' });

export const releaseViewSchema = documents<ReleaseView>()(
  z
    .object({
      releaseId: z.string(),
      service: z.string(),
      version: z.string(),
      digest: z.string(),
      gitSha: z.string().nullable(),
      requestedBy: z.string(),
      phase: phaseName,
      environment: z.string().nullable().meta({ description: 'Where it is; null when ended.' }),
      stages: z.array(stageSchema),
      outcome: z.enum(['promoted', 'rolledBack', 'aborted', 'superseded', 'rejected']).nullable(),
      reason: z.string().nullable(),
      pipelineSha256: z.string(),
      startedAtMs: epochMs,
      endedAtMs: epochMs.nullable(),
      timeline: timelineSchema,
      commands: z.array(z.string()).meta({ description: 'Would be accepted now.' }),
    })
    .meta({ id: 'Release' }),
);

export const releaseListQuery = z.strictObject({
  service: serviceName.optional(),
  version: versionText.optional(),
  phase: phaseName.optional(),
  environment: stageName.optional().meta({ description: 'Where it is now.' }),
  requestedBy: z.string().min(1).max(200).optional().meta({ description: 'Who asked for it.' }),
  gitSha: gitShaText.optional(),
  needsAttention: flagText,
  ...pageShape,
});

const releaseRow = z
  .object({
    releaseId: z.string(),
    runId: z.string().meta({ description: 'A release posted again after its end has several.' }),
    service: z.string(),
    version: z.string(),
    digest: z.string().nullable(),
    phase: phaseName.nullable(),
    environment: z.string().nullable(),
    requestedBy: z.string().nullable(),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    location: z.string(),
  })
  .meta({ id: 'ReleaseRow' });

export const releaseList = z
  .object({ items: z.array(releaseRow), nextCursor: z.string().nullable() })
  .meta({ id: 'ReleaseList' });
export type ReleaseList = z.output<typeof releaseList>;
