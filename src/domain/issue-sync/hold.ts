/** When a pass waits for a person before it writes anything. */
import type { SyncHold } from './pass.js';
import type { SyncPolicy } from './schema.js';

export interface HoldQuestion {
  readonly policy: Pick<SyncPolicy, 'firstPass' | 'rewritten' | 'guard'>;
  readonly isFirst: boolean;
  /** The branch does not hold the commit any more that belongs to the base. */
  readonly isRewritten: boolean;
  /** Issues and files that would be written at all. */
  readonly writes: number;
  /** Issues that would be changed or closed because of files. */
  readonly fromFiles: number;
  /** Files that would become issues. */
  readonly made: number;
  /** Issues there are records of. */
  readonly count: number;
}

/** A share of few issues is soon reached: so many may always change. */
const always = 5;

/** Null: it may be carried out. */
export function whyHeld(question: HoldQuestion): SyncHold | null {
  const { policy, isFirst, isRewritten, writes, fromFiles, made, count } = question;
  if (writes === 0) return null;
  if (isFirst) {
    const reason = 'nothing was kept the same here yet, and its first plan is to be approved';
    return policy.firstPass === 'ask' ? { kind: 'firstPass', reason } : null;
  }
  if (isRewritten && policy.rewritten === 'ask' && fromFiles + made > 0) {
    const reason = `the branch was rewritten, and its files would change ${fromFiles + made} issues`;
    return { kind: 'rewritten', reason };
  }
  const { issues, share } = policy.guard;
  const isMass = fromFiles > issues || (fromFiles > always && fromFiles > share * count);
  if (made > issues) {
    const reason = `${made} files would become issues: more than ${issues} wait for approval`;
    return { kind: 'mass', reason };
  }
  if (!isMass) return null;
  const percent = Math.round(share * 100);
  const limit = `more than ${issues} or ${percent} % of ${count} wait for approval`;
  return { kind: 'mass', reason: `files would change ${fromFiles} issues: ${limit}` };
}
