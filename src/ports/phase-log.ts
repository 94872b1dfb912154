/** The phases that a release or rollout went through, from its own history: complete, in order, whenever it is read. */
import type { PhaseReading } from '../domain/deployment-mirror/mirror.js';
import type { RolloutOrigin } from '../domain/deployment-mirror/rollout.js';
import type { ReleaseView } from '../domain/release/view.js';
import type { RolloutView } from '../domain/rollout/view.js';

export interface PhaseLog {
  /**
   * Waits for the next phase, for `forMs` at most; 0 only reads what is there.
   * @param runId null: the newest run
   * @throws NotFound when there is no such workflow; Unavailable
   */
  readPhases(query: {
    readonly workflowId: string;
    readonly runId: string | null;
    readonly afterEventId: number;
    readonly forMs: number;
    readonly signal: AbortSignal;
  }): Promise<PhaseReading>;
  /** Null when there is none or its history is gone. */
  readRelease(releaseId: string, runId: string | null): Promise<ReleaseView | null>;
  /** Null when there is none or its history is gone. */
  readRollout(rolloutId: string, runId: string | null): Promise<RolloutView | null>;
  /** How its newest run was begun, which no worker is asked for; null as above. @throws Unavailable */
  readOrigin(rolloutId: string): Promise<RolloutOrigin | null>;
  /** The release that was started last for a commit, open or ended; null without one. May lag by seconds. */
  findRelease(
    gitSha: string,
  ): Promise<{ readonly releaseId: string; readonly runId: string } | null>;
}
