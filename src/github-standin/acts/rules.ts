/** What protects a ref: classic protection of the branch and the rulesets that meet it, both at once. */
import type { ClassicProtection, Repository, Ruleset } from '../state.js';

export interface RequiredCheck {
  readonly context: string;
  readonly appId: number | null;
}

export interface RefRule {
  readonly type: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly ruleset: Ruleset;
}

/** A pattern of a ruleset: `~ALL`, `~DEFAULT_BRANCH` or fnmatch with path names. */
function matches(pattern: string, ref: string, defaultBranch: string): boolean {
  if (pattern === '~ALL') return true;
  if (pattern === '~DEFAULT_BRANCH') return ref === `refs/heads/${defaultBranch}`;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/?/g, '\u0000')
    .replace(/\*/g, '[^/]*')
    .replace(/\?/g, '[^/]')
    .replaceAll('\u0000', '.*');
  return new RegExp(`^${source}$`).test(ref);
}

export function rulesOf(repository: Repository, ref: string): RefRule[] {
  const target = ref.startsWith('refs/tags/') ? 'tag' : 'branch';
  return [...repository.rulesets.values()]
    .filter((ruleset) => {
      if (ruleset.enforcement !== 'active' || ruleset.target !== target) return false;
      const { include = [], exclude = [] } = ruleset.conditions.ref_name ?? {};
      const meets = (pattern: string) => matches(pattern, ref, repository.defaultBranch);
      return include.some(meets) && !exclude.some(meets);
    })
    .flatMap((ruleset) =>
      ruleset.rules.map(({ type, parameters = {} }) => ({ type, parameters, ruleset })),
    );
}

export function classicOf(repository: Repository, branch: string): ClassicProtection | null {
  return repository.protections.get(branch) ?? null;
}

export function isProtected(repository: Repository, branch: string): boolean {
  return (
    classicOf(repository, branch) !== null || rulesOf(repository, `refs/heads/${branch}`).length > 0
  );
}

/** Of both sources; a check and a status of one name count as one. */
export function requiredChecks(repository: Repository, branch: string): RequiredCheck[] {
  const classic = classicOf(repository, branch)?.checks?.checks ?? [];
  const ruled = rulesOf(repository, `refs/heads/${branch}`)
    .filter(({ type }) => type === 'required_status_checks')
    .flatMap(
      ({ parameters }) =>
        (parameters['required_status_checks'] ?? []) as {
          context: string;
          integration_id?: number;
        }[],
    );
  return [
    ...classic.map(({ context, app_id: appId }) => ({ context, appId })),
    ...ruled.map(({ context, integration_id: appId }) => ({ context, appId: appId ?? null })),
  ];
}

export function requiresUpToDate(repository: Repository, branch: string): boolean {
  const isStrict = classicOf(repository, branch)?.checks?.strict ?? false;
  return (
    isStrict ||
    rulesOf(repository, `refs/heads/${branch}`).some(
      ({ type, parameters }) =>
        type === 'required_status_checks' &&
        parameters['strict_required_status_checks_policy'] === true,
    )
  );
}

export function requiredApprovals(repository: Repository, branch: string): number {
  const classic = classicOf(repository, branch)?.reviews?.count ?? 0;
  const ruled = rulesOf(repository, `refs/heads/${branch}`)
    .filter(({ type }) => type === 'pull_request')
    .map(({ parameters }) => Number(parameters['required_approving_review_count'] ?? 0));
  return Math.max(classic, ...ruled);
}

export interface RefChange {
  readonly ref: string;
  readonly kind: 'create' | 'update' | 'delete';
  readonly isForced: boolean;
  /** By the merge of a pull request, which its own rules have let through. */
  readonly isMerge: boolean;
}

/** @returns why the change is refused, or null */
export function refusalOf(repository: Repository, change: RefChange): string | null {
  const { ref, kind, isForced, isMerge } = change;
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null;
  if (branch !== null && branch === repository.defaultBranch && kind === 'delete') {
    return 'Cannot delete the default branch';
  }
  const classic = branch === null ? null : classicOf(repository, branch);
  if (classic !== null) {
    if (kind === 'delete' && !classic.allowDeletions) return 'Cannot delete this branch';
    if (isForced && !classic.allowForcePushes) return 'Cannot force-push to this branch';
    if (classic.lockBranch && kind === 'update') return 'Cannot update this locked branch';
    if (!isMerge && kind === 'update' && classic.enforceAdmins) {
      if (classic.reviews !== null) return 'Changes must be made through a pull request.';
      const [first] = classic.checks?.checks ?? [];
      if (first !== undefined) return `Required status check "${first.context}" is expected.`;
    }
  }
  const types = new Map(rulesOf(repository, ref).map((rule) => [rule.type, rule]));
  const violated = (message: string) => `Repository rule violations found\n\n${message}\n\n`;
  if (kind === 'delete' && types.has('deletion')) return violated('Cannot delete this branch');
  if (isForced && types.has('non_fast_forward')) {
    return violated('Cannot force-push to this branch');
  }
  if (kind === 'create' && types.has('creation'))
    return violated('Cannot create ref due to creations being restricted.');
  if (kind === 'update' && types.has('update'))
    return violated('Cannot update this protected ref.');
  if (kind === 'update' && !isMerge && types.has('pull_request')) {
    return violated('Changes must be made through a pull request.');
  }
  return null;
}
