/** A release: a version with its digest on its way through the environments of a pipeline. */
import type { HealthPolicy } from '../analysis/health-policy.js';
import type { SmokeTest, Strategy } from '../rollout/strategy.js';
import type { WorkloadSpec } from '../rollout/workload.js';

export interface Approvals {
  /** Approvals needed; 0 with manual promotion still needs one. */
  readonly required: number;
  /** Names of people or `team:<name>`; empty: anyone with the scope. */
  readonly approvers: readonly string[];
  /** The environment is entered no sooner than this after it was asked for. */
  readonly minimumWaitMs: number;
  /** Unapproved after this long the release is rejected; null waits for ever. */
  readonly deadlineMs: number | null;
  /** Count an approval typed into the Temporal UI, where the name is only a claim. */
  readonly acceptClaims: boolean;
  /** Whose reviews at the code host count, and as whom: login to approver. Absent: nobody's. */
  readonly fromGithub?: Readonly<Record<string, string>>;
}

/** What a target does with a request while another rollout runs. */
export type QueuePolicy = 'queue' | 'latestWins' | 'reject';

export interface EnvironmentPlan {
  readonly environment: string;
  /** Name of a platform of the configuration; also names the task queue that holds its credentials. */
  readonly platform: string;
  readonly workload: WorkloadSpec;
  readonly strategy: Strategy;
  readonly health: HealthPolicy;
  readonly promotion: 'auto' | 'manual';
  readonly approvals: Approvals;
  /** The new stable revision is watched this long before the release goes on; 0 leaves it out. */
  readonly soakMs: number;
  /** Run after the rollout; null leaves it out. */
  readonly verification: SmokeTest | null;
  readonly onFailure: 'rollBackAndStop' | 'hold';
  readonly queuePolicy: QueuePolicy;
}

/** The pipeline as it was when the release started: later edits never change a running release. */
export interface PipelineSnapshot {
  readonly project: string;
  readonly service: string;
  /** In order. */
  readonly environments: readonly EnvironmentPlan[];
  /** SHA-256 of the canonical JSON of the rest, hex. */
  readonly sha256: string;
}

export type ReleaseOutcome = 'promoted' | 'rolledBack' | 'aborted' | 'superseded' | 'rejected';

/** How one environment of a release ended. */
export interface StageEnd {
  readonly outcome: ReleaseOutcome;
  readonly reason: string;
}
