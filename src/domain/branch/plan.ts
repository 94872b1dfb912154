/** What would be done with a stale branch and when: shown before it is done, and all that a dry run does. */
import { formatDuration } from '../time.js';
import type { RepositoryKey } from '../repository/names.js';
import type { Branch } from '../repository/shapes.js';
import { archiveRef } from './archive-name.js';
import type { StaleBranchPolicy } from './schema.js';
import { cleanupTitle, pingText } from './words.js';

export interface PlannedStep {
  readonly atMs: number;
  readonly text: string;
}

export function planRetirement({
  repository,
  branch,
  policy,
  nowMs,
}: {
  readonly repository: RepositoryKey;
  readonly branch: Branch;
  readonly policy: StaleBranchPolicy;
  readonly nowMs: number;
}): readonly PlannedStep[] {
  const { grace, remindBefore, archive, keepArchived } = policy;
  const graceEndsAtMs = nowMs + grace;
  const ping = pingText({ repository, branch, policy, graceEndsAtMs });
  const ref = archiveRef(archive, branch.name, branch.sha, graceEndsAtMs);
  const steps: (PlannedStep | false)[] = [
    {
      atMs: nowMs,
      text: `open the issue "${cleanupTitle(branch.name)}" with label ${policy.label}`,
    },
    { atMs: nowMs, text: `comment: ${ping}` },
    remindBefore !== null && { atMs: graceEndsAtMs - remindBefore, text: 'remind once more' },
    {
      atMs: graceEndsAtMs,
      text: `move ${branch.sha} to ${ref} and delete the branch, in one call`,
    },
    { atMs: graceEndsAtMs, text: 'close the issue with the command that brings the branch back' },
    keepArchived !== null && {
      atMs: graceEndsAtMs + keepArchived,
      text: `delete the archive, ${formatDuration(keepArchived)} old by then`,
    },
  ];
  return steps.filter((step) => step !== false);
}
