/** `sluice merge`: why pull requests are or are not merged, and the word that stops merging or lets it go on. */
import { Command } from 'commander';
import { commandAccepted } from '../../api/schemas/command.js';
import { mergePlanned, mergeViewSchema } from '../../api/schemas/merging.js';
import { parseRepository } from '../../domain/repository/names.js';
import type { CliIo } from '../output.js';
import { harmless } from '../render/paint.js';
import { openSession } from '../session.js';

interface Flags {
  readonly reason: string;
}

export function mergeCommand(io: CliIo): Command {
  const merge = new Command('merge').description('merging of pull requests: see, stop, go on');
  const sub = (name: string, text: string): Command =>
    merge
      .command(name)
      .description(text)
      .argument('<repository>', 'acme/shop')
      .argument('<base>', 'main');
  sub('why', 'why each pull request is or is not merged').action(
    async (repository: string, base: string, _flags: Flags, command: Command) => {
      await why(io, command, pathOf(repository, base));
    },
  );
  sub('plan', 'what would be merged now; nothing is written').action(
    async (repository: string, base: string, _flags: Flags, command: Command) => {
      const session = openSession(io, command);
      const client = await session.client();
      const path = [...pathOf(repository, base), 'plan'];
      const planned = await client.actOnRepository(path, mergePlanned, {});
      const lines = planned.steps.map((step) => harmless(step));
      session.answers.answer(planned, lines.length === 0 ? ['nothing is merged now'] : lines);
    },
  );
  for (const [name, text] of [
    ['pause', 'merge nothing until somebody says resume'],
    ['resume', 'let merging go on'],
  ] as const) {
    sub(name, text)
      .requiredOption('--reason <text>', 'why; kept in the record')
      .action(async (repository: string, base: string, { reason }: Flags, command: Command) => {
        const session = openSession(io, command);
        const client = await session.client();
        const path = [...pathOf(repository, base), name];
        const receipt = await client.actOnRepository(path, commandAccepted, { reason });
        session.answers.answer(receipt, [`${name} ${base}: ${receipt.message}`]);
      });
  }
  return merge;
}

function pathOf(text: string, base: string): readonly string[] {
  const { owner, name } = parseRepository(text);
  return [owner, name, 'merging', base];
}

async function why(io: CliIo, command: Command, path: readonly string[]): Promise<void> {
  const session = openSession(io, command);
  const client = await session.client();
  const view = await client.readOfRepository(path, mergeViewSchema);
  const { phase, now, freeze, trouble, wait, trial, pulls, story, commands } = view;
  const at = (ms: number): string => new Date(ms).toISOString();
  session.answers.answer(view, [
    `${harmless(view.base)}: ${phase}`,
    `now      ${harmless(now)}`,
    ...(freeze === null ? [] : [`stopped  ${harmless(freeze.reason)}`]),
    ...(trouble === null ? [] : [`trouble  ${harmless(trouble)}`]),
    ...(wait === null ? [] : [`waits    ${harmless(wait.owner)} until ${at(wait.untilMs)}`]),
    ...(trial === null
      ? []
      : [`trial    ${trial.members.map((each) => `#${each.number}`).join(', ')}`]),
    ...pulls.flatMap((pull) => [
      `#${pull.number}  ${harmless(pull.why)}`,
      ...pull.next.map((act) => `         → ${harmless(act)}`),
    ]),
    ...story.slice(-10).map(({ atMs, text }) => `story    ${at(atMs)} ${harmless(text)}`),
    ...(commands.length === 0 ? [] : [`you can  ${commands.join(', ')}`]),
  ]);
}
