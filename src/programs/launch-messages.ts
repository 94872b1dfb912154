/** What a process and its launcher say to each other. */

export interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
  /** All that it sees of an environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where it works; without it, where we do. */
  readonly folder?: string;
  readonly input?: string | Uint8Array;
  /** It is asked to end after this many milliseconds, and made to soon after; without it, it may take its time. */
  readonly forMs?: number;
}

export interface ProgramAnswer {
  /** Null when it was killed. */
  readonly code: number | null;
  /** At most 64 MiB each; what comes beyond is dropped. */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface CallMessage {
  readonly id: number;
  readonly call: ProgramCall;
}

export type AnswerMessage =
  | { readonly id: number; readonly answer: ProgramAnswer }
  /** It could not be started; why, in the system's words. */
  | { readonly id: number; readonly refusal: string };
