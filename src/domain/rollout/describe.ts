/** A rollout as markdown for people: what it does, why, on what evidence, and what comes next. */
import type { Evidence } from '../analysis/verdict.js';
import { environmentPath } from '../names.js';
import type { RolloutView } from './view.js';

/** Text from outside must not become markup: names, reasons and messages are shown as they were typed. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()<>#+!|~]/g, (sign) => `\\${sign}`).replace(/\s+/g, ' ');
}

/** Ten cells: `███░░░░░░░`. */
function bar(cells: number): string {
  return `${'█'.repeat(cells)}${'░'.repeat(10 - cells)}`;
}

/** How far E came from 1 to its limit, in powers; a full bar rolls back. */
function evidenceBar({ eValue, eLimit }: Evidence): string {
  if (eValue === null || eLimit === null) return '';
  const part = Math.log(Math.max(1, eValue)) / Math.log(eLimit);
  return bar(Math.floor(10 * Math.min(1, part)));
}

function evidenceRow(row: Evidence): string {
  const e = row.eValue === null ? '' : `${row.eValue.toPrecision(3)} of ${row.eLimit ?? '—'}`;
  const counted = row.bad === null || row.total === null ? '' : ` (${row.bad} of ${row.total})`;
  const seen = `${escapeMarkdown(row.seen)}${counted}`;
  return `| ${row.check} | ${evidenceBar(row)} | ${e} | ${seen} | ${escapeMarkdown(row.limit)} |`;
}

export function describeRollout(view: RolloutView): string {
  const target = `${view.target.service}/${environmentPath(view.target)}`;
  const step = view.plan.steps[view.position];
  const lines = [
    `**${view.phase}** · ${escapeMarkdown(view.candidate.version)} at ${escapeMarkdown(target)} (${view.plan.strategy})`,
    '',
    `traffic ${bar(Math.round(view.weight / 10))} ${view.weight} %`,
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
    lines.push('', '| last verdict | evidence | E | seen | limit |', '|---|---|---|---|---|');
    lines.push(...view.verdict.evidence.slice(0, 6).map(evidenceRow));
  }
  if (view.outcome === null) {
    // What is counted between two verdicts leaves no event behind, so that it cannot be shown here.
    const name = `${target}#${view.n}`;
    lines.push('', `**live** evidence of the step: \`sluice watch ${name}\``);
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
