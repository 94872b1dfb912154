/** Items and sweeps as markdown for operators: what is done, why, what next. */
import { repositoryPath } from '../repository/names.js';
import { escapeMarkdown } from '../rollout/describe.js';
import type { PlannedItem, StaleItemView, StaleSweepView } from './view.js';

export function describeStaleItem(view: StaleItemView): string {
  const what = view.isPull ? 'pull request' : 'issue';
  const where = `${repositoryPath(view.repository)}#${view.number}`;
  const lines = [
    `**${view.stage}** · ${what} ${escapeMarkdown(where)}${view.isDryRun ? ' · dry run' : ''}`,
    '',
    `**why** ${escapeMarkdown(view.reason)}`,
  ];
  if (view.nextAtMs !== null) lines.push('', `**next** on ${instant(view.nextAtMs)}`);
  if (view.story.length > 0) {
    lines.push('', '| when | what |', '|---|---|');
    for (const { atMs, text } of view.story.slice(-10).toReversed())
      lines.push(`| ${instant(atMs)} | ${escapeMarkdown(text)} |`);
  }
  if (view.commands.length > 0) lines.push('', `**you can** ${view.commands.join(', ')}`);
  return lines.join('\n');
}

export function describeStaleSweep(view: StaleSweepView): string {
  const lines = [
    `**stale items** of ${escapeMarkdown(repositoryPath(view.repository))}${view.isDryRun ? ' · dry run: nothing is written' : ''}`,
    '',
    `${view.plan.length} due${view.isCut ? ' in this pass, and more after it' : ''}, ${view.watched} watched, ${view.looked} looked at`,
  ];
  if (view.trouble !== null) lines.push('', `**trouble** ${escapeMarkdown(view.trouble)}`);
  if (view.nextAtMs !== null) lines.push('', `**next** pass on ${instant(view.nextAtMs)}`);
  if (view.plan.length > 0) {
    lines.push('', '| item | what | why | turn |', '|---|---|---|---|');
    lines.push(...view.plan.slice(0, 30).map(planRow));
  }
  for (const [reason, count] of Object.entries(view.exempt).slice(0, 20))
    lines.push('', `${count} left alone: ${escapeMarkdown(reason)}`);
  if (view.commands.length > 0) lines.push('', `**you can** ${view.commands.join(', ')}`);
  return lines.join('\n');
}

function planRow({ number, decision, slotAtMs }: PlannedItem): string {
  const turn = slotAtMs === null ? '—' : instant(slotAtMs);
  return `| \\#${number} | ${decision.kind} | ${escapeMarkdown(decision.reason)} | ${turn} |`;
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}
