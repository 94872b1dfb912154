/** Whether an attempt before this one may have had its effect without anybody hearing of it, and since when. */
import { activityInfo } from '@temporalio/activity';

/** The host's clock and the server's may differ. */
const clocksDifferMs = 5 * 60_000;

/** Epoch milliseconds from which on to look for what an earlier attempt made; null on the first. */
export function earlierAttemptMs(): number | null {
  const { attempt, scheduledTimestampMs } = activityInfo();
  return attempt > 1 ? scheduledTimestampMs - clocksDifferMs : null;
}
