/** Work that no two processes do at once. */

/**
 * Runs `work` alone among all that name the same path. A process that was frozen within its work may find that another one took
 * its place: `isMine` says whether it did not.
 * @throws Conflict when another keeps at it for too long
 */
export type RunAlone = <T>(
  path: string,
  work: (isMine: () => Promise<boolean>) => Promise<T>,
) => Promise<T>;
