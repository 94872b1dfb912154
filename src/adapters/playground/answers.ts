/** What the playground answers, as far as it is needed here, checked when it comes in. */
import { z } from 'zod';
import type { FailureCode } from '../../domain/failures.js';
import { failureRules } from '../../domain/failures.js';

const targetKeySchema = z.object({
  service: z.string(),
  environment: z.string(),
  region: z.string().exactOptional(),
});

const splitSchema = z.object({
  stable: z.string().nullable(),
  candidate: z.string().nullable(),
  weight: z.int().min(0).max(100),
  headerRoute: z.object({ header: z.string(), value: z.string() }).nullable(),
  mirror: z.int().exactOptional(),
});

const instanceSchema = z.object({
  id: z.string(),
  state: z.enum(['starting', 'ready', 'unready', 'exited']),
  url: z.string(),
  probeFailures: z.int().nonnegative(),
  reason: z.string().nullable(),
});

const revisionSchema = z.object({
  name: z.string(),
  version: z.string(),
  digest: z.string(),
  desiredInstances: z.int().nonnegative(),
  instances: z.array(instanceSchema),
  restarts: z.int().nonnegative(),
});

/** What a revision has answered since the playground started; kept after its removal. Times are epoch ms. */
const tallySchema = z.object({
  revision: z.string(),
  firstAnswerAtMs: z.number().nullable(),
  lastAnswerAtMs: z.number().nullable(),
  firstErrorAtMs: z.number().nullable(),
  /** Attempts by status code; an attempt that was retried elsewhere counts at the revision that failed. */
  byCode: z.record(z.string(), z.int().nonnegative()),
});

export const targetReadingSchema = z.object({
  target: targetKeySchema,
  revisions: z.array(revisionSchema),
  split: splitSchema,
  fence: z.object({ rollout: z.int(), sequence: z.int() }).nullable(),
  intentKey: z.string().nullable(),
  url: z.string().nullable(),
  tally: z.array(tallySchema),
});

export const targetListSchema = z.object({ targets: z.array(targetReadingSchema) });

export const shiftedSchema = z.object({ before: splitSchema });

const codes = Object.keys(failureRules) as [FailureCode, ...FailureCode[]];

export const problemSchema = z.object({
  detail: z.string(),
  code: z.enum(codes),
  where: z.string().optional(),
  seen: z.union([z.string(), z.number()]).optional(),
  limit: z.union([z.string(), z.number()]).optional(),
  next: z.string().optional(),
  retryAfterMs: z.number().optional(),
  faults: z.array(z.object({ where: z.string(), message: z.string() })).optional(),
});

export type TargetReading = z.infer<typeof targetReadingSchema>;

/** Names of the playground's metrics; ages and durations share their edges. */
export const metricNames = {
  requests: 'sluice_playground_requests_total',
  duration: 'sluice_playground_request_duration_seconds',
  inFlight: 'sluice_playground_in_flight',
  inFlightOlder: 'sluice_playground_in_flight_older',
} as const;
