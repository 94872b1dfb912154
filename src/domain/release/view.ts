/** A release as operators see it: its stages in order, what it waits for, and what can be done. */
import type { Phase } from '../phase.js';
import type { TimelineEntry } from '../rollout/view.js';
import type { PipelineSnapshot, ReleaseOutcome } from './release.js';

export interface Approval {
  readonly actor: string;
  readonly reason: string;
  readonly atMs: number;
  /** False: the name is a claim typed into the Temporal UI. */
  readonly attested: boolean;
}

export interface StageView {
  readonly environment: string;
  readonly strategy: string;
  /** `Queued` until it begins. */
  readonly phase: Phase;
  readonly attempt: number;
  readonly rolloutId: string | null;
  readonly approvals: readonly Approval[];
  readonly approvalsRequired: number;
  readonly reason: string | null;
  readonly evidenceRef: string | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
}

export interface ReleaseView {
  readonly releaseId: string;
  readonly service: string;
  readonly version: string;
  readonly digest: string;
  readonly gitSha: string | null;
  readonly requestedBy: string;
  readonly phase: Phase;
  /** The stage it is at; null when ended. */
  readonly environment: string | null;
  readonly stages: readonly StageView[];
  readonly outcome: ReleaseOutcome | null;
  readonly reason: string | null;
  readonly pipelineSha256: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly timeline: readonly TimelineEntry[];
  readonly commands: readonly string[];
}

export interface ReleaseInput {
  readonly service: string;
  readonly version: string;
  readonly digest: string;
  readonly gitSha: string | null;
  readonly pipeline: PipelineSnapshot;
  /** Enter here instead of at the first environment: audited, for hotfixes. */
  readonly from: string | null;
  readonly allowOlder: boolean;
  readonly requestedBy: string;
  readonly reason: string;
}

/** Kept beside the workflow for lists and for telling a repeated request from a new one. */
export interface ReleaseMemo {
  readonly digest: string;
  readonly requestedBy: string;
  readonly reason: string;
}
