/** The rules for stale items that hold in a repository now, or why there are none. */
import {
  policyOf,
  staleItemPolicies,
  type StaleItemPolicies,
  type StaleItemPolicy,
} from '../../domain/stale-item/policy.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { atCodeHost } from '../activity-options.js';
import type { StaleItemInput } from './watch-stale-item-messages.js';

export type Current<Rules> =
  | { readonly policy: Rules }
  /** `isOff`: by somebody's will; else because it cannot be read. */
  | { readonly policy: null; readonly isOff: boolean; readonly reason: string };

export async function currentPolicies(
  repository: RepositoryKey,
  maxAgeMs: number,
): Promise<Current<StaleItemPolicies>> {
  const reading = await atCodeHost.readRepositoryPolicy.executeWithOptions(
    { summary: 'what does the policy say?' },
    [{ repository, maxAgeMs }],
  );
  if (reading.policy === null) {
    return { policy: null, isOff: false, reason: 'sluice.yaml of the repository has faults' };
  }
  const off = reading.off.staleItems;
  if (off !== undefined) return { policy: null, isOff: true, reason: off };
  const settings = reading.policy.stale.items;
  return settings === undefined
    ? { policy: null, isOff: true, reason: 'repository.stale.items is not written' }
    : { policy: staleItemPolicies(settings) };
}

export async function currentItemPolicy(input: StaleItemInput): Promise<Current<StaleItemPolicy>> {
  if (input.isPolicyFixed) return { policy: input.policy };
  const current = await currentPolicies(input.repository, 60_000);
  if (current.policy === null) return current;
  return { policy: policyOf(current.policy, input.isPull) };
}
