/** Changes of files where nobody may push: one branch and one pull request that holds all of them until it is merged. */
import { Failure } from '../../domain/failures.js';
import { pendingBranch } from '../../domain/issue-sync/hear.js';
import type { FileChange } from '../../domain/issue-sync/issue-plan.js';
import type { SyncWait } from '../../domain/issue-sync/pass.js';
import { whilePending } from '../../domain/issue-sync/pending.js';
import { isSameRecord } from '../../domain/issue-sync/record.js';
import type { SyncPolicy } from '../../domain/issue-sync/schema.js';
import type { BaseRecord } from '../../domain/issue-sync/shapes.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { type ActivityPorts, codeHostOf, issueTreeOf } from '../ports.js';
import type { Decided } from './sync-decide.js';

interface Place {
  readonly repository: RepositoryKey;
  readonly policy: SyncPolicy;
  readonly branch: string;
}

export const pendingRef = `refs/heads/${pendingBranch}`;

/** Where the branch is that holds them; null: there is none. */
export async function pendingTip(
  ports: ActivityPorts,
  { repository, policy }: Place,
): Promise<string | null> {
  try {
    return (await issueTreeOf(ports, policy.mode).readHeads(repository, pendingBranch)).head;
  } catch (error) {
    if (error instanceof Failure && error.code === 'NotFound') return null;
    throw error;
  }
}

/** Whether all of them stand on that branch already. */
export async function isAtTip(
  ports: ActivityPorts,
  { repository, policy }: Place,
  tip: string | null,
  files: readonly FileChange[],
): Promise<boolean> {
  if (files.length === 0) return true;
  if (tip === null) return false;
  const tree = issueTreeOf(ports, policy.mode);
  const paths = files.map(({ path }) => path);
  const texts = await tree.readFiles(repository, tip, paths);
  return files.every(({ path, text }) => (texts.get(path) ?? null) === text);
}

/** Somebody renamed the file that waits: the branch takes away what is not there any more, and nobody could merge it. */
export function isElsewhere({ plan, stored, item }: Decided): boolean {
  const known = stored?.path ?? null;
  return plan.files.length > 0 && known !== null && known !== item.path;
}

/** What is noted of an issue while its file waits; null: that is noted already. */
export function recordWhilePending({ plan, input, stored }: Decided): BaseRecord | 'remove' | null {
  const { record, files } = plan;
  if (record === 'remove') return record;
  if (files.length === 0 || record === null) return record;
  const pended = whilePending(record, input.file?.file ?? null, stored);
  return stored !== null && isSameRecord(stored, pended) ? null : pended;
}

/** The pull request that asks for them to be merged. */
export async function openPending(
  ports: ActivityPorts,
  { repository, branch }: Place,
  numbers: readonly number[],
): Promise<number> {
  const named = numbers.slice(0, 20).map((number) => `#${number}`);
  const more = numbers.length > named.length ? ', …' : '';
  const pull = await codeHostOf(ports).pulls.createPull(
    repository,
    {
      ...{ title: 'Sync files of issues', head: pendingBranch, base: branch, isDraft: false },
      body: `Files of ${named.join(', ')}${more} as the issues are now. It is kept up to date until it is merged.`,
    },
    { marker: 'issue-sync/files', retriedSinceMs: null },
  );
  return pull.number;
}

export function pendingWait({ plan, item }: Decided, pull: number | null): readonly SyncWait[] {
  if (plan.files.length === 0) return [];
  const reason = `its file waits to be merged from ${pendingBranch}`;
  return [{ kind: 'pending', number: plan.number, path: item.path, field: null, pull, reason }];
}
