/** An issue's follower as operators see it. */
import type { Command } from '../command.js';
import type { RepositoryKey } from '../repository/names.js';
import { repositoryPath } from '../repository/names.js';
import { escapeMarkdown } from '../rollout/describe.js';
import type { IssueStage, IssueState } from './advance.js';

export interface IssueStory {
  readonly atMs: number;
  readonly text: string;
}

export interface IssueView {
  readonly repository: RepositoryKey;
  readonly number: number;
  readonly title: string | null;
  readonly stage: IssueStage;
  readonly branch: string | null;
  readonly pull: number | null;
  readonly mergeSha: string | null;
  readonly archivedAs: string | null;
  readonly isDropped: boolean;
  /** What it waits for, or does. */
  readonly reason: string;
  readonly paused: Command | null;
  /** Why an act is not possible; null when all is well. */
  readonly trouble: string | null;
  /** In a dry run: what would be done. */
  readonly plan: readonly string[];
  readonly isDryRun: boolean;
  /** The newest 50. */
  readonly story: readonly IssueStory[];
  readonly commands: readonly string[];
}

/** How it ended. */
export interface IssueEnd {
  readonly kind: 'archived' | 'dropped' | 'gone' | 'notFollowed' | 'planned';
  readonly reason: string;
  readonly state: IssueState;
  readonly plan: readonly string[];
}

export function describeIssue(view: IssueView): string {
  const path = escapeMarkdown(repositoryPath(view.repository));
  const title = view.title === null ? '' : ` · ${escapeMarkdown(view.title)}`;
  const lines = [
    `**${view.stage}** · ${path}#${view.number}${title}${view.isDryRun ? ' · dry run' : ''}`,
    '',
    `**now** ${escapeMarkdown(view.reason)}`,
  ];
  if (view.paused) {
    const { actor, reason } = view.paused;
    lines.push('', `**paused** by ${escapeMarkdown(actor)}: ${escapeMarkdown(reason)}`);
  }
  if (view.trouble !== null) lines.push('', `**trouble** ${escapeMarkdown(view.trouble)}`);
  if (view.branch !== null) lines.push('', `branch ${escapeMarkdown(view.branch)}`);
  if (view.pull !== null) lines.push('', `pull request ${path}#${view.pull}`);
  if (view.archivedAs !== null) lines.push('', `file ${escapeMarkdown(view.archivedAs)}`);
  lines.push(...view.plan.flatMap((line) => ['', `would ${escapeMarkdown(line)}`]));
  if (view.story.length > 0) {
    lines.push('', '| when | what |', '|---|---|');
    for (const { atMs, text } of view.story.slice(-10).toReversed())
      lines.push(`| ${new Date(atMs).toISOString()} | ${escapeMarkdown(text)} |`);
  }
  if (view.commands.length > 0) lines.push('', `**you can** ${view.commands.join(', ')}`);
  return lines.join('\n');
}
