/** What a look at our own set-up found, with the command or setting that mends it. */

export interface Finding {
  /** What was looked at: `clock`, `permission issues: write in acme`. */
  readonly subject: string;
  /** `fault`: something will not work. `warning`: it works, but not well or not for long. */
  readonly state: 'ok' | 'warning' | 'fault';
  readonly seen: string;
  /** The setting or command that mends it; absent where nothing needs mending. */
  readonly next?: string;
}
