/** What a command gets from the process it runs in; only the main reads the process itself. */

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface CommandHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by Ctrl-C, SIGTERM or a closed terminal: end in order. */
  readonly interrupted: AbortSignal;
  /** The code to exit with once the command has returned. */
  exitWith(code: number): void;
}
