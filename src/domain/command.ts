/** What a person says to a running release, rollout or target: one JSON object, always with who and why. */

export interface Command {
  /** The token's owner through the API; a claim when typed into the Temporal UI. */
  readonly actor: string;
  readonly reason: string;
}

/** The answer to an accepted command; a rejected one is a failure with the reason. */
export interface CommandReceipt {
  readonly accepted: true;
  /** What happens now, one sentence. */
  readonly message: string;
}

export interface LockCommand extends Command {
  /** The lock ends by itself then, epoch milliseconds; null: only by unlock. */
  readonly expiresAtMs: number | null;
}

export interface ApproveCommand extends Command {
  readonly environment: string;
  /** Signed by the API over release, environment, actor and expiry; null when typed into the Temporal UI. */
  readonly ticket: string | null;
}

export interface RejectCommand extends Command {
  readonly environment: string;
}

export interface EjectCommand extends Command {
  /** Only say what would be done. */
  readonly dryRun: boolean;
}

export interface EjectReceipt extends CommandReceipt {
  /** What is done, in order, one clause each. */
  readonly steps: readonly string[];
}
