/** `sluice reset`: puts a branch back after showing what that loses, and takes it back again. */
import { Command } from 'commander';
import { commandAccepted } from '../../api/schemas/command.js';
import {
  backupList,
  resetPlanned,
  resetStarted,
  resetViewSchema,
} from '../../api/schemas/reset.js';
import { describePlan } from '../../domain/develop-reset/describe.js';
import { parseRepository } from '../../domain/repository/names.js';
import type { CliIo } from '../output.js';
import { harmless, table } from '../render/paint.js';
import { openSession } from '../session.js';

interface Flags {
  readonly reason: string;
  readonly from?: string;
  readonly before: string;
  readonly dryRun?: boolean;
}

export function resetCommand(io: CliIo): Command {
  const reset = new Command('reset').description('put a branch such as develop back');
  const sub = (name: string, text: string): Command =>
    reset
      .command(name)
      .description(text)
      .argument('<repository>', 'acme/shop')
      .argument('<branch>', 'develop');
  const because = ['--reason <text>', 'why; kept in the record'] as const;

  sub('plan', 'what it would lose, whose that is, and which pull requests it touches')
    .option('--from <ref>', 'a backup to restore; left out: where the policy says')
    .action(async (repository: string, branch: string, flags: Flags, command: Command) => {
      await showPlan(io, command, repository, branch, flags.from);
    });
  sub('run', 'begin it; it waits for approvals where commits would be lost')
    .requiredOption(...because)
    .option('--dry-run', 'only say what would be done')
    .action(async (repository: string, branch: string, flags: Flags, command: Command) => {
      if (flags.dryRun) await showPlan(io, command, repository, branch, undefined);
      else await begin(io, command, repository, branch, { reason: flags.reason });
    });
  sub('restore', 'take a backup back; what came since is kept in another')
    .requiredOption('--from <ref>', 'refs/backup/develop/…, from "sluice reset list"')
    .requiredOption(...because)
    .option('--dry-run', 'only say what would be done')
    .action(async (repository: string, branch: string, flags: Flags, command: Command) => {
      const { reason, from = '' } = flags;
      if (flags.dryRun) await showPlan(io, command, repository, branch, from);
      else await begin(io, command, repository, branch, { reason, from });
    });
  sub('show', 'where it stands and why').action(
    async (repository: string, branch: string, _flags: Flags, command: Command) => {
      await show(io, command, pathOf(repository, branch));
    },
  );
  sub('approve', 'approve the plan that you saw')
    .requiredOption('--before <sha>', 'beginning of the tip in that plan')
    .requiredOption(...because)
    .action(async (repository: string, branch: string, flags: Flags, command: Command) => {
      const { reason, before } = flags;
      await answer(io, command, [...pathOf(repository, branch), 'approve'], { reason, before });
    });
  sub('reject', 'refuse it; nothing is done')
    .requiredOption(...because)
    .action(async (repository: string, branch: string, flags: Flags, command: Command) => {
      const { reason } = flags;
      await answer(io, command, [...pathOf(repository, branch), 'reject'], { reason });
    });
  reset
    .command('list')
    .description('backups that can be restored')
    .argument('<repository>', 'acme/shop')
    .action(async (repository: string, _flags: Flags, command: Command) => {
      const session = openSession(io, command);
      const client = await session.client();
      const list = await client.readOfRepository([...placeOf(repository), 'backups'], backupList);
      const rows = list.items.map(({ ref, sha }) => [harmless(ref), sha.slice(0, 12)]);
      const lines =
        rows.length === 0 ? ['there is no backup'] : table([['BACKUP', 'TIP'], ...rows]);
      session.answers.answer(list, lines);
    });
  return reset;
}

function placeOf(text: string): readonly string[] {
  const { owner, name } = parseRepository(text);
  return [owner, name];
}

function pathOf(repository: string, branch: string): readonly string[] {
  return [...placeOf(repository), 'branches', branch, 'reset'];
}

async function showPlan(
  io: CliIo,
  command: Command,
  repository: string,
  branch: string,
  from: string | undefined,
): Promise<void> {
  const session = openSession(io, command);
  const client = await session.client();
  const body = { reason: 'a look at the plan', ...(from === undefined ? {} : { from }) };
  const path = [...pathOf(repository, branch), 'plan'];
  const planned = await client.actOnRepository(path, resetPlanned, body);
  const { plan, reason } = planned;
  session.answers.answer(planned, plan === null ? [harmless(reason)] : linesOf(plan));
}

function linesOf(plan: Parameters<typeof describePlan>[0]): string[] {
  return describePlan(plan)
    .split('\n')
    .map((line) => harmless(line.replace(/\*\*|`/g, '')));
}

async function begin(
  io: CliIo,
  command: Command,
  repository: string,
  branch: string,
  body: object,
): Promise<void> {
  const session = openSession(io, command);
  const client = await session.client();
  const started = await client.actOnRepository(pathOf(repository, branch), resetStarted, body);
  session.answers.answer(started, [
    `reset ${started.resetId} is planned`,
    `see it: sluice reset show ${repository} ${branch}`,
  ]);
}

async function show(io: CliIo, command: Command, path: readonly string[]): Promise<void> {
  const session = openSession(io, command);
  const client = await session.client();
  const view = await client.readOfRepository(path, resetViewSchema);
  const { phase, reason, approvals, approvalsRequired, issue, backup, plan, commands } = view;
  session.answers.answer(view, [
    `${harmless(view.branch)}: ${phase}`,
    ...(reason === null ? [] : [`why      ${harmless(reason)}`]),
    `approved ${approvals.length} of ${approvalsRequired}`,
    ...approvals.map((each) => `         ${harmless(each.actor)}: ${harmless(each.reason)}`),
    ...(issue === null ? [] : [`issue    #${issue}`]),
    ...(backup === null ? [] : [`backup   ${harmless(backup)}`]),
    ...(commands.length === 0 ? [] : [`you can  ${commands.join(', ')}`]),
    ...(plan === null ? [] : ['', ...linesOf(plan), '', `before   ${plan.before}`]),
  ]);
}

async function answer(
  io: CliIo,
  command: Command,
  path: readonly string[],
  body: object,
): Promise<void> {
  const session = openSession(io, command);
  const client = await session.client();
  const receipt = await client.actOnRepository(path, commandAccepted, body);
  session.answers.answer(receipt, [receipt.message]);
}
