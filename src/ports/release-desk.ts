/** Where releases are started that nobody posts by hand. */
import type { RepositoryKey } from '../domain/repository/names.js';

export interface TriggeredRelease {
  readonly service: string;
  readonly version: string;
  readonly digest: string;
  readonly gitSha: string | null;
  readonly from: string | null;
  readonly requestedBy: string;
  readonly reason: string;
  /** Where it was triggered. */
  readonly repository: RepositoryKey;
}

export interface ReleaseDesk {
  /**
   * One release for a version, for ever: what once ran is never started again by a trigger.
   * @returns false where there is one already
   * @throws NotFound without such a service or environment; Forbidden when the service is not the repository's;
   *   DigestMismatch when that version was another artifact; InvalidInput; Unavailable
   */
  startOnce(release: TriggeredRelease): Promise<boolean>;
}
