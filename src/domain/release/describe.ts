/** A release as markdown for people: where it is, why, and what can be done. */
import { escapeMarkdown } from '../rollout/describe.js';
import type { ReleaseView } from './view.js';

export function describeRelease(view: ReleaseView): string {
  const lines = [
    `**${view.phase}** · ${escapeMarkdown(view.service)} ${escapeMarkdown(view.version)}`,
    '',
    `asked for by ${escapeMarkdown(view.requestedBy)}, artifact ${view.digest.slice(0, 19)}…`,
    '',
    '| environment | strategy | state | why |',
    '|---|---|---|---|',
    ...view.stages.map((stage) => {
      const approvals =
        stage.approvalsRequired > 0
          ? ` (${stage.approvals.length} of ${stage.approvalsRequired} approvals)`
          : '';
      const why = escapeMarkdown(stage.reason ?? '');
      return `| ${stage.environment} | ${stage.strategy} | ${stage.phase}${approvals} | ${why} |`;
    }),
  ];
  if (view.reason) lines.push('', `**why** ${escapeMarkdown(view.reason)}`);
  if (view.commands.length > 0) lines.push('', `**you can** ${view.commands.join(', ')}`);
  return lines.join('\n');
}
