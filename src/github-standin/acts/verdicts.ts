/** What checks and statuses say of a commit, and whether that is enough for a branch. */
import type { CheckRun, PullPart, Repository, Status } from '../state.js';
import type { World } from '../world.js';
import { requiredApprovals, requiredChecks, requiresUpToDate } from './rules.js';

type Verdict = 'pass' | 'pending' | 'fail';

/** Newest of every context, newest first; without what reads do not see yet. */
export function statusesOf(world: World, repository: Repository, sha: string): Status[] {
  const seen = new Map<string, Status>();
  const until = world.clock.now() - world.faults.lag.statusMs;
  for (const status of [...(repository.statuses.get(sha) ?? [])].reverse()) {
    if (status.atMs > until || seen.has(status.context)) continue;
    seen.set(status.context, status);
  }
  return [...seen.values()];
}

/** Newest of every name and app. */
export function runsOf(
  world: World,
  repository: Repository,
  sha: string,
  filter: 'latest' | 'all' = 'latest',
): CheckRun[] {
  const until = world.clock.now() - world.faults.lag.statusMs;
  const runs = repository.checkRuns
    .filter((run) => run.sha === sha && (run.startedAtMs ?? 0) <= until)
    .reverse();
  if (filter === 'all') return runs;
  const seen = new Set<string>();
  return runs.filter(({ name, app }) => {
    const key = `${app.id} ${name}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** failure if any failed, pending without any or while one runs. */
export function combinedState(statuses: readonly Status[]): 'failure' | 'pending' | 'success' {
  if (statuses.some(({ state }) => state === 'error' || state === 'failure')) return 'failure';
  if (statuses.length === 0 || statuses.some(({ state }) => state === 'pending')) return 'pending';
  return 'success';
}

function verdictOfRun({ status, conclusion }: CheckRun): Verdict {
  if (status !== 'completed') return 'pending';
  return ['success', 'neutral', 'skipped'].includes(conclusion ?? '') ? 'pass' : 'fail';
}

function verdictOfStatus({ state }: Status): Verdict {
  if (state === 'pending') return 'pending';
  return state === 'success' ? 'pass' : 'fail';
}

export interface Requirement {
  readonly context: string;
  readonly verdict: Verdict | 'missing';
}

/** A check and a status of one name must both pass. */
function requirementsOf(
  world: World,
  repository: Repository,
  branch: string,
  sha: string,
): Requirement[] {
  const statuses = statusesOf(world, repository, sha);
  const runs = runsOf(world, repository, sha);
  return requiredChecks(repository, branch).map(({ context, appId }) => {
    const verdicts = [
      ...statuses.filter((one) => one.context === context && appId === null).map(verdictOfStatus),
      ...runs
        .filter(({ name, app }) => name === context && (appId === null || app.id === appId))
        .map(verdictOfRun),
    ];
    if (verdicts.length === 0) return { context, verdict: 'missing' };
    const worst = (['fail', 'pending'] as const).find((one) => verdicts.includes(one));
    return { context, verdict: worst ?? 'pass' };
  });
}

/** The last word of every reviewer with a say. */
export function approvalsOf(pull: PullPart): { approvals: number; isBlocked: boolean } {
  const last = new Map<string, string>();
  for (const { author, state } of pull.reviews) {
    if (state === 'COMMENTED' || state === 'PENDING') continue;
    last.set(author.login, state);
  }
  const words = [...last.values()];
  return {
    approvals: words.filter((word) => word === 'APPROVED').length,
    isBlocked: words.includes('CHANGES_REQUESTED'),
  };
}

/** Why a pull request may not be merged by its rules, in GitHub's words; null when it may. */
export function ruleBlock(world: World, repository: Repository, pull: PullPart) {
  const { approvals, isBlocked } = approvalsOf(pull);
  const needed = requiredApprovals(repository, pull.baseRef);
  if (needed > 0 && isBlocked) return 'Changes have been requested.';
  if (approvals < needed) {
    const s = needed === 1 ? 'review is' : 'reviews are';
    return `At least ${needed} approving ${s} required by reviewers with write access.`;
  }
  const open = requirementsOf(world, repository, pull.baseRef, pull.headSha).filter(
    ({ verdict }) => verdict !== 'pass',
  );
  const [first] = open;
  if (first === undefined) return null;
  if (open.length > 1)
    return `${open.length} of ${open.length} required status checks are expected.`;
  const states = { missing: 'expected', pending: 'pending', fail: 'failing' } as const;
  return `Required status check "${first.context}" is ${
    states[first.verdict === 'pass' ? 'missing' : first.verdict]
  }.`;
}

export async function isBehind(repository: Repository, pull: PullPart): Promise<boolean> {
  if (!requiresUpToDate(repository, pull.baseRef)) return false;
  return !(await repository.git.isAncestor(pull.baseSha, pull.headSha));
}

/** All that was reported passes, required or not. */
export function isStable(world: World, repository: Repository, sha: string): boolean {
  return (
    statusesOf(world, repository, sha).every((one) => verdictOfStatus(one) === 'pass') &&
    runsOf(world, repository, sha).every((one) => verdictOfRun(one) === 'pass')
  );
}
