/** Why an issue or pull request is, or is not, marked or closed: asked of the host now, and over in seconds. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { RepositoryKey } from '../../domain/repository/names.js';
import {
  explainStaleItem as explain,
  type StaleExplanation,
} from '../../domain/stale-item/explain.js';
import { policyOf } from '../../domain/stale-item/policy.js';
import { atCodeHost } from '../activity-options.js';
import { currentPolicies } from './stale-item-policy.js';

export interface ExplainStaleItemInput {
  readonly repository: RepositoryKey;
  readonly number: number;
}

/** @throws NotFound without such an item, CommandRejected where no rules hold */
export async function explainStaleItem(input: ExplainStaleItemInput): Promise<StaleExplanation> {
  const { repository, number } = input;
  const current = await currentPolicies(repository, 0);
  if (current.policy === null) {
    throw ApplicationFailure.nonRetryable(current.reason, 'CommandRejected');
  }
  const { issues, pulls } = current.policy;
  const summary = `what is known of #${number}?`;
  const read = async (policy: typeof issues) =>
    await atCodeHost.readStaleItem.executeWithOptions({ summary }, [
      { repository, number, policy },
    ]);
  const first = await read(issues);
  // Only after reading it is known of which kind it is.
  const needsOther =
    first.facts?.isPull === true && JSON.stringify(issues) !== JSON.stringify(pulls);
  const { facts } = needsOther ? await read(pulls) : first;
  if (facts === null) {
    throw ApplicationFailure.nonRetryable(`there is no #${number}`, 'NotFound');
  }
  return explain(facts, policyOf(current.policy, facts.isPull), Date.now());
}
