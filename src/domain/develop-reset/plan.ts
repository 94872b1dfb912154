/** What a reset would do: which commits the branch loses, whose they are, and which pull requests it touches. */
import type { Commit, PullSummary } from '../repository/shapes.js';
import type { ResetPolicy } from './schema.js';

/** What is seen of the repository before a reset. */
export interface ResetSight {
  readonly branch: string;
  /** Tip of the branch now. */
  readonly branchSha: string;
  /** Full name of where it goes: `refs/heads/main`, or a backup. */
  readonly toRef: string;
  readonly toSha: string;
  /** Of the branch and not of the target, oldest first; there may be more than are listed. */
  readonly lost: readonly Commit[];
  readonly lostCount: number;
  /** Open ones with the branch as base or head. */
  readonly pulls: readonly PullSummary[];
}

export interface LostCommit {
  readonly sha: string;
  /** First line of its message. */
  readonly subject: string;
  /** Login where the host knows it, else the name in the commit. */
  readonly author: string;
}

export interface LostAuthor {
  /** Null where the host knows nobody of that name: he cannot be told by a mention. */
  readonly login: string | null;
  readonly name: string;
  readonly commits: number;
}

export interface AffectedPull {
  readonly number: number;
  readonly title: string;
  readonly author: string;
  readonly act:
    | { readonly kind: 'comment'; readonly why: 'intoBranch' | 'fromBranch' }
    | { readonly kind: 'retarget'; readonly to: string };
}

export interface ResetPlan {
  readonly branch: string;
  readonly before: string;
  readonly toRef: string;
  readonly after: string;
  /** Oldest first, {@link mostShown} at most. */
  readonly lost: readonly LostCommit[];
  readonly lostCount: number;
  readonly authors: readonly LostAuthor[];
  readonly pulls: readonly AffectedPull[];
}

/** Plans stand in histories and issues. */
const mostShown = 100;

/** @example develop two commits ahead of main → lostCount 2, its authors by number of commits */
export function planReset(sight: ResetSight, policy: Pick<ResetPolicy, 'pulls'>): ResetPlan {
  const { branch, branchSha, toRef, toSha, lostCount } = sight;
  const toBranch = branchOf(toRef);
  return {
    ...{ branch, before: branchSha, toRef, after: toSha, lostCount },
    lost: sight.lost.slice(0, mostShown).map(({ sha, message, author }) => ({
      sha,
      subject: (message.split('\n')[0] ?? '').slice(0, 120),
      author: author.login ?? author.name,
    })),
    authors: authorsOf(sight.lost),
    pulls: sight.pulls.map((pull) => {
      const { number, title, author } = pull;
      const isInto = pull.base.ref === branch;
      const retargets = isInto && policy.pulls === 'retarget' && toBranch !== null;
      return {
        ...{ number, title: title.slice(0, 200), author: author.login },
        act: retargets
          ? { kind: 'retarget', to: toBranch }
          : { kind: 'comment', why: isInto ? 'intoBranch' : 'fromBranch' },
      };
    }),
  };
}

/** `main` of `refs/heads/main`; null for what is no branch. */
function branchOf(ref: string): string | null {
  return ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null;
}

function authorsOf(commits: readonly Commit[]): readonly LostAuthor[] {
  const byPerson = new Map<string, LostAuthor>();
  for (const { author } of commits) {
    const key = author.login === null ? `name ${author.name}` : `login ${author.login}`;
    const known = byPerson.get(key) ?? { login: author.login, name: author.name, commits: 0 };
    byPerson.set(key, { ...known, commits: known.commits + 1 });
  }
  return [...byPerson.values()].toSorted(
    (a, b) => b.commits - a.commits || a.name.localeCompare(b.name, 'en'),
  );
}

/** Nothing would change: the branch is there already. */
export function isIdle(plan: ResetPlan): boolean {
  return plan.before === plan.after;
}

/** What an approval is given for: the same words for the same two tips, others as soon as one of them moved. */
export function planKey({ branch, before, after }: ResetPlan): string {
  return `${branch}@${before}>${after}`;
}

/** Where the lost commits stay; the run's id makes it one that nobody else has. */
export function backupRef(branch: string, runId: string): string {
  return `refs/backup/${branch}/${runId}`;
}

/** Where a host takes no refs of our own: a branch. */
export function backupBranch(branch: string, runId: string): string {
  return `refs/heads/backup/${branch}/${runId}`;
}
