/** Whether the required checks of one commit have succeeded: nothing else counts as success. */
import type { BranchRules, CheckResult } from '../repository/shapes.js';

/** What has been reported on one commit; results of other commits have no place here. */
export interface ResultsAt {
  readonly sha: string;
  readonly results: readonly CheckResult[];
}

export type CheckTrouble =
  /** Nobody has reported it. */
  | { readonly kind: 'missing'; readonly name: string }
  | { readonly kind: 'pending'; readonly name: string }
  /** It has ended otherwise than in success: `skipped` and `neutral` too. */
  | { readonly kind: 'notSuccess'; readonly name: string; readonly conclusion: string };

export type RequiredCheck = BranchRules['requiredChecks'][number];

/** What protection and policy require together, each once. */
export function requiredChecks(
  rules: BranchRules,
  policyChecks: readonly string[],
): readonly RequiredCheck[] {
  const known = new Set(rules.requiredChecks.map(({ name }) => name));
  const more = [...new Set(policyChecks)].filter((name) => !known.has(name));
  return [...rules.requiredChecks, ...more.map((name) => ({ name, appId: null }))];
}

/**
 * Every required check that has not succeeded. A check and a status of one name are both meant, and so is every app
 * that reports under it, unless one app is required.
 * Where nothing is required, all that is reported must have ended, and nothing of it in failure.
 * @example a skipped required check → [{kind: 'notSuccess', name: 'build', conclusion: 'skipped'}]
 */
export function judgeChecks(
  required: readonly RequiredCheck[],
  { results }: ResultsAt,
): readonly CheckTrouble[] {
  if (required.length === 0) return results.flatMap((result) => unrequiredTrouble(result));
  return required.flatMap(({ name, appId }) => {
    const meant = results.filter(
      (result) => result.name === name && (appId === null || result.appId === appId),
    );
    if (meant.length === 0) return [{ kind: 'missing', name } as const];
    return meant.flatMap((result) => troubleOf(result)).slice(0, 1);
  });
}

function troubleOf({ name, conclusion }: CheckResult): readonly CheckTrouble[] {
  if (conclusion === 'success') return [];
  if (conclusion === null) return [{ kind: 'pending', name }];
  return [{ kind: 'notSuccess', name, conclusion }];
}

function unrequiredTrouble(result: CheckResult): readonly CheckTrouble[] {
  const { conclusion } = result;
  return conclusion === 'skipped' || conclusion === 'neutral' ? [] : troubleOf(result);
}

export type ChecksVerdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'pending'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** One word for all: failed before pending before passed. */
export function checksVerdict(troubles: readonly CheckTrouble[]): ChecksVerdict {
  const failed = troubles.filter(({ kind }) => kind === 'notSuccess');
  if (failed.length > 0) return { kind: 'failed', reason: failed.map(describeTrouble).join(', ') };
  if (troubles.length === 0) return { kind: 'passed' };
  return { kind: 'pending', reason: troubles.map(describeTrouble).join(', ') };
}

export function describeTrouble(trouble: CheckTrouble): string {
  switch (trouble.kind) {
    case 'missing':
      return `${trouble.name} has not reported`;
    case 'pending':
      return `${trouble.name} is running`;
    case 'notSuccess':
      return `${trouble.name} ended as ${trouble.conclusion}`;
  }
}
