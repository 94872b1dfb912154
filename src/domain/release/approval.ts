/** Which approvals count for an environment, and when there are enough of them. */
import { personBehind } from '../access/admit-job.js';
import { Failure } from '../failures.js';
import type { EnvironmentPlan } from './release.js';
import type { Approval } from './view.js';

/** Manual promotion needs one approval even where the count was left at zero. */
export function approvalsNeeded(plan: EnvironmentPlan): number {
  return plan.promotion === 'manual'
    ? Math.max(1, plan.approvals.required)
    : plan.approvals.required;
}

/**
 * @throws PolicyDenied when the release's own requester approves, when the person is not among the approvers, or has
 * approved already
 */
export function requireMayApprove(
  plan: EnvironmentPlan,
  given: readonly Approval[],
  actor: string,
  requestedBy: string,
): void {
  const where = `approvals of ${plan.environment}`;
  if (actor === personBehind(requestedBy)) {
    throw new Failure('PolicyDenied', `${actor} asked for this release and cannot approve it`, {
      where,
      seen: actor,
      next: 'ask somebody else to approve',
    });
  }
  const { approvers } = plan.approvals;
  if (approvers.length > 0 && !approvers.includes(actor)) {
    throw new Failure('PolicyDenied', `${actor} is not among the approvers`, {
      where,
      seen: actor,
      limit: approvers.join(', '),
    });
  }
  if (given.some((approval) => approval.actor === actor)) {
    throw new Failure('PolicyDenied', `${actor} has approved already`, { where, seen: actor });
  }
}

/** Milliseconds until the environment may be entered; null while approvals are missing; 0 when it may be entered now. */
export function waitBeforeEntry(
  plan: EnvironmentPlan,
  given: readonly Approval[],
  askedAtMs: number,
  nowMs: number,
): number | null {
  if (given.length < approvalsNeeded(plan)) return null;
  return Math.max(0, askedAtMs + plan.approvals.minimumWaitMs - nowMs);
}
