/** Which approvals of a reset count, and when there are enough. */
import { Failure } from '../failures.js';
import type { Approval } from '../release/view.js';
import type { ResetPlan } from './plan.js';
import type { ResetPolicy } from './schema.js';

/** What loses nothing needs nobody's leave: a restore right after a reset, a branch that is only behind. */
export function approvalsNeeded(plan: ResetPlan, { approvals }: ResetPolicy): number {
  return plan.lostCount === 0 ? 0 : approvals.required;
}

/** @throws PolicyDenied for who asked for it, who is not among the approvers, and who has approved already */
export function requireMayApprove(
  { approvals }: ResetPolicy,
  given: readonly Approval[],
  actor: string,
  requestedBy: string,
): void {
  const where = 'approvals of the reset';
  if (actor === requestedBy) {
    throw new Failure('PolicyDenied', `${actor} asked for this reset and cannot approve it`, {
      ...{ where, seen: actor, next: 'ask somebody else to approve' },
    });
  }
  if (approvals.approvers.length > 0 && !approvals.approvers.includes(actor)) {
    throw new Failure('PolicyDenied', `${actor} is not among the approvers`, {
      ...{ where, seen: actor, limit: approvals.approvers.join(', ') },
    });
  }
  if (given.some((approval) => approval.actor === actor)) {
    throw new Failure('PolicyDenied', `${actor} has approved already`, { where, seen: actor });
  }
}
