/** What the supervisor tells its guard, one JSON line each, and what the guard tells others. */

export type GuardOrder =
  /** A process group that must not outlive the supervisor. */
  | { readonly watch: number }
  | { readonly forget: number }
  /** A temporary folder that goes with the supervisor. */
  | { readonly removeFolder: string };

/** Sent to whoever connects to the guard's port, then the connection ends. */
export interface GuardGreeting {
  /** Tells this guard from a stranger that got the port later. */
  readonly id: string;
  readonly supervisorPid: number;
  /** False: the supervisor is gone and what it left is being ended. */
  readonly supervised: boolean;
}

/** The guard's first line. */
export interface GuardReady {
  readonly ready: true;
  readonly port: number;
}
