/** What each revision has answered, and from when to when: the account that demo and benches are settled by. */
import type { RevisionTally } from './protocol.js';

/** Revisions remembered per target; the oldest is forgotten first. */
const kept = 50;

export interface Tally {
  count(revision: string, status: number): void;
  read(): readonly RevisionTally[];
}

export function createTally(): Tally {
  const byRevision = new Map<string, RevisionTally>();
  const begin = (revision: string): RevisionTally => {
    const entry: RevisionTally = {
      revision,
      firstAnswerAtMs: null,
      lastAnswerAtMs: null,
      firstErrorAtMs: null,
      byCode: {},
    };
    byRevision.set(revision, entry);
    const oldest = byRevision.keys().next().value;
    if (byRevision.size > kept && oldest !== undefined) byRevision.delete(oldest);
    return entry;
  };
  return {
    count(revision, status) {
      const entry = byRevision.get(revision) ?? begin(revision);
      const atMs = Date.now();
      entry.firstAnswerAtMs ??= atMs;
      entry.lastAnswerAtMs = atMs;
      if (status >= 500) entry.firstErrorAtMs ??= atMs;
      entry.byCode[status] = (entry.byCode[status] ?? 0) + 1;
    },
    read: () => [...byRevision.values()],
  };
}
