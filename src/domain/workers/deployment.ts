/** A Worker Deployment of Sluice's own workers, as it is read: which version gets what, and which still has work. */
import { Failure } from '../failures.js';

/** As Temporal calls them: `draining` still has open workflows of its own, `drained` has none. */
export type VersionState = 'inactive' | 'current' | 'ramping' | 'draining' | 'drained' | 'unknown';

export interface VersionReading {
  readonly buildId: string;
  readonly state: VersionState;
  /** Workflows under way that end with this version. */
  readonly openWorkflows: number;
  /** Task queues that its workers poll now. */
  readonly polled: readonly string[];
}

export interface DeploymentReading {
  readonly deploymentName: string;
  /** Null: workers without a version get everything. */
  readonly current: string | null;
  /** Percentage from 0 to 100. */
  readonly ramping: { readonly buildId: string; readonly percentage: number } | null;
  /** Newest first. */
  readonly versions: readonly VersionReading[];
  /** Whoever writes shows what was read: a write after somebody else's is refused. */
  readonly token: string;
}

/** A workflow task that a version failed. */
export interface TaskProblem {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly runId: string;
  /** Of the last event that was accepted before; null: none tells. */
  readonly eventId: number | null;
  /** As Temporal names it, such as `NON_DETERMINISTIC_ERROR`. */
  readonly cause: string;
  readonly message: string;
  /** Whether it stays with this version wherever others are led. */
  readonly isPinned: boolean;
}

/** Queues that the present version polls and the new one does not: what waits in them would wait for ever. */
export function missingQueues(reading: DeploymentReading, buildId: string): readonly string[] {
  const polledBy = (name: string | null): readonly string[] =>
    reading.versions.find((each) => each.buildId === name)?.polled ?? [];
  const polled = polledBy(buildId);
  if (polled.length === 0) return ['every queue'];
  return polledBy(reading.current).filter((queue) => !polled.includes(queue));
}

/** @throws NotFound, CommandRejected, NotReady when this build cannot be rolled out now */
export function requireRollOut(reading: DeploymentReading, buildId: string): void {
  const { deploymentName, current, ramping, versions } = reading;
  const known = versions.map((each) => each.buildId);
  if (!known.includes(buildId)) {
    throw new Failure(
      'NotFound',
      `no worker of ${deploymentName} has ever had the build ${buildId}`,
      {
        ...{ where: buildId, seen: known.join(', ') || 'none' },
        next: `start workers with TEMPORAL_DEPLOYMENT_NAME=${deploymentName} and TEMPORAL_WORKER_BUILD_ID=${buildId}`,
      },
    );
  }
  if (current === buildId) {
    throw new Failure('CommandRejected', `${buildId} is what everything runs on already`, {
      ...{ where: buildId, next: 'sluice workers status' },
    });
  }
  if (ramping !== null && ramping.buildId !== buildId) {
    throw new Failure('CommandRejected', `${ramping.buildId} is being rolled out`, {
      ...{ where: deploymentName, seen: `${ramping.percentage} % on ${ramping.buildId}` },
      next: 'wait for it, or: sluice workers rollback',
    });
  }
  const missing = missingQueues(reading, buildId);
  if (missing.length > 0) {
    throw new Failure('NotReady', `workers of ${buildId} do not poll everything that is needed`, {
      ...{ where: buildId, seen: missing.join(', ') },
      next: 'start its workers for every queue, wait until they are ready, and ask again',
    });
  }
}

/** One line for people: which workflow, where, why. */
export function describeProblem({ workflowId, eventId, cause, message }: TaskProblem): string {
  const at = eventId === null ? '' : ` at event ${eventId}`;
  return `${workflowId} failed${at}: ${cause}, ${message}`;
}

/** @throws NotFound when no worker of the deployment ever polled */
export function knownDeployment(
  reading: DeploymentReading | null,
  deploymentName: string,
): DeploymentReading {
  if (reading !== null) return reading;
  throw new Failure('NotFound', 'no worker has ever taken part in this deployment', {
    where: deploymentName,
    next: `start workers with TEMPORAL_DEPLOYMENT_NAME=${deploymentName}`,
  });
}
