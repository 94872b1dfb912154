/** One line of the ledger: who or what did which thing to whom, when, and why. */

export interface LedgerEvent {
  /** The same act written twice has the same id; readers keep the first. */
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** What happened: `trafficShifted`, `verdictReached`, `instanceReplaced`, `commandAccepted`, … */
  readonly kind: string;
  /** Workflow id of the release, rollout or target it belongs to. */
  readonly subject: string;
  /** A person, a token's owner or `sluice`. */
  readonly actor: string;
  readonly reason: string;
  readonly data: Readonly<Record<string, unknown>>;
}
