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
  /** Releases that it was to start. */
  readonly releases: readonly {
    readonly service: string;
    readonly version: string | null;
    readonly result: 'started' | 'thereAlready' | 'refused';
    readonly reason: string;
  }[];
}

const words = {
  started: 'started',
  thereAlready: 'is there already',
  refused: 'not started',
} as const;

/** Markdown for the Temporal UI. */
export function describeRouting(
  event: RepositoryEvent,
  { told, begun, left, releases }: RoutedDelivery,
): string {
  const when = new Date(event.atMs).toISOString();
  const lines = [
    ...told.map((id) => `- told ${escapeMarkdown(id)}`),
    ...begun.map((id) => `- began ${escapeMarkdown(id)}`),
    ...left.map(
      ({ workflowId, why }) => `- left ${escapeMarkdown(workflowId)}: ${escapeMarkdown(why)}`,
    ),
    ...releases.map(
      ({ service, version, result, reason }) =>
        `- release ${escapeMarkdown(`${service} ${version ?? ''}`.trim())} ${words[result]}: ${escapeMarkdown(reason)}`,
    ),
  ];
  const outcome = lines.length === 0 ? ['It concerns nobody who lives.'] : lines;
  return [`**${escapeMarkdown(describeEvent(event))}** at ${when}`, '', ...outcome].join('\n');
}
