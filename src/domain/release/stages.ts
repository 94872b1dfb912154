/** The stages of a release: the environments it goes through, as they are before anything has happened. */
import { isWithin } from '../names.js';
import type { Phase } from '../phase.js';
import { approvalsNeeded } from './approval.js';
import type { EnvironmentPlan, ReleaseOutcome } from './release.js';
import type { ReleaseInput, StageView } from './view.js';

/** The phase that each outcome ends in, of a release and of each of its stages. */
export const endPhases: Record<ReleaseOutcome, Phase> = {
  promoted: 'Promoted',
  rolledBack: 'RolledBack',
  aborted: 'Aborted',
  superseded: 'Superseded',
  rejected: 'Rejected',
};

/** The environments that this release goes through, in order. */
export function plannedStages(input: ReleaseInput): readonly EnvironmentPlan[] {
  const { environments } = input.pipeline;
  const first =
    input.from === null
      ? 0
      : environments.findIndex(({ environment }) => isWithin(environment, input.from));
  return environments.slice(Math.max(0, first));
}

/** @throws RangeError: asking for another environment is a bug */
export function environmentOf(input: ReleaseInput, environment: string): EnvironmentPlan {
  const plan = input.pipeline.environments.find(
    (candidate) => candidate.environment === environment,
  );
  if (!plan) throw new RangeError(`no environment ${environment}`);
  return plan;
}

/** A stage that has not begun. */
export function newStage(plan: EnvironmentPlan): StageView {
  return {
    environment: plan.environment,
    strategy: plan.strategy.kind,
    phase: 'Queued',
    attempt: 0,
    rolloutId: null,
    approvals: [],
    approvalsRequired: approvalsNeeded(plan),
    reason: null,
    evidenceRef: null,
    startedAtMs: null,
    endedAtMs: null,
  };
}
