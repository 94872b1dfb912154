/** One look into the code host's own log: deliveries that never arrived are asked for again. Started by a schedule. */
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Redelivery } from '../../activities/repository/sweep-activities.js';
import { escapeMarkdown } from '../../domain/rollout/describe.js';
import { longestRetryMs } from '../../domain/webhook/redeliver.js';
import { redeliverScheduleId } from '../../domain/wire-names.js';
import { ask, atCodeHost } from '../activity-options.js';
import { needsAttentionKey } from '../search-attributes.js';

export async function redeliverWebhooks(): Promise<Redelivery> {
  const beforeMs = await ask.readPassBefore(redeliverScheduleId);
  const pass = await atCodeHost.redeliverFailed.executeWithOptions(
    { summary: 'which deliveries never arrived?' },
    [{ sinceMs: beforeMs && beforeMs - longestRetryMs, subject: workflowInfo().workflowId }],
  );
  const { redelivered, givenUp, without } = pass;
  const summary = without ?? `${redelivered} asked for again, ${givenUp.length} given up`;
  const lines = givenUp.map((guid) => `- given up: ${guid}`);
  setCurrentDetails([escapeMarkdown(summary), '', ...lines].join('\n'));
  if (givenUp.length > 0) upsertSearchAttributes([{ key: needsAttentionKey, value: summary }]);
  return pass;
}
