/** A target as operators see it: what is stable, what runs, what waits, what is locked. */
import type { TargetKey } from '../names.js';
import type { SavedDispersion } from '../analysis/comparison-policy.js';
import type { RolloutOutcome } from '../rollout/outcome.js';
import type { Revision } from '../rollout/revision.js';

export interface TargetLock {
  readonly owner: string;
  readonly reason: string;
  readonly sinceMs: number;
  readonly expiresAtMs: number | null;
}

export interface TargetHistoryEntry {
  readonly n: number;
  readonly version: string;
  readonly digest: string;
  readonly outcome: RolloutOutcome;
  readonly reason: string;
  readonly endedAtMs: number;
}

export interface TargetView {
  readonly target: TargetKey;
  readonly platform: string | null;
  /** Where users reach it; null where the platform does not know. */
  readonly url: string | null;
  readonly stable: Revision | null;
  /** Takes all traffic back at once while it is warm. */
  readonly previous: { readonly revision: Revision; readonly warmUntilMs: number } | null;
  readonly current: {
    readonly rolloutId: string;
    readonly n: number;
    readonly candidate: Revision;
  } | null;
  readonly queue: readonly {
    readonly rolloutId: string;
    readonly candidate: Revision;
    readonly requestedBy: string;
  }[];
  readonly lock: TargetLock | null;
  /** The newest 50, newest first. */
  readonly history: readonly TargetHistoryEntry[];
  /** What the reconciler or the target had to mend last; null when nothing. */
  readonly repaired: { readonly atMs: number; readonly reason: string } | null;
  /** It is being given back to what was there before us; null when it is not. */
  readonly handingBack: {
    readonly actor: string;
    readonly reason: string;
    readonly sinceMs: number;
    /** What stopped the last try; null while it goes on. */
    readonly trouble: string | null;
  } | null;
  /** How stable's instances differ from each other, as its rollouts have learnt; absent: they have not yet. */
  readonly dispersion?: SavedDispersion;
  readonly commands: readonly string[];
}
