/** What the code host tried to tell us: its own log of webhook deliveries. */

export interface Delivery {
  /** Of this attempt: digits, too many for a number. */
  readonly id: string;
  /** The same for a redelivery. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly deliveredAtMs: number;
  /** HTTP status of our answer; 0 without one. */
  readonly status: number;
}

/** Only an App has such a log. @throws Forbidden with a personal access token */
export interface Deliveries {
  /** Newest first, back to a time. Only the last three days are known to the host. */
  listDeliveries(sinceMs: number): Promise<readonly Delivery[]>;
  /** Asks for it to be sent again; it comes with the same GUID. */
  redeliver(id: string): Promise<void>;
}
