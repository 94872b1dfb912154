/** Work that no two processes do at once. */

/** Runs `work` alone among all that name the same path. @throws Conflict when another keeps at it for too long */
export type RunAlone = <T>(path: string, work: () => Promise<T>) => Promise<T>;
