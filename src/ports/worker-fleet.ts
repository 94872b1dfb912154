/** Sluice's own workers as Temporal sees them: their versions, what each gets, and the tasks that one failed. */
import type { DeploymentReading, TaskProblem } from '../domain/workers/deployment.js';
import type { WorkerVersion } from '../domain/workers/version.js';

export interface WorkerFleet {
  /** Null: no worker of this deployment ever polled. */
  read(deploymentName: string): Promise<DeploymentReading | null>;
  /**
   * Leads a share of what begins or goes on to a version. The share is absolute: asked twice is once.
   * @param percentage from 1 to 100, which makes it the current one
   * @param token of the reading that this was decided by
   * @throws StaleWrite when somebody else wrote since
   */
  lead(version: WorkerVersion, percentage: number, token: string): Promise<void>;
  /**
   * Takes a version's share away, and all of it where it is the current one. Nothing is asked beforehand.
   * @param to build that gets everything where this one did; null: workers without a version
   * @returns whether there was anything to take away
   */
  leadBack(version: WorkerVersion, to: string | null): Promise<boolean>;
  /** Workflow tasks that this version failed since then and that nobody has mended, at most ten. */
  problems(version: WorkerVersion, sinceMs: number): Promise<readonly TaskProblem[]>;
  /**
   * Gives workflows that stay with a version and whose task it fails to another one, which they stay with from then on.
   * @returns their ids
   */
  rescue(from: WorkerVersion, to: WorkerVersion, sinceMs: number): Promise<readonly string[]>;
}
