/** What a target is asked to do, and what it answers. */
import type { HealthPolicy } from '../analysis/health-policy.js';
import type { TargetKey } from '../names.js';
import type { QueuePolicy } from '../release/release.js';
import type { RolloutOutcome } from './outcome.js';
import type { Revision } from './revision.js';
import type { Strategy } from './strategy.js';
import type { WorkloadSpec } from './workload.js';

export interface RolloutRequest {
  /** `<releaseId>:<environment>:<attempt>:<start of the release>`: the same request is taken once. */
  readonly requestId: string;
  /** Told at the end by signal; null when nobody waits. */
  readonly releaseId: string | null;
  readonly candidate: Revision;
  readonly platform: string;
  readonly workload: WorkloadSpec;
  readonly strategy: Strategy;
  readonly health: HealthPolicy;
  readonly queuePolicy: QueuePolicy;
  readonly requestedBy: string;
  readonly reason: string;
  /** Take a version older than the stable one: rollbacks and explicit downgrades. */
  readonly allowOlder: boolean;
}

export interface RolloutReceipt {
  readonly rolloutId: string;
  /** 0: starts now; n: so many are before it. */
  readonly position: number;
}

/** Sent by the target to the release when its rollout is over. */
export interface RolloutFinished {
  readonly rolloutId: string;
  readonly requestId: string;
  readonly outcome: RolloutOutcome;
  readonly reason: string;
  readonly evidenceRef: string | null;
}

/** A person's wish to have the previous revision back. */
export interface RollBackCommand {
  readonly actor: string;
  readonly reason: string;
  /** Version to go back to; null: the previous one. */
  readonly version: string | null;
  /** Releases say what is theirs, so that they never turn another's rollout back. Absent: whatever runs or is stable. */
  readonly only?: OnlyFrom;
}

/** The rollout, and the artifact that it brings: running, waiting, or stable by now. */
export interface OnlyFrom {
  readonly rolloutId: string | null;
  readonly digest: string;
  /** Absent in what was asked before versions counted. */
  readonly version?: string;
}

export interface RetryRolloutCommand {
  readonly actor: string;
  readonly reason: string;
  /** Number of the ended rollout to repeat from its first step. */
  readonly n: number;
}

/** Asked by the reconciler: what it saw on the platform that should not be. */
export interface RepairCommand {
  readonly actor: string;
  readonly reason: string;
  readonly target: TargetKey;
}
