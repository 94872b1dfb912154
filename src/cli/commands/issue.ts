/** `sluice issue`: where an issue stands on its way to the archive, and the commands that move it. */
import { Command } from 'commander';
import { commandAccepted } from '../../api/schemas/command.js';
import { issueViewSchema } from '../../api/schemas/issue.js';
import { Failure } from '../../domain/failures.js';
import { parseRepository } from '../../domain/repository/names.js';
import type { CliIo } from '../output.js';
import { harmless } from '../render/paint.js';
import { openSession } from '../session.js';

const acts = {
  branch: 'create its branch now, whatever the policy waits for',
  look: 'look at it again now',
  pause: 'keep our hands off it until resumed',
  resume: 'go on after a pause',
} as const;

export function issueCommand(io: CliIo): Command {
  const issue = new Command('issue').description('issues: see, branch, pause, resume');
  issue
    .command('why')
    .description('where it stands, what it waits for, its story')
    .argument('<reference>', 'acme/shop#12')
    .action(async (reference: string, _flags: object, command: Command) => {
      const session = openSession(io, command);
      const client = await session.client();
      const view = await client.readOfRepository(placeOf(reference), issueViewSchema);
      const at = (ms: number): string => new Date(ms).toISOString();
      session.answers.answer(view, [
        `${reference}: ${view.stage}${view.isDryRun ? ' (dry run)' : ''}`,
        `now      ${harmless(view.reason)}`,
        ...(view.paused === null ? [] : [`paused   by ${harmless(view.paused.actor)}`]),
        ...(view.trouble === null ? [] : [`trouble  ${harmless(view.trouble)}`]),
        ...(view.branch === null ? [] : [`branch   ${harmless(view.branch)}`]),
        ...(view.pull === null ? [] : [`pull     #${view.pull}`]),
        ...(view.archivedAs === null ? [] : [`file     ${harmless(view.archivedAs)}`]),
        ...view.story.map(({ atMs, text }) => `story    ${at(atMs)} ${harmless(text)}`),
        ...(view.commands.length === 0 ? [] : [`you can  ${view.commands.join(', ')}`]),
      ]);
    });
  for (const [name, text] of Object.entries(acts)) {
    issue
      .command(name)
      .description(text)
      .argument('<reference>', 'acme/shop#12')
      .requiredOption('--reason <text>', 'why; kept in the record')
      .action(async (reference: string, flags: { reason: string }, command: Command) => {
        const session = openSession(io, command);
        const client = await session.client();
        const path = [...placeOf(reference), name];
        const receipt = await client.actOnRepository(path, commandAccepted, flags);
        session.answers.answer(receipt, [`${name} ${reference}: ${receipt.message}`]);
      });
  }
  return issue;
}

/** @throws InvalidInput for anything but `owner/name#number` */
function placeOf(reference: string): readonly string[] {
  const [, path = '', number = ''] = /^([^#]+)#(\d{1,10})$/.exec(reference) ?? [];
  if (number === '') {
    throw new Failure('InvalidInput', `"${reference.slice(0, 200)}" is not an issue`, {
      where: 'reference',
      limit: 'owner/name#number',
    });
  }
  const { owner, name } = parseRepository(path);
  return [owner, name, 'issues', number];
}
