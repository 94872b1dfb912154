/** Asks the engine's own workflows, for activities that carry a wish from one to another. */
import type { LedgerSighting } from '../domain/ledger/sighting.js';
import type { TargetKey } from '../domain/names.js';
import type {
  RepairCommand,
  RollBackCommand,
  RolloutReceipt,
  RolloutRequest,
} from '../domain/rollout/request.js';
import type { RolloutResult } from '../domain/rollout/view.js';
import type { TargetView } from '../domain/target/view.js';

/** `lost`: it ended without a result of its own (terminated, timed out). `unknown`: not begun yet, or forgotten since. */
export type RolloutStatus =
  | { readonly kind: 'running' }
  | { readonly kind: 'finished'; readonly result: RolloutResult }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'unknown' };

export interface Orchestrator {
  /**
   * Asks the target, which is started when it is not there. The same request id gets the same receipt.
   * @throws TargetLocked, SameDigestRunning, DigestMismatch, OlderVersion, TargetBusy; Unavailable
   */
  requestRollout(
    target: TargetKey,
    platform: string,
    request: RolloutRequest,
  ): Promise<RolloutReceipt>;
  /** @throws CommandRejected when there is nothing to go back to; Unavailable */
  rollBackTarget(
    target: TargetKey,
    platform: string,
    command: RollBackCommand,
    requestId: string,
  ): Promise<RolloutReceipt>;
  /** Tells the target to look at its platform and mend it; it decides itself whether anything is wrong. */
  repairTarget(target: TargetKey, platform: string, command: RepairCommand): Promise<void>;
  /** Every target that has an owner, whether or not its platform knows it; may lag by seconds. @throws Unavailable */
  listTargets(): Promise<readonly TargetKey[]>;
  /** Null when the target's workflow does not run. */
  readTarget(target: TargetKey): Promise<TargetView | null>;
  readRollout(rolloutId: string): Promise<RolloutStatus>;
  /** Of the ledger, by the newest pass of the reconciler that saw it; null: none has. May lag by seconds. @throws Unavailable */
  readLastSighting(): Promise<LedgerSighting | null>;
  /**
   * Why nobody answers for a running rollout any more, half a sentence: its release was ended from outside and could
   * not take it back. Null while somebody does, where nobody ever did, and when it is on its way back.
   */
  readOrphaned(rolloutId: string): Promise<string | null>;
}
