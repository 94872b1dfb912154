/** Reads of one source that several watches share: asked once, kept for a moment, and not more often than the source bears. */

/** `asked`: a request was sent and answered; `joined` and `kept`: none was needed. */
export const readOutcomes = ['asked', 'failed', 'joined', 'kept', 'overBudget'] as const;
export type ReadOutcome = (typeof readOutcomes)[number];

export interface SharedRead<T> {
  readonly value: T;
  /** When the source was asked, epoch ms: what it told is at least as new. */
  readonly beganAtMs: number;
}

export interface SharedReads {
  /**
   * The answer to a question that was asked a moment ago or is being asked, or else to `ask`.
   * @param key the same for questions with the same answer
   * @throws Unavailable when the source's budget is used up; whatever `ask` throws
   */
  read<T>(key: string, ask: () => Promise<T>): Promise<SharedRead<T>>;
}
