/** What a platform needs to run a service, and what it says about the instances it runs. */
import type { MigrationSpec } from './migration.js';

/** How one instance is started. On the playground: a command with `PORT` in its environment. */
export interface WorkloadSpec {
  /** `{artifact}` stands for the artifact's path, `{version}` for the version. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of the artifact with `{version}` filled in later; its SHA-256 must equal the release's digest. Null: the command itself is all there is. */
  readonly artifact: string | null;
  /** Working directory of the command, absolute. */
  readonly directory: string;
  /** Instances at full scale. */
  readonly instances: number;
  /** Path that answers 200 when an instance is fit for traffic. */
  readonly healthPath: string;
  /** On Kubernetes: the Deployment whose template revisions are made from; the command is the template's. */
  readonly deployment?: string;
  /** On Kubernetes: what pods of a revision find where the template names configuration. Absent: what is there at the time. */
  readonly config?: { readonly configMaps: ConfigPolicy; readonly secrets: ConfigPolicy };
  /** On Kubernetes: whether revisions share nodes. Absent: they may. */
  readonly antiAffinity?: 'none' | 'preferred' | 'required';
  /** Run once for every revision before it is deployed. */
  readonly migration?: MigrationSpec;
}

/** `copy`: an unchangeable copy made with the revision, so that a way back brings it back. */
type ConfigPolicy = 'reference' | 'copy';

export interface InstanceStatus {
  /** Unique for every start of a process: a restarted instance has a new id, so counters never run backwards. */
  readonly id: string;
  /** What its metrics call it (a pod's name); absent: the id. */
  readonly name?: string;
  readonly state: 'starting' | 'ready' | 'unready' | 'exited';
  /** Base URL that reaches this instance alone. */
  readonly url: string;
  /** Failed health probes in a row, now. */
  readonly probeFailures: number;
  /** Why it exited or is unready, one line; null when fine. */
  readonly reason: string | null;
}

export interface RevisionStatus {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly desiredInstances: number;
  readonly instances: readonly InstanceStatus[];
  /** Unexpected exits since the last rollout that wrote here began to. */
  readonly restarts: number;
}

export function readyInstances(revision: RevisionStatus | undefined): number {
  return revision?.instances.filter((instance) => instance.state === 'ready').length ?? 0;
}

/**
 * Instances a revision needs to carry a share of the traffic that `fullScale` instances carry: at least one.
 * @example instancesFor(5, 3) === 1; instancesFor(50, 3) === 2; instancesFor(100, 3) === 3; instancesFor(0, 3) === 1
 */
export function instancesFor(weight: number, fullScale: number): number {
  return Math.max(1, Math.ceil((fullScale * weight) / 100));
}
