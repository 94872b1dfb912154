/** `sluice protection`: branch protection as code, planned, applied, watched and brought back. */
import { Command } from 'commander';
import {
  plannedProtection,
  protectionApplied,
  protectionRestored,
  protectionViewSchema,
} from '../../api/schemas/protection.js';
import { parseRepository } from '../../domain/repository/names.js';
import type { CliIo } from '../output.js';
import { harmless } from '../render/paint.js';
import { openSession } from '../session.js';

interface Flags {
  readonly reason: string;
  readonly branch: string;
  readonly backup?: string;
  readonly dryRun?: boolean;
}

export function protectionCommand(io: CliIo): Command {
  const protection = new Command('protection').description(
    'branch protection as written in sluice.yaml: plan, apply, drift, restore',
  );
  const add = (name: string, text: string): Command =>
    protection.command(name).description(text).argument('<repository>', 'acme/shop');

  add('plan', 'compare with what is written; nothing is changed').action(
    async (repository: string, _flags: Flags, command: Command) => {
      const session = openSession(io, command);
      const client = await session.client();
      const body = { reason: 'sluice protection plan' };
      const planned = await client.actOnRepository(
        placeOf(repository, 'plan'),
        plannedProtection,
        body,
      );
      const next = `make it so: sluice protection apply ${repository} --reason "…"`;
      session.answers.answer(planned, [
        ...planned.lines.map(harmless),
        ...(planned.plan.isEmpty ? [] : [next]),
      ]);
    },
  );
  add('apply', 'make it as written; what was there is backed up')
    .requiredOption('--reason <text>', 'why; kept in the record')
    .option('--branch <name>', 'only this one')
    .option('--dry-run', 'only say what would be done')
    .action(async (repository: string, flags: Flags, command: Command) => {
      const { reason, branch, dryRun = false } = flags;
      const session = openSession(io, command);
      const client = await session.client();
      const body = { reason, dryRun, ...(branch && { branch }) };
      const applied = await client.actOnRepository(
        placeOf(repository, 'apply'),
        protectionApplied,
        body,
      );
      const { written, refused, backups } = applied;
      session.answers.answer(applied, [
        ...applied.lines.map(harmless),
        dryRun
          ? 'a dry run: nothing was written'
          : `written: ${harmless(written.join(', ') || 'none')}`,
        ...refused.map((each) => `refused: ${harmless(each.branch)}: ${harmless(each.reason)}`),
        ...backups.map(
          ({ branch: name, id }) =>
            `back: sluice protection restore ${repository} --branch ${harmless(name)} --backup ${id} --reason "…"`,
        ),
      ]);
    });
  add('drift', 'what the watch found last, and the backups').action(
    async (repository: string, _flags: Flags, command: Command) => {
      const session = openSession(io, command);
      const client = await session.client();
      const view = await client.readOfRepository(placeOf(repository), protectionViewSchema);
      const at = (ms: number | null): string =>
        ms === null ? 'never' : new Date(ms).toISOString();
      session.answers.answer(view, [
        ...view.lines.map(harmless),
        `looked at  ${at(view.lookedAtMs)}, next ${at(view.nextLookAtMs)}`,
        ...(view.issue === null ? [] : [`shown in   #${view.issue}`]),
        ...(view.held.length === 0 ? [] : [`restored   ${harmless(view.held.join(', '))}`]),
        ...(view.trouble === null ? [] : [`trouble    ${harmless(view.trouble)}`]),
        ...view.backups.map(
          (each) => `backup     ${each.id} ${harmless(each.branch)} ${at(each.atMs)}`,
        ),
      ]);
    },
  );
  add('restore', 'bring back what was there before')
    .requiredOption('--branch <name>', 'main')
    .requiredOption('--reason <text>', 'why; kept in the record')
    .option('--backup <id>', 'else the newest of the branch')
    .action(async (repository: string, flags: Flags, command: Command) => {
      const { reason, branch, backup } = flags;
      const session = openSession(io, command);
      const client = await session.client();
      const body = { reason, branch, ...(backup === undefined ? {} : { backup }) };
      const restored = await client.actOnRepository(
        placeOf(repository, 'restore'),
        protectionRestored,
        body,
      );
      const done = restored.changed ? 'is as it was' : 'was so already';
      session.answers.answer(restored, [
        `${harmless(restored.branch)} ${done}, from ${restored.from}`,
        ...(restored.backup === null ? [] : [`what was there until now: ${restored.backup}`]),
      ]);
    });
  return protection;
}

function placeOf(text: string, ...more: readonly string[]): readonly string[] {
  const { owner, name } = parseRepository(text);
  return [owner, name, 'protection', ...more];
}
