/** How long one attempt of a step's activity may wait for the world before it asks to be repeated. */
import { activityInfo } from '@temporalio/activity';

/** Short, so that the queue stays free for rollbacks. */
const attemptMs = 8_000;
/** With less time than this before the step's deadline, the next attempt would not come to its end. */
const lastAttemptMs = 400;

export interface AttemptTime {
  readonly forMs: number;
  /** There is no time for another attempt after this one. */
  readonly isLast: boolean;
}

/** By the server's clock up to this attempt, so that clocks that differ do not matter. */
export function attemptTime(): AttemptTime {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs, scheduleToCloseTimeoutMs } =
    activityInfo();
  const spentMs = currentAttemptScheduledTimestampMs - scheduledTimestampMs;
  const leftMs = scheduleToCloseTimeoutMs - spentMs - lastAttemptMs;
  return { forMs: Math.min(attemptMs, leftMs), isLast: leftMs <= attemptMs };
}
