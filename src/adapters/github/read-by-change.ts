/** A long list in the order of changes, of which nothing is missed while it changes. */

export interface Page<T> {
  readonly rows: readonly T[];
  /** What the next page is asked by; null after the last. */
  readonly next: string | null;
}

export interface ChangeList<T> {
  /** Oldest change first. @param page as `next` told; null: the first */
  readonly read: (sinceMs: number | null, page: string | null) => Promise<Page<T>>;
  readonly keyOf: (row: T) => string;
  readonly atMsOf: (row: T) => number;
}

/**
 * GitHub counts pages from the beginning: what changes goes to the end, what is deleted goes away, all after it move up,
 * and the first of the next page would never be seen. So each page begins at the time at which the last one ended. That
 * it holds that very moment is seen by the row that ended the last one; where it does not, one second more is asked for.
 * Only where more than a page has one second are pages counted; when something that was read has changed meanwhile,
 * that second is read again. (What is deleted out of such a second while it is read may hide one other row.)
 */
export async function* readByChange<T>(
  list: ChangeList<T>,
  sinceMs: number | null,
): AsyncGenerator<T> {
  const seen = new Map<string, number>();
  // Whether the moment itself is part of the answer is told both ways.
  let fromMs = sinceMs === null ? null : Math.max(0, sinceMs - 1000);
  let page: string | null = null;
  let ended: string | null = null;
  let backMs = 0;
  /** The first second whose pages were counted, and whether what was read has changed since. */
  let countedMs: number | null = null;
  let hasMoved = false;
  for (;;) {
    const { rows, next } = await list.read(fromMs, page);
    if (ended !== null && !rows.some((row) => versionOf(list, row) === ended)) {
      ended = null;
      backMs = 1000;
      fromMs = Math.max(0, (fromMs ?? 0) - backMs);
      continue;
    }
    for (const row of rows) {
      const [key, atMs] = [list.keyOf(row), list.atMsOf(row)];
      const knownMs = seen.get(key);
      if (knownMs === atMs) continue;
      hasMoved ||= knownMs !== undefined;
      seen.set(key, atMs);
      if (atMs >= (sinceMs ?? 0)) yield row;
    }
    const last = rows.at(-1);
    if (last === undefined || next === null) {
      if (countedMs === null || !hasMoved) return;
      [fromMs, page, ended, countedMs, hasMoved] = [countedMs, null, null, null, false];
      continue;
    }
    const nextMs = list.atMsOf(last) - backMs;
    const canGoOn = fromMs === null || nextMs > fromMs;
    page = canGoOn ? null : next;
    ended = canGoOn && backMs === 0 ? versionOf(list, last) : null;
    if (canGoOn) fromMs = nextMs;
    else countedMs ??= fromMs;
  }
}

function versionOf<T>({ keyOf, atMsOf }: ChangeList<T>, row: T): string {
  return `${keyOf(row)} ${atMsOf(row)}`;
}
