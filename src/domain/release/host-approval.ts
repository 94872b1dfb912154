/** Reviews of deployments at the code host, as approvals of a release. */
import { isWithin } from '../names.js';
import type { EnvironmentPlan } from './release.js';

/**
 * The approver that a login stands for in an environment; null where it stands for nobody. Logins differ in case only by
 * mistake; that of a bot stands for nobody, whatever is written.
 * @example approverOf([production], 'production', { login: 'Ann-GH', kind: 'person' }) === 'ann'
 */
export function approverOf(
  plans: readonly EnvironmentPlan[],
  stage: string,
  by: { readonly login: string; readonly kind: 'person' | 'bot' } | null,
): string | null {
  if (by === null || by.kind === 'bot') return null;
  const plan = plans.find(({ environment }) => environment === stage);
  const entries = Object.entries(plan?.approvals.fromGithub ?? {});
  const found = entries.find(([login]) => login.toLowerCase() === by.login.toLowerCase());
  return found?.[1] ?? null;
}

/** The environment of the host that a stage belongs to: `production/eu` waits for `production` too. */
export function reviewsStage(stage: string, environments: readonly string[]): boolean {
  return environments.some((each) => isWithin(stage, each));
}
