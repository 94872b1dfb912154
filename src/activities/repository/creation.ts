/** How an activity creates something once, however often it is tried. */
import { activityInfo } from '@temporalio/activity';
import type { Creation } from '../../ports/code-host/call.js';

/** Clocks of the host and of Temporal may differ by this much. */
const skewMs = 5 * 60_000;

/** A repeated attempt looks for what the first one may have made. */
export function creationOf(marker: string): Creation {
  const { attempt, scheduledTimestampMs } = activityInfo();
  return { marker, retriedSinceMs: attempt > 1 ? scheduledTimestampMs - skewMs : null };
}
