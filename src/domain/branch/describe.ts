/** A branch on its way to the archive, as markdown for operators. */
import { repositoryPath } from '../repository/names.js';
import { escapeMarkdown } from '../rollout/describe.js';
import type { BranchView } from './view.js';

export function describeBranch(view: BranchView): string {
  const at = (ms: number): string => new Date(ms).toISOString();
  const lines = [
    `**${view.stage}** · ${escapeMarkdown(view.branch)} in ${escapeMarkdown(repositoryPath(view.repository))}${view.isDryRun ? ' · dry run' : ''}`,
    '',
    `**why** ${escapeMarkdown(view.reason)}`,
  ];
  if (view.nextAtMs !== null) lines.push('', `**next** on ${at(view.nextAtMs)}`);
  if (view.trouble !== null) lines.push('', `**trouble** ${escapeMarkdown(view.trouble)}`);
  if (view.sha !== null) lines.push('', `tip ${view.sha}`);
  if (view.issue !== null) lines.push('', `cleanup issue #${view.issue}`);
  if (view.keep !== null) {
    const until =
      view.keep.untilMs === null ? 'until it is taken back' : `until ${at(view.keep.untilMs)}`;
    lines.push('', `kept by ${escapeMarkdown(view.keep.actor)} ${until}`);
  }
  if (view.archivedAs !== null) lines.push('', `archived as ${escapeMarkdown(view.archivedAs)}`);
  if (view.plan.length > 0) {
    lines.push('', '| planned | what |', '|---|---|');
    for (const { atMs, text } of view.plan) lines.push(`| ${at(atMs)} | ${escapeMarkdown(text)} |`);
  }
  if (view.story.length > 0) {
    lines.push('', '| when | what |', '|---|---|');
    for (const { atMs, text } of view.story.slice(-10).toReversed())
      lines.push(`| ${at(atMs)} | ${escapeMarkdown(text)} |`);
  }
  if (view.commands.length > 0) lines.push('', `**you can** ${view.commands.join(', ')}`);
  return lines.join('\n');
}
