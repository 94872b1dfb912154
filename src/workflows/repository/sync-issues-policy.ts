/** What the policy of a repository says of its sync, and how long that counts. */
import { Failure } from '../../domain/failures.js';
import type { SyncPolicy } from '../../domain/issue-sync/schema.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { atCodeHost } from '../activity-options.js';
import { asApplicationFailure } from '../refuse.js';

export interface KnownPolicy {
  readonly policy: SyncPolicy;
  readonly branch: string;
  readonly isDefaultBranch: boolean;
  readonly version: string;
  readonly atMs: number;
  /** Of the tracked branch when it was read, or where it only moved by us since; null: not known. */
  readonly head: string | null;
}

/** Nobody tells of the defaults of the server. */
const longestMs = 3_600_000;

export function isYoung({ atMs }: KnownPolicy): boolean {
  return Date.now() - atMs < longestMs;
}

/** A text: why there is no sync. @throws ApplicationFailure InvalidInput while the policy has faults */
export async function readSyncPolicy(repository: RepositoryKey): Promise<KnownPolicy | string> {
  const { policy, off, defaultBranch, version, faults } =
    await atCodeHost.readRepositoryPolicy.executeWithOptions(
      { summary: 'what does the policy say?' },
      [{ repository, maxAgeMs: 0 }],
    );
  if (policy === null) {
    const [first] = faults;
    throw asApplicationFailure(
      new Failure('InvalidInput', 'sluice.yaml of the repository has faults', {
        where: first === undefined ? 'sluice.yaml' : `${first.file}:${first.line}`,
      }),
    );
  }
  if (off.issueSync !== undefined) return off.issueSync;
  if (policy.sync === undefined) return 'repository.sync is not configured';
  const branch = policy.sync.branch ?? defaultBranch;
  const isDefaultBranch = branch === defaultBranch;
  return { policy: policy.sync, branch, isDefaultBranch, version, atMs: Date.now(), head: null };
}
