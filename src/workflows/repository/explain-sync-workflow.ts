/** Who changed what of an issue on which side, as the base ref's log tells it: asked now, and over in seconds. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { SyncLog } from '../../domain/issue-sync/view.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { atCodeHost } from '../activity-options.js';

export interface ExplainSyncInput {
  readonly repository: RepositoryKey;
  /** Null: of all issues. */
  readonly number: number | null;
  readonly atMost: number;
}

/** @throws CommandRejected where nothing is kept the same, NotFound for an issue that the sync does not know */
export async function explainSync(input: ExplainSyncInput): Promise<SyncLog> {
  const { repository, number, atMost } = input;
  const { policy, defaultBranch } = await atCodeHost.readRepositoryPolicy.executeWithOptions(
    { summary: 'is it kept the same?' },
    [{ repository }],
  );
  if (policy?.sync === undefined) {
    const why = policy === null ? 'has faults' : 'says nothing about a sync';
    throw ApplicationFailure.nonRetryable(`the policy ${why}`, 'CommandRejected');
  }
  const branch = policy.sync.branch ?? defaultBranch;
  const summary = number === null ? 'who changed what?' : `who changed what of #${number}?`;
  const log = await atCodeHost.readSyncLog.executeWithOptions({ summary }, [
    { repository, policy: policy.sync, branch, number, atMost },
  ]);
  if (log === null) {
    throw ApplicationFailure.nonRetryable(`there is no #${number} in the sync`, 'NotFound');
  }
  return log;
}
