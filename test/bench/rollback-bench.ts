/** What a place offers in which rollbacks are measured. */
import type { RolloutResult } from '../../src/domain/rollout/view.js';
import type { Ledger } from '../../src/ports/ledger.js';
import type { TimedLoad } from '../support/load-account.js';

/** Requests a second. */
export const perSecond = 200;
/** An analysis so long that only a verdict of harm ends it. */
export const analysisMs = 600_000;

export interface RollbackBench {
  /** Revision name of the bad version. */
  readonly candidate: string;
  readonly ledger: Ledger;
  /** Installs the good version and puts it under load. */
  install(): Promise<TimedLoad>;
  /** Rolls the bad version out until it ends. */
  rollBad(requestId: string): Promise<RolloutResult>;
  /** Resolves when no instance of the bad version is left. */
  untilGone(): Promise<void>;
  stop(): Promise<void>;
}
