/** The control API in words: what may be sent to it, checked, and what it gives back. */
import { z } from 'zod';
import type { FailureCode, FailureDetails } from '../domain/failures.js';
import type { TargetKey } from '../domain/names.js';
import { namePattern } from '../domain/names.js';
import type { Fence } from '../domain/rollout/fence.js';
import { digestPattern } from '../domain/rollout/revision.js';
import type { Split } from '../domain/rollout/split.js';
import type { RevisionStatus } from '../domain/rollout/workload.js';

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

const intentSchema = z.strictObject({ fence: fenceSchema, key: z.string().max(500) });

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
  mirror: z.int().min(1).max(100).exactOptional(),
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
  /** For another platform; a service may go through both. */
  deployment: z.string().exactOptional(),
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

/** What a revision has answered since the playground started; kept after its removal. Times are epoch ms. */
export interface RevisionTally {
  readonly revision: string;
  firstAnswerAtMs: number | null;
  lastAnswerAtMs: number | null;
  firstErrorAtMs: number | null;
  /** Attempts by status code; an attempt that was retried elsewhere counts at the revision that failed. */
  readonly byCode: Record<string, number>;
}

export interface TargetReading {
  readonly target: TargetKey;
  readonly revisions: readonly RevisionStatus[];
  readonly split: Split;
  readonly fence: Fence | null;
  /** Intent key of the last accepted write. */
  readonly intentKey: string | null;
  /** Where users reach the target; null for one that was never written. */
  readonly url: string | null;
  readonly tally: readonly RevisionTally[];
}

/** `application/problem+json`: a failure as it leaves this process. */
export interface Problem extends FailureDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: FailureCode;
}

export type ApplyRevision = z.infer<typeof applyRevisionSchema>;
export type ApplySplit = z.infer<typeof applySplitSchema>;

/** Names of the metrics and the upper edges, seconds, that histogram and in-flight ages share. */
export const metricNames = {
  requests: 'sluice_playground_requests_total',
  duration: 'sluice_playground_request_duration_seconds',
  inFlight: 'sluice_playground_in_flight',
  inFlightOlder: 'sluice_playground_in_flight_older',
} as const;
export const edgesMs = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000] as const;
