/** Checks over HTTP that decide whether a rollout may go on: smoke tests of instances and other people's gates. */
import type { SmokeTest, WebhookGate } from '../domain/rollout/strategy.js';

export interface GateAnswer {
  readonly passed: boolean;
  /** One sentence with URL, status and what was expected; never a response body. */
  readonly reason: string;
}

export interface Gate {
  /** One round of the smoke test against base URLs of instances; failed checks are an answer, not a failure. */
  smoke(urls: readonly string[], test: SmokeTest, signal: AbortSignal): Promise<GateAnswer>;
  /**
   * One POST of the question as JSON. A refused address, a time-out and any status but 200–202 are answers, not failures.
   */
  webhook(
    gate: WebhookGate,
    question: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<GateAnswer>;
}
