/** Brings an archived branch back: found, then moved in one call that fails when the name is taken. */
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { ArchivedBranch } from '../../domain/branch/archive-name.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { escapeMarkdown } from '../../domain/rollout/describe.js';
import { atCodeHost } from '../activity-options.js';
import { branchKey, repositoryKey, requestedByKey } from '../search-attributes.js';
import type { RestoreBranchInput, RestoredBranch } from './branch-messages.js';

export async function restoreBranch(input: RestoreBranchInput): Promise<RestoredBranch> {
  const { repository, branch, sha, dryRun, actor, reason } = input;
  upsertSearchAttributes([
    { key: repositoryKey, value: repositoryPath(repository) },
    { key: branchKey, value: branch },
    { key: requestedByKey, value: actor },
  ]);
  const archive = await atCodeHost.findArchive.executeWithOptions(
    { summary: 'where was it archived?' },
    [{ repository, branch, sha }],
  );
  const restored = { branch, sha: archive.sha, archive: archive.ref, isDryRun: dryRun };
  const act = dryRun ? 'would be' : 'is';
  setCurrentDetails(
    `${escapeMarkdown(branch)} ${act} brought back to ${archive.sha} for ${escapeMarkdown(actor)}: ${escapeMarkdown(reason)}`,
  );
  if (dryRun) return restored;
  await atCodeHost.restoreArchive.executeWithOptions({ summary: `restore ${archive.ref}` }, [
    { repository, branch, archive, subject: workflowInfo().workflowId, actor, reason },
  ]);
  return restored;
}

/** A question that only a worker can answer: the API itself never calls the code host. */
export async function listArchivedBranches(input: {
  readonly repository: RepositoryKey;
}): Promise<readonly (ArchivedBranch & { readonly sha: string })[]> {
  return await atCodeHost.listArchives.executeWithOptions({ summary: 'what was archived?' }, [
    input,
  ]);
}
