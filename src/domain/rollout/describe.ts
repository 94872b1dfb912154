/** A rollout as markdown for people: what it does, why, on what evidence, and what comes next. */
import { environmentPath } from '../names.js';
import type { RolloutView } from './view.js';

/** Text from outside must not become markup: names, reasons and messages are shown as they were typed. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()<>#+!|~]/g, (sign) => `\\${sign}`).replace(/\s+/g, ' ');
}

/** Ten cells: `███░░░░░░░ 25 %`. */
function weightBar(weight: number): string {
  const cells = Math.round(weight / 10);
  return `${'█'.repeat(cells)}${'░'.repeat(10 - cells)} ${weight} %`;
}

export function describeRollout(view: RolloutView): string {
  const target = `${view.target.service}/${environmentPath(view.target)}`;
  const step = view.plan.steps[view.position];
  const lines = [
    `**${view.phase}** · ${escapeMarkdown(view.candidate.version)} at ${escapeMarkdown(target)} (${view.plan.strategy})`,
    '',
    `traffic ${weightBar(view.weight)}`,
  ];
  if (step && view.outcome === null) {
    lines.push(
      '',
      `**now** step ${view.position + 1} of ${view.plan.steps.length}: ${escapeMarkdown(step.title)}`,
    );
  }
  const why = whyLine(view);
  if (why) lines.push('', `**why** ${escapeMarkdown(why)}`);
  if (view.verdict && view.verdict.evidence.length > 0) {
    lines.push('', '| check | seen | limit | E | E limit |', '|---|---|---|---|---|');
    for (const row of view.verdict.evidence.slice(0, 6)) {
      const e = row.eValue === null ? '' : row.eValue.toPrecision(3);
      lines.push(
        `| ${row.check} | ${escapeMarkdown(row.seen)} | ${escapeMarkdown(row.limit)} | ${e} | ${row.eLimit ?? ''} |`,
      );
    }
  }
  if (view.commands.length > 0) lines.push('', `**you can** ${view.commands.join(', ')}`);
  return lines.join('\n');
}

function whyLine(view: RolloutView): string | null {
  if (view.reason) return view.reason;
  if (view.holding) return `waits for a person: ${view.holding}`;
  if (view.paused) return `paused by ${view.paused.actor}: ${view.paused.reason}`;
  return view.verdict?.reason ?? null;
}
