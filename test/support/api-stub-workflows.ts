/** Stand-ins for the workflows behind the API: they end as they are told and refuse as they are told. */
import {
  ApplicationFailure,
  condition,
  defineSignal,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CommandReceipt, RejectCommand } from '../../src/domain/command.js';
import type { Phase } from '../../src/domain/phase.js';
import type { Approval, ReleaseInput, ReleaseView } from '../../src/domain/release/view.js';
import type { WorkloadPreview } from '../../src/domain/rollout/preview.js';
import type { TargetView } from '../../src/domain/target/view.js';
import {
  abortReleaseUpdate,
  approveUpdate,
  readReleaseQuery,
  rejectUpdate,
} from '../../src/workflows/release-messages.js';
import {
  lockUpdate,
  readTargetQuery,
  rollBackUpdate,
  type TargetInput,
} from '../../src/workflows/target-messages.js';

const endSignal = defineSignal<['promoted' | 'rolledBack']>('end');

/** Takes approvals into its view, refuses reject, and ends by signal. */
export async function promoteRelease(input: ReleaseInput): Promise<void> {
  const startedAtMs = workflowInfo().startTime.getTime();
  const approvals: (Approval & { ticket: string | null })[] = [];
  let outcome: 'promoted' | 'rolledBack' | 'aborted' | null = null;
  setHandler(readReleaseQuery, (): ReleaseView => {
    const phase: Phase = approvals.length > 0 ? 'Deploying' : 'AwaitingApproval';
    return {
      releaseId: workflowInfo().workflowId,
      service: input.service,
      version: input.version,
      digest: input.digest,
      gitSha: input.gitSha,
      requestedBy: input.requestedBy,
      phase: outcome === 'aborted' ? 'Aborted' : phase,
      environment: outcome === null ? 'production' : null,
      stages: [],
      outcome,
      reason: approvals.at(-1)?.ticket ?? null,
      pipelineSha256: input.pipeline.sha256,
      startedAtMs,
      endedAtMs: null,
      timeline: [],
      commands: ['approve', 'reject', 'abort'],
    };
  });
  setHandler(approveUpdate, ({ actor, reason, ticket }): CommandReceipt => {
    approvals.push({ actor, reason, ticket, atMs: Date.now(), attested: true });
    return { accepted: true, message: `approved by ${actor}` };
  });
  setHandler(rejectUpdate, (): CommandReceipt => ({ accepted: true, message: 'rejected' }), {
    validator: (_command: RejectCommand): void => {
      throw ApplicationFailure.create({
        type: 'PolicyDenied',
        message: 'only the release team rejects',
        nonRetryable: true,
        details: [{ seen: 'ci', limit: 'team:release', next: 'ask the release team' }],
      });
    },
  });
  setHandler(abortReleaseUpdate, (): CommandReceipt => {
    outcome = 'aborted';
    return { accepted: true, message: 'aborted' };
  });
  setHandler(endSignal, (as) => {
    outcome = as;
  });
  await condition(() => outcome !== null);
  if (outcome !== 'promoted') {
    throw ApplicationFailure.create({ type: 'PolicyDenied', message: `ended ${outcome}` });
  }
}

/** Remembers its last lock and answers rollback with its next rollout. */
export async function ownTarget(input: TargetInput): Promise<void> {
  let lock: TargetView['lock'] = null;
  setHandler(
    readTargetQuery,
    (): TargetView => ({
      target: input.target,
      platform: input.platform,
      stable: null,
      previous: null,
      current: null,
      queue: [],
      lock,
      history: [],
      url: null,
      repaired: null,
      handingBack: null,
      commands: ['lock'],
    }),
  );
  setHandler(lockUpdate, ({ actor, reason, expiresAtMs }): CommandReceipt => {
    lock = { owner: actor, reason, sinceMs: Date.now(), expiresAtMs };
    return { accepted: true, message: `locked by ${actor}` };
  });
  setHandler(rollBackUpdate, () => ({
    rolloutId: `rollout:${input.target.service}:${input.target.environment}:7`,
    position: 0,
  }));
  await condition(() => false);
}

export async function rememberRequest(): Promise<void> {}

/** Says the same of every revision: nothing changes. */
export async function previewRollout(): Promise<WorkloadPreview> {
  return { changes: [], problems: [], notes: [] };
}
