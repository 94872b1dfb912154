/** Files at a commit. */
import type { RepositoryKey } from '../../domain/repository/names.js';

export interface Contents {
  /** UTF-8 text of a file; null where there is none. @throws PayloadTooLarge above 1 MiB */
  readFile(repository: RepositoryKey, path: string, ref: string): Promise<string | null>;
  /** Names directly in a folder; empty where there is none. */
  listFolder(
    repository: RepositoryKey,
    path: string,
    ref: string,
  ): Promise<readonly { readonly path: string; readonly kind: 'file' | 'folder' }[]>;
  /**
   * One commit on a branch over the API, only while the branch is still there.
   * @returns its SHA @throws Conflict when `expectedHead` is not the head any more; PolicyDenied
   */
  commitFiles(
    repository: RepositoryKey,
    commit: {
      readonly branch: string;
      readonly expectedHead: string;
      readonly message: string;
      readonly changes: readonly { readonly path: string; readonly text: string | null }[];
    },
  ): Promise<string>;
}
