/** One pass over the branches of a repository: those that are due get a workflow of their own. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ParentClosePolicy,
  setCurrentDetails,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Candidate } from '../../domain/branch/candidates.js';
import type { StaleBranchPolicy } from '../../domain/branch/schema.js';
import { repositoryPath, repositoryWorkflowId } from '../../domain/repository/names.js';
import { escapeMarkdown } from '../../domain/rollout/describe.js';
import { taskQueues } from '../../domain/wire-names.js';
import { atCodeHost } from '../activity-options.js';
import { branchKey, repositoryKey } from '../search-attributes.js';
import type { BranchSweep, SweepBranchesInput } from './branch-messages.js';
import { retireStaleBranch } from './retire-branch-workflow.js';

/** Longer than two sweeps are apart, so that every branch has its workflow on the day it becomes stale. */
const aheadMs = 2 * 86_400_000;
/** Those that run already are tried too: more than ever run at once, and still one history. */
const mostTried = 4_000;
const mostDeleted = 100;

export async function sweepStaleBranches(input: SweepBranchesInput): Promise<BranchSweep> {
  const { repository } = input;
  upsertSearchAttributes([{ key: repositoryKey, value: repositoryPath(repository) }]);
  const reading = await atCodeHost.readRepositoryPolicy.executeWithOptions(
    { summary: 'what does the policy say?' },
    [{ repository }],
  );
  const policy = reading.policy?.stale.branches;
  if (reading.policy === null) return skip('the policy of the repository has faults');
  if (policy === undefined || !policy.enabled) return skip('repository.stale.branches is off');
  const off = reading.off.staleBranches;
  if (off !== undefined) return skip(off);

  const { branches, due, candidates } = await atCodeHost.listStaleCandidates.executeWithOptions(
    { summary: 'which branches are due?' },
    [{ repository, policy, nowMs: Date.now(), aheadMs, atMost: mostTried }],
  );
  const begun: string[] = [];
  let tried = 0;
  for (const candidate of candidates) {
    if (begun.length >= policy.limit) break;
    tried++;
    if (await begin(input, candidate)) begun.push(candidate.branch);
  }
  const sweep = {
    ...{ skipped: null, branches, begun, running: tried - begun.length },
    left: due - tried,
    archivesDeleted: await deleteOld(input, policy),
  };
  setCurrentDetails(describe(sweep));
  return sweep;
}

function skip(reason: string): BranchSweep {
  setCurrentDetails(`nothing done: ${escapeMarkdown(reason)}`);
  return { skipped: reason, branches: 0, begun: [], running: 0, left: 0, archivesDeleted: 0 };
}

/** False when it has a workflow already, which knows better. */
async function begin(input: SweepBranchesInput, { branch, issue }: Candidate): Promise<boolean> {
  const { repository, dryRun } = input;
  try {
    await startChild(retireStaleBranch, {
      workflowId: repositoryWorkflowId('branch', repository, branch),
      args: [{ repository, branch, issue, dryRun }],
      taskQueue: taskQueues.workflows,
      // It outlives the sweep by weeks.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${branch} in ${repositoryPath(repository)}`.slice(0, 200),
      typedSearchAttributes: [
        { key: repositoryKey, value: repositoryPath(repository) },
        { key: branchKey, value: branch },
      ],
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

async function deleteOld(input: SweepBranchesInput, policy: StaleBranchPolicy): Promise<number> {
  const { repository, dryRun } = input;
  if (policy.keepArchived === null || dryRun || policy.dryRun) return 0;
  return await atCodeHost.deleteOldArchives.executeWithOptions(
    { summary: 'delete archives whose time is over' },
    [
      {
        repository,
        beforeMs: Date.now() - policy.keepArchived,
        subject: workflowInfo().workflowId,
        reason: 'repository.stale.branches.keepArchived is over',
        atMost: mostDeleted,
      },
    ],
  );
}

function describe({ branches, begun, running, left, archivesDeleted }: BranchSweep): string {
  const lines = begun.map((branch) => `- ${escapeMarkdown(branch)}`);
  const rest = `${running} had one already, ${left} left to the next sweep`;
  return [
    `${branches} branches looked at, ${begun.length} begun, ${rest}`,
    ...(archivesDeleted > 0 ? ['', `${archivesDeleted} old archives deleted`] : []),
    ...['', ...lines.slice(0, 200)],
  ].join('\n');
}
