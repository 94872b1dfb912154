/** What a rollout's history says: which activities ran under which summaries, and which phases it went through. */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

export interface RolloutHistory {
  readonly activities: readonly { readonly type: string; readonly summary: string }[];
  /** Values of the search attribute, in the order of their writing. */
  readonly phases: readonly string[];
  readonly needsAttention: readonly (string | null)[];
}

export async function readHistory(client: Client, id: string): Promise<RolloutHistory> {
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  const activities: { type: string; summary: string }[] = [];
  const phases: string[] = [];
  const needsAttention: (string | null)[] = [];
  for (const event of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const payload = event.userMetadata?.summary;
      const summary = payload ? defaultPayloadConverter.fromPayload<string>(payload) : '';
      activities.push({ type: scheduled.activityType?.name ?? '', summary });
    }
    const fields =
      event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
    const said = (name: string): string | null | undefined => {
      const payload = fields?.[name];
      return payload && defaultPayloadConverter.fromPayload(payload);
    };
    const phase = said('Phase');
    if (phase && phase !== phases.at(-1)) phases.push(phase);
    const attention = said('NeedsAttention');
    if (attention !== undefined) needsAttention.push(attention);
  }
  return { activities, phases, needsAttention };
}
