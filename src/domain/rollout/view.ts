/** A rollout as operators see it: the same shape in query, API, CLI and UI. */
import type { SavedDispersion } from '../analysis/comparison-policy.js';
import type { Evidence, Verdict } from '../analysis/verdict.js';
import type { LedgerEvent } from '../ledger-event.js';
import type { TargetKey } from '../names.js';
import type { Phase } from '../phase.js';
import type { RolloutOutcome } from './outcome.js';
import type { Revision } from './revision.js';
import type { RolloutPlan } from './step.js';

export interface TimelineEntry {
  readonly atMs: number;
  readonly text: string;
}

export interface RolloutView {
  readonly rolloutId: string;
  readonly target: TargetKey;
  readonly n: number;
  readonly releaseId: string | null;
  readonly candidate: Revision;
  readonly stable: Revision | null;
  readonly phase: Phase;
  readonly plan: RolloutPlan;
  /** Index into the plan's steps; equal to their number when all are done. */
  readonly position: number;
  /** The weight as intended; the platform owns the weight as it is. */
  readonly weight: number;
  readonly paused: { readonly actor: string; readonly reason: string } | null;
  /** Why it waits for a person; null when it does not. */
  readonly holding: string | null;
  /** The last finished analysis. */
  readonly verdict: Verdict | null;
  readonly evidenceRef: string | null;
  readonly outcome: RolloutOutcome | null;
  /** Why it ended or turned back, one sentence. */
  readonly reason: string | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** The newest 50. */
  readonly timeline: readonly TimelineEntry[];
  /** Commands that would be accepted now. */
  readonly commands: readonly string[];
}

export interface RolloutResult {
  readonly rolloutId: string;
  /** Whose result it is: numbers of a target that was lost with its queue are given out again. */
  readonly requestId: string;
  readonly outcome: RolloutOutcome;
  readonly reason: string;
  /** Deciding evidence, at most 16 kB. */
  readonly evidence: readonly Evidence[];
  readonly evidenceRef: string | null;
  /** The last fence used, so that the target's own later writes come after it. */
  readonly lastSequence: number;
  /** Events that the ledger could not take while it ran; the target writes them when it can. */
  readonly unrecorded: readonly LedgerEvent[];
  /** How stable's instances differ, for the next rollout; absent when it could not be told. */
  readonly dispersion?: SavedDispersion;
}
