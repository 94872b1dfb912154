/** One version of Sluice's own workers, as Temporal's Worker Deployments name it. */

export interface WorkerVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}
