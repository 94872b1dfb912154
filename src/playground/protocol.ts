/** The control API in schemas: what the playground's adapter sends and what it gets back. */
import { z } from 'zod';
import type { FailureCode } from '../domain/failures.js';
import { failureRules } from '../domain/failures.js';
import { namePattern } from '../domain/names.js';
import { digestPattern } from '../domain/rollout/revision.js';

const name = z.string().regex(namePattern);
const revisionLabel = z.string().min(1).max(200);

export const targetKeySchema = z.strictObject({
  service: name,
  environment: name,
  region: name.exactOptional(),
});

export const fenceSchema = z.strictObject({
  rollout: z.int().nonnegative(),
  sequence: z.int().nonnegative(),
});

export const intentSchema = z.strictObject({ fence: fenceSchema, key: z.string().max(500) });

export const splitSchema = z.strictObject({
  stable: revisionLabel.nullable(),
  candidate: revisionLabel.nullable(),
  weight: z.int().min(0).max(100),
  headerRoute: z
    .strictObject({
      header: z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not a header name'),
      value: z.string().max(1000),
    })
    .nullable(),
});

export const revisionSchema = z.strictObject({
  version: z.string().min(1).max(128),
  digest: z.string().regex(digestPattern),
});

export const workloadSchema = z.strictObject({
  command: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()),
  artifact: z.string().startsWith('/').nullable(),
  directory: z.string().startsWith('/'),
  instances: z.int().nonnegative(),
  healthPath: z.string().startsWith('/'),
});

const maxInstances = 50;

export const applyRevisionSchema = z.strictObject({
  revision: revisionSchema,
  workload: workloadSchema,
  instances: z.int().nonnegative().max(maxInstances),
  intent: intentSchema,
});
export const applySplitSchema = z.strictObject({ split: splitSchema, intent: intentSchema });
export const removeRevisionSchema = z.strictObject({ intent: intentSchema });

export const instanceStatusSchema = z.object({
  id: z.string(),
  state: z.enum(['starting', 'ready', 'unready', 'exited']),
  url: z.string(),
  probeFailures: z.int().nonnegative(),
  reason: z.string().nullable(),
});

export const revisionStatusSchema = z.object({
  name: z.string(),
  version: z.string(),
  digest: z.string(),
  desiredInstances: z.int().nonnegative(),
  instances: z.array(instanceStatusSchema),
  restarts: z.int().nonnegative(),
});

/** What a revision has answered since the playground started; kept after its removal. Times are epoch ms. */
export const tallySchema = z.object({
  revision: z.string(),
  firstAnswerAtMs: z.number().nullable(),
  lastAnswerAtMs: z.number().nullable(),
  firstErrorAtMs: z.number().nullable(),
  /** Attempts by status code; an attempt that was retried elsewhere counts at the revision that failed. */
  byCode: z.record(z.string(), z.int().nonnegative()),
});

export const targetReadingSchema = z.object({
  target: targetKeySchema,
  revisions: z.array(revisionStatusSchema),
  split: splitSchema,
  fence: fenceSchema.nullable(),
  /** Intent key of the last accepted write. */
  intentKey: z.string().nullable(),
  url: z.string().nullable(),
  tally: z.array(tallySchema),
});

export const targetListSchema = z.object({ targets: z.array(targetReadingSchema) });

const codes = Object.keys(failureRules) as [FailureCode, ...FailureCode[]];

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(codes),
  where: z.string().optional(),
  seen: z.union([z.string(), z.number()]).optional(),
  limit: z.union([z.string(), z.number()]).optional(),
  next: z.string().optional(),
  retryAfterMs: z.number().optional(),
  faults: z.array(z.object({ where: z.string(), message: z.string() })).optional(),
});

export type ApplyRevision = z.infer<typeof applyRevisionSchema>;
export type ApplySplit = z.infer<typeof applySplitSchema>;
export type RevisionTally = z.infer<typeof tallySchema>;
export type TargetReading = z.infer<typeof targetReadingSchema>;
export type Problem = z.infer<typeof problemSchema>;

/** Names of the metrics and the upper edges, seconds, that histogram and in-flight ages share. */
export const metricNames = {
  requests: 'sluice_playground_requests_total',
  duration: 'sluice_playground_request_duration_seconds',
  inFlight: 'sluice_playground_in_flight',
  inFlightOlder: 'sluice_playground_in_flight_older',
} as const;
export const edgesMs = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000] as const;
