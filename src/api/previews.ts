/** What a release would change on its platforms, asked of the workers that may look there. */
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { EnvironmentPlan } from '../domain/release/release.js';
import type { WorkloadPreview } from '../domain/rollout/preview.js';
import type { TrafficAnswer } from '../domain/rollout/traffic.js';
import type { Revision } from '../domain/rollout/revision.js';
import { targetAt } from '../domain/names.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import type { previewRollout } from '../workflows/preview-workflow.js';
import type { ApiDeps } from './deps.js';
import { failureOf } from './temporal.js';

/** Longer than a worker tries, so that its own words come through. */
const answerMs = 10_000;

export type PreviewAnswer =
  | { readonly kind: 'known'; readonly preview: WorkloadPreview }
  /** Why not, one clause. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Foreseen {
  readonly preview: PreviewAnswer;
  readonly traffic: TrafficAnswer;
}

/** Nothing is known of either, for one reason. */
export function unforeseen(reason: string): Foreseen {
  return { preview: { kind: 'unknown', reason }, traffic: { kind: 'unknown', reason } };
}

/** @param trafficOnly there is no artifact yet that could be previewed */
export async function askPreview(
  { client }: Pick<ApiDeps, 'client'>,
  service: string,
  revision: Revision,
  { environment, platform, workload }: EnvironmentPlan,
  { trafficOnly }: { readonly trafficOnly: boolean },
): Promise<Foreseen> {
  const workflowId = `preview:${service}:${environment}:${randomUUID()}`;
  const asked = { target: targetAt(service, environment), platform, revision, workload };
  const input = trafficOnly ? { ...asked, trafficOnly: true as const } : asked;
  try {
    const { traffic, ...preview } = await client.withDeadline(Date.now() + answerMs + 1000, () =>
      client.workflow.execute<typeof previewRollout>(workflowTypes.preview, {
        ...{ workflowId, taskQueue: taskQueues.workflows, args: [input] },
        // Nobody waits for it any more then.
        workflowExecutionTimeout: answerMs,
        staticSummary: `what would ${service} ${revision.version} change at ${environment}?`,
      }),
    );
    const unseen = { kind: 'unknown', reason: 'an older worker answered' } as const;
    return { preview: { kind: 'known', preview }, traffic: traffic ?? unseen };
  } catch (error) {
    return unforeseen(reasonOf(error, workflowId));
  }
}

function reasonOf(error: unknown, workflowId: string): string {
  if (error instanceof WorkflowFailedError) {
    let cause: Error = error;
    while (cause.cause instanceof Error) cause = cause.cause;
    return cause.name === 'TimeoutFailure'
      ? `no worker answered in ${answerMs / 1000} s`
      : cause.message;
  }
  return failureOf(error, workflowId).message;
}
