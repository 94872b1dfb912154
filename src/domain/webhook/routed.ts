/** What became of a delivery. */
import { escapeMarkdown } from '../rollout/describe.js';
import { describeEvent } from './describe.js';
import type { RepositoryEvent } from './event.js';

export interface RoutedDelivery {
  /** Ids of the workflows that lived and heard it. */
  readonly told: readonly string[];
  /** Of those that were begun with it. */
  readonly begun: readonly string[];
  /** What was not begun because it is off here. */
  readonly left: readonly { readonly workflowId: string; readonly why: string }[];
}

/** Markdown for the Temporal UI. */
export function describeRouting(
  event: RepositoryEvent,
  { told, begun, left }: RoutedDelivery,
): string {
  const when = new Date(event.atMs).toISOString();
  const lines = [
    ...told.map((id) => `- told ${escapeMarkdown(id)}`),
    ...begun.map((id) => `- began ${escapeMarkdown(id)}`),
    ...left.map(
      ({ workflowId, why }) => `- left ${escapeMarkdown(workflowId)}: ${escapeMarkdown(why)}`,
    ),
  ];
  const outcome = lines.length === 0 ? ['It concerns nobody who lives.'] : lines;
  return [`**${escapeMarkdown(describeEvent(event))}** at ${when}`, '', ...outcome].join('\n');
}
