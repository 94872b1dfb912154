/** Branch protection, to be compared with what is written and made so. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { BranchProtection } from '../../domain/protection/schema.js';

export interface Protection {
  /** Classic protection of a branch in our words; null where there is none. */
  readProtection(repository: RepositoryKey, branch: string): Promise<BranchProtection | null>;
  /** Replaces it as a whole; null takes it away. @throws Forbidden naming the permission; NotFound without the branch */
  writeProtection(
    repository: RepositoryKey,
    branch: string,
    protection: BranchProtection | null,
  ): Promise<void>;
}
