/** Whether anything of an automation is to be begun in a repository. */
import type { Automation } from './automations.js';
import type { RepositoryPolicyReading } from './policy-reading.js';
import type { RepositoryPolicy } from './policy-schema.js';

/** Why nothing of it is to be begun; null where it is. */
export function whyNotBegun(
  automation: Automation,
  { policy, off }: Pick<RepositoryPolicyReading, 'policy' | 'off'>,
): string | null {
  const switchedOff = off[automation];
  if (switchedOff !== undefined) return switchedOff;
  // The checks of a pull request are where its faults are told.
  if (policy === null) return automation === 'pullChecks' ? null : 'the policy has faults';
  return isWritten(automation, policy) ? null : 'the policy says nothing about it';
}

function isWritten(automation: Automation, policy: RepositoryPolicy): boolean {
  switch (automation) {
    case 'pullChecks':
      return policy.pulls !== undefined || policy.issues !== undefined;
    case 'staleBranches':
      return policy.stale.branches !== undefined;
    case 'staleItems':
      return policy.stale.items !== undefined;
    case 'autoMerge':
      return policy.merge !== undefined;
    case 'mergeQueue':
      return policy.merge?.queue !== undefined;
    case 'issueLifecycle':
      return policy.issues !== undefined;
    case 'issueSync':
      return policy.sync !== undefined;
    case 'protection':
      return Object.keys(policy.protection).length > 0;
    case 'triggers':
      return policy.triggers.length > 0;
    case 'developReset':
    case 'deployments':
      return true;
  }
}
