/** The protection of a repository's branches as operators see it. */
import type { Command } from '../command.js';
import { type RepositoryKey, repositoryPath } from '../repository/names.js';
import { escapeMarkdown } from '../rollout/describe.js';
import type { ProtectionPlan } from './plan.js';

export interface ProtectionBackup {
  /** Of the ledger's event that holds the settings. */
  readonly id: string;
  readonly branch: string;
  readonly atMs: number;
  readonly by: Command;
}

export interface ProtectionView {
  readonly repository: RepositoryKey;
  /** Null before the first look. */
  readonly lookedAtMs: number | null;
  /** One line a change, as a diff is read. */
  readonly lines: readonly string[];
  /** Something is not as written. */
  readonly hasDrift: boolean;
  /** The issue that shows it. */
  readonly issue: number | null;
  /** Restored by a person: not enforced until somebody applies again. */
  readonly held: readonly string[];
  /** Newest last, at most 50; the ledger keeps all. */
  readonly backups: readonly ProtectionBackup[];
  readonly trouble: string | null;
  readonly isDryRun: boolean;
  readonly nextLookAtMs: number | null;
  readonly commands: readonly string[];
}

export interface ProtectionApplied {
  readonly plan: ProtectionPlan;
  readonly lines: readonly string[];
  /** Branches that were written. */
  readonly written: readonly string[];
  readonly backups: readonly ProtectionBackup[];
  /** What could not be written, and why. */
  readonly refused: readonly { readonly branch: string; readonly reason: string }[];
}

export interface ApplyProtectionCommand extends Command {
  /** Null: every branch that is written down. */
  readonly branch: string | null;
}

export interface RestoreProtectionCommand extends Command {
  readonly branch: string;
  /** Null: the newest of the branch. */
  readonly backup: string | null;
}

export interface ProtectionRestored {
  readonly branch: string;
  readonly changed: boolean;
  /** What it was restored from. */
  readonly from: string;
  /** What was there before, should it be wanted back. */
  readonly backup: string | null;
}

export function describeProtection(view: ProtectionView): string {
  const at = (ms: number): string => new Date(ms).toISOString();
  const state =
    view.lookedAtMs === null
      ? 'not looked at yet'
      : view.hasDrift
        ? 'not as written'
        : 'as written';
  const lines = [
    `**${state}** · branch protection of ${escapeMarkdown(repositoryPath(view.repository))}${view.isDryRun ? ' · dry run' : ''}`,
    ...view.lines.flatMap((line) => ['', escapeMarkdown(line)]),
  ];
  if (view.trouble !== null) lines.push('', `**trouble** ${escapeMarkdown(view.trouble)}`);
  if (view.issue !== null) lines.push('', `shown in #${view.issue}`);
  if (view.held.length > 0)
    lines.push('', `restored by hand: ${escapeMarkdown(view.held.join(', '))}`);
  if (view.nextLookAtMs !== null) lines.push('', `**next** look at ${at(view.nextLookAtMs)}`);
  if (view.backups.length > 0) {
    lines.push('', '| backup | branch | by |', '|---|---|---|');
    for (const { id, branch, by } of view.backups.slice(-5).toReversed())
      lines.push(`| ${id} | ${escapeMarkdown(branch)} | ${escapeMarkdown(by.actor)} |`);
  }
  if (view.commands.length > 0) lines.push('', `**you can** ${view.commands.join(', ')}`);
  return lines.join('\n');
}
