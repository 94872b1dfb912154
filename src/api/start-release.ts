/** Starts a release so that posting it twice, at once or after a crash, never makes two of it. */
import { createHash } from 'node:crypto';
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { type SearchAttributePair, TypedSearchAttributes } from '@temporalio/common';
import { canonicalJson } from '../domain/canonical-json.js';
import { Failure } from '../domain/failures.js';
import { type ReleaseKey, releaseWorkflowId } from '../domain/names.js';
import type { ReleaseInput, ReleaseMemo } from '../domain/release/view.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import {
  gitShaKey,
  phaseKey,
  requestedByKey,
  serviceKey,
  versionKey,
} from '../workflows/search-attributes.js';
import type { ApiDeps } from './deps.js';
import { describeWorkflow, failureOf } from './temporal.js';

type Temporal = Pick<ApiDeps, 'client' | 'limits'>;

/** `attached`: it was there before and is the same one. */
export interface StartedRelease {
  readonly attached: boolean;
}

/**
 * An open release with the same digest is the same one. DigestMismatch for another digest, open or ended;
 * AlreadyPromoted when this very artifact got through; any other end is followed by a new run.
 */
export async function startRelease(
  temporal: Temporal,
  input: ReleaseInput,
): Promise<StartedRelease> {
  const workflowId = releaseWorkflowId(input);
  const before = await describeWorkflow(temporal, workflowId);
  if (before !== null && isSameAndOpen(before, input)) return { attached: true };
  try {
    await temporal.client.withDeadline(Date.now() + temporal.limits.answerMs, () =>
      temporal.client.workflow.start(workflowTypes.release, {
        workflowId,
        taskQueue: taskQueues.workflows,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
        memo: memoOf(input),
        typedSearchAttributes: attributesOf(input),
        staticSummary: `${input.service} ${input.version}`,
        staticDetails: detailsOf(input),
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
      throw failureOf(error, workflowId);
    }
  }
  // Somebody else may have started it in between: whoever holds the id now decides.
  const after = await describeWorkflow(temporal, workflowId);
  if (after !== null) isSameAndOpen(after, input);
  return { attached: before?.runId === after?.runId };
}

function isSameAndOpen(found: WorkflowExecutionDescription, input: ReleaseInput): boolean {
  const name = `${input.service}@${input.version}`;
  const { digest } = (found.memo ?? {}) as Partial<ReleaseMemo>;
  if (digest !== undefined && digest !== input.digest) {
    throw new Failure('DigestMismatch', `${name} was posted with another artifact`, {
      where: '/digest',
      seen: input.digest,
      limit: digest,
      next: 'a version names one artifact for ever: release the new one under a new version',
    });
  }
  if (found.status.name === 'COMPLETED') {
    throw new Failure('AlreadyPromoted', `${name} is promoted already`, {
      where: found.workflowId,
      next: `sluice get release ${name}`,
    });
  }
  return found.status.name === 'RUNNING' || found.status.name === 'PAUSED';
}

function memoOf({ digest, requestedBy, reason }: ReleaseInput): Record<string, unknown> {
  return { digest, requestedBy, reason } satisfies ReleaseMemo;
}

function attributesOf(input: ReleaseInput): TypedSearchAttributes {
  const pairs: SearchAttributePair[] = [
    { key: serviceKey, value: input.service },
    { key: versionKey, value: input.version },
    { key: requestedByKey, value: input.requestedBy },
    { key: phaseKey, value: 'Queued' },
  ];
  if (input.gitSha !== null) pairs.push({ key: gitShaKey, value: input.gitSha });
  return new TypedSearchAttributes(pairs);
}

/** Markdown for the Temporal UI; what people wrote stands in code fences, so that it stays text. */
function detailsOf(input: ReleaseInput): string {
  const inline = (text: string): string => `\`${text.replaceAll('`', "'")}\``;
  const stages = input.pipeline.environments.map(({ environment }) => environment).join(' → ');
  return [
    `Artifact ${inline(input.digest)}`,
    input.gitSha === null ? '' : `commit ${inline(input.gitSha)}`,
    `stages ${stages}${input.from === null ? '' : `, entering at ${input.from}`}`,
    `asked for by ${inline(input.requestedBy)}: ${inline(input.reason)}`,
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

export interface RememberedRequest {
  readonly tokenId: string;
  readonly key: string;
  /** The checked body; equal bodies are the same request however they were written. */
  readonly body: unknown;
  readonly location: string;
}

/**
 * Claims an idempotency key. Null: the key is new, or its first use never got so far as to start the release.
 * Otherwise the location that the first use was answered with; IdempotencyKeyReused for another body.
 */
export async function claimKey(
  temporal: Temporal,
  request: RememberedRequest,
  release: ReleaseKey & { readonly digest: string },
): Promise<string | null> {
  const workflowId = `request:${request.tokenId}:${sha256(request.key)}`;
  const memo = { bodySha256: sha256(canonicalJson(request.body)), location: request.location };
  try {
    await temporal.client.withDeadline(Date.now() + temporal.limits.answerMs, () =>
      temporal.client.workflow.start(workflowTypes.request, {
        workflowId,
        taskQueue: taskQueues.workflows,
        args: [],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        memo,
        staticSummary: request.location,
      }),
    );
    return null;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
      throw failureOf(error, workflowId);
    }
  }
  const claim = await describeWorkflow(temporal, workflowId);
  if (claim === null) return null;
  if (claim.memo?.bodySha256 !== memo.bodySha256) {
    throw new Failure(
      'IdempotencyKeyReused',
      'This Idempotency-Key came with another body before',
      {
        where: 'Idempotency-Key',
        next: 'send a new key with a new body, or the old body with the old key',
      },
    );
  }
  const found = await describeWorkflow(temporal, releaseWorkflowId(release));
  return found !== null && tookTheClaim(found, claim, release.digest) ? request.location : null;
}

/**
 * The release was started by the claim's request or was open when it came, with the same artifact: not one that had
 * ended before, and not one of somebody who was quicker.
 */
function tookTheClaim(
  release: WorkflowExecutionDescription,
  claim: WorkflowExecutionDescription,
  digest: string,
): boolean {
  if ((release.memo as Partial<ReleaseMemo> | undefined)?.digest !== digest) return false;
  return release.closeTime === undefined || release.closeTime >= claim.startTime;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
