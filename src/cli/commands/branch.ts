/** `sluice branch`: what becomes of branches, and the commands that keep them, archive them or bring them back. */
import { Command } from 'commander';
import {
  archivedBranchList,
  branchList,
  branchViewSchema,
  restoredBranch,
} from '../../api/schemas/branch.js';
import { commandAccepted } from '../../api/schemas/command.js';
import { parseRepository } from '../../domain/repository/names.js';
import type { CliIo } from '../output.js';
import { harmless, table } from '../render/paint.js';
import { openSession, type Session } from '../session.js';

interface Flags {
  readonly reason: string;
  readonly for?: string;
  readonly sha?: string;
  readonly dryRun?: boolean;
  readonly archived?: boolean;
}

export function branchCommand(io: CliIo): Command {
  const branch = new Command('branch').description('stale branches: see, keep, archive, restore');
  branch
    .command('list')
    .description('branches on their way to the archive')
    .argument('<repository>', 'acme/shop')
    .option('--archived', 'those that lie in the archive')
    .action(async (repository: string, flags: Flags, command: Command) => {
      const session = openSession(io, command);
      await (flags.archived ? listArchived : listRunning)(session, placeOf(repository));
    });
  branch
    .command('why')
    .description('what becomes of a branch, when and why')
    .argument('<repository>', 'acme/shop')
    .argument('<branch>', 'feature/old')
    .action(async (repository: string, name: string, _flags: Flags, command: Command) => {
      await why(openSession(io, command), [...placeOf(repository), 'branches', name]);
    });
  act(io, branch, 'keep', 'keep a branch').option(
    '--for <duration>',
    'left out: until another word',
  );
  act(io, branch, 'archive', 'archive a branch now, whatever its age');
  act(io, branch, 'cancel', 'call its archiving off; it counts as activity of today');
  branch
    .command('restore')
    .description('bring an archived branch back, commit for commit')
    .argument('<repository>', 'acme/shop')
    .argument('<branch>', 'feature/old')
    .requiredOption('--reason <text>', 'why; kept in the record')
    .option('--sha <sha>', 'beginning of the tip, where several were archived; else the last one')
    .option('--dry-run', 'only say what would be done')
    .action(async (repository: string, name: string, flags: Flags, command: Command) => {
      const { reason, sha, dryRun = false } = flags;
      const session = openSession(io, command);
      const client = await session.client();
      const path = [...placeOf(repository), 'branches', name, 'restore'];
      const body = { reason, dryRun, ...(sha === undefined ? {} : { sha }) };
      const restored = await client.actOnRepository(path, restoredBranch, body);
      const done = restored.isDryRun ? 'would be' : 'is';
      session.answers.answer(restored, [
        `${harmless(restored.branch)} ${done} at ${restored.sha} again, from ${harmless(restored.archive)}`,
      ]);
    });
  return branch;
}

function act(
  io: CliIo,
  parent: Command,
  name: 'keep' | 'archive' | 'cancel',
  text: string,
): Command {
  return parent
    .command(name)
    .description(text)
    .argument('<repository>', 'acme/shop')
    .argument('<branch>', 'feature/old')
    .requiredOption('--reason <text>', 'why; kept in the record')
    .action(async (repository: string, branch: string, flags: Flags, command: Command) => {
      const session = openSession(io, command);
      const client = await session.client();
      const path = [...placeOf(repository), 'branches', branch, name];
      const body = { reason: flags.reason, ...(flags.for === undefined ? {} : { for: flags.for }) };
      const receipt = await client.actOnRepository(path, commandAccepted, body);
      session.answers.answer(receipt, [`${name} ${branch}: ${receipt.message}`]);
    });
}

function placeOf(text: string): readonly string[] {
  const { owner, name } = parseRepository(text);
  return [owner, name];
}

async function listRunning(session: Session, place: readonly string[]): Promise<void> {
  const client = await session.client();
  const list = await client.readOfRepository([...place, 'branches'], branchList);
  const rows = list.items.map(({ branch, phase, needsAttention }) => [
    ...[harmless(branch), phase ?? '', harmless(needsAttention ?? '')],
  ]);
  const lines =
    rows.length === 0
      ? ['no branch is on its way']
      : table([['BRANCH', 'PHASE', 'NEEDS'], ...rows]);
  session.answers.answer(list, lines);
}

async function listArchived(session: Session, place: readonly string[]): Promise<void> {
  const client = await session.client();
  const list = await client.readOfRepository([...place, 'archived-branches'], archivedBranchList);
  const rows = list.items.map(({ branch, sha, archivedAtMs }) => [
    ...[harmless(branch), sha.slice(0, 12), new Date(archivedAtMs).toISOString()],
  ]);
  const lines =
    rows.length === 0 ? ['nothing is archived'] : table([['BRANCH', 'TIP', 'ARCHIVED'], ...rows]);
  session.answers.answer(list, lines);
}

async function why(session: Session, path: readonly string[]): Promise<void> {
  const client = await session.client();
  const view = await client.readOfRepository(path, branchViewSchema);
  const at = (ms: number): string => new Date(ms).toISOString();
  const { stage, reason, nextAtMs, issue, archivedAs, trouble, commands } = view;
  session.answers.answer(view, [
    `${harmless(view.branch)}: ${stage}${view.isDryRun ? ' (dry run)' : ''}`,
    `why      ${harmless(reason)}`,
    ...(nextAtMs === null ? [] : [`next     ${at(nextAtMs)}`]),
    ...(trouble === null ? [] : [`trouble  ${harmless(trouble)}`]),
    ...(issue === null ? [] : [`issue    #${issue}`]),
    ...(archivedAs === null ? [] : [`archive  ${harmless(archivedAs)}`]),
    ...view.plan.map(({ atMs, text }) => `plan     ${at(atMs)} ${harmless(text)}`),
    ...view.story.map(({ atMs, text }) => `story    ${at(atMs)} ${harmless(text)}`),
    ...(commands.length === 0 ? [] : [`you can  ${commands.join(', ')}`]),
  ]);
}
