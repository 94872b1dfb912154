/** Where the checks of a pull request stand, and that as markdown for operators. */
import type { RepositoryKey } from '../repository/names.js';
import { repositoryPath } from '../repository/names.js';
import { escapeMarkdown } from '../rollout/describe.js';
import type { PullReport } from './report.js';

/** What is known of a pull request when it has been looked at. */
export type JudgedPull =
  | {
      readonly kind: 'judged';
      readonly report: PullReport;
      /** What makes a report the same one: pull request, head and rules. */
      readonly rules: string;
    }
  /** Nothing is to be said of it, and why. */
  | { readonly kind: 'left'; readonly reason: string; readonly isOver: boolean };

export type PullStage = 'checking' | 'told' | 'left' | 'planned';

export interface PullChecksView {
  readonly repository: RepositoryKey;
  readonly number: number;
  readonly stage: PullStage;
  readonly reason: string;
  /** The last one; null before the first. */
  readonly report: PullReport | null;
  /** Passes over it in this run. */
  readonly passes: number;
  readonly trouble: string | null;
  readonly isDryRun: boolean;
  readonly commands: readonly string[];
}

/** What the code host shows, for whoever asks for it elsewhere: the comment without its marker, and the labels. */
export function printReport(report: PullReport): string {
  const { add, remove } = report.labels;
  const labels = [...add.map((label) => `+${label}`), ...remove.map((label) => `-${label}`)];
  const text = report.comment.replace(/\n*<!-- sluice:[^>]* -->\s*$/, '');
  return labels.length > 0 ? `${text}\n\nlabels: ${labels.join(' ')}` : text;
}

export function describePullChecks(view: PullChecksView): string {
  const { report, reason, trouble, commands } = view;
  const name = `${repositoryPath(view.repository)}#${view.number}`;
  const lines = [
    `**${view.stage}** · ${escapeMarkdown(name)}${view.isDryRun ? ' (dry run)' : ''}`,
    '',
    `**why** ${escapeMarkdown(reason)}`,
  ];
  if (trouble !== null) lines.push('', `**trouble** ${escapeMarkdown(trouble)}`);
  if (report !== null) {
    lines.push('', `**head** ${report.sha.slice(0, 12)}: ${report.verdict}`, '');
    lines.push('| check | conclusion | |', '|---|---|---|');
    for (const { name: check, conclusion, title } of report.runs) {
      lines.push(`| ${check} | ${conclusion} | ${escapeMarkdown(title)} |`);
    }
    const { add, remove } = report.labels;
    const labels = [...add.map((one) => `+${one}`), ...remove.map((one) => `-${one}`)];
    if (labels.length > 0) lines.push('', `**labels** ${escapeMarkdown(labels.join(' '))}`);
  }
  if (commands.length > 0) {
    lines.push('', `**next** the next event about it, or ${commands.join(', ')}`);
  }
  return lines.join('\n');
}
