/** `sluice repository`: what Sluice does by itself in a repository, what is off and why, and the switches. */
import { Command } from 'commander';
import { careView, repositoryCheck } from '../../api/schemas/care.js';
import { commandAccepted } from '../../api/schemas/command.js';
import { parseRepository } from '../../domain/repository/names.js';
import type { CliIo } from '../output.js';
import { harmless } from '../render/paint.js';
import { openSession } from '../session.js';

interface Flags {
  readonly reason: string;
}

export function repositoryCommand(io: CliIo): Command {
  const repository = new Command('repository').description(
    'automations of a repository: see, check, pause, resume',
  );
  const sub = (name: string, text: string): Command =>
    repository.command(name).description(text).argument('<repository>', 'acme/shop');
  sub('get', 'what is off, and what fails').action(
    async (text: string, _flags: Flags, command: Command) => {
      const session = openSession(io, command);
      const client = await session.client();
      const view = await client.readOfRepository(pathOf(text), careView);
      const lines = [
        ...view.off.map(
          ({ automation, kind, actor, reason }) =>
            `${automation}  ${kind} by ${harmless(actor)}: ${harmless(reason)}`,
        ),
        ...view.failing.map(
          ({ activity, failures, reason }) =>
            `${harmless(activity)}  failed ${failures} times: ${harmless(reason)}`,
        ),
      ];
      session.answers.answer(view, lines.length === 0 ? ['nothing is off, nothing fails'] : lines);
    },
  );
  sub('check', 'self-check: policy, switches, failures, webhooks').action(
    async (text: string, _flags: Flags, command: Command) => {
      const session = openSession(io, command);
      const client = await session.client();
      const found = await client.actOnRepository([...pathOf(text), 'check'], repositoryCheck, {});
      const { faults, failing, webhooks } = found;
      session.answers.answer(found, [
        `${harmless(text)}: ${found.isWell ? 'well' : 'needs attention'}`,
        ...faults.map(
          ({ file, line, column, message }) =>
            `fault      ${harmless(`${file}:${line}:${column} ${message}`)}`,
        ),
        ...found.automations.map(
          ({ automation, off }) => `${automation.padEnd(16)}${off === null ? 'on' : harmless(off)}`,
        ),
        ...failing.map((activity) => `failing    ${harmless(activity)}`),
        webhooks === null
          ? 'webhooks   no log to look into: sign in as a GitHub App'
          : `webhooks   ${webhooks.arrived} arrived, ${webhooks.failed} failed in the last hour`,
      ]);
    },
  );
  for (const [name, text] of [
    ['pause', 'let an automation do nothing here until somebody says resume'],
    ['resume', 'let it do its work again'],
  ] as const) {
    sub(name, text)
      .argument('<automation>', 'staleBranches')
      .requiredOption('--reason <text>', 'why; kept in the record')
      .action(async (path: string, automation: string, { reason }: Flags, command: Command) => {
        const session = openSession(io, command);
        const client = await session.client();
        const body = { automation, reason };
        const at = [...pathOf(path), name];
        const receipt = await client.actOnRepository(at, commandAccepted, body);
        session.answers.answer(receipt, [harmless(receipt.message)]);
      });
  }
  return repository;
}

function pathOf(text: string): readonly string[] {
  const { owner, name } = parseRepository(text);
  return [owner, name];
}
