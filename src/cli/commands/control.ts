/** The commands that people give to what runs: approve, reject, pause, resume, promote, abort, retry, rollback, lock, unlock. */
import { Command } from 'commander';
import type { CommandAccepted, RolloutAccepted } from '../../api/schemas/command.js';
import { Failure } from '../../domain/failures.js';
import type { ReleaseKey, RolloutKey } from '../../domain/names.js';
import type { ApiClient } from '../client.js';
import type { CliIo } from '../output.js';
import { parseReference, parseReleaseReference, parseTargetReference } from '../references.js';
import { openSession, type Session } from '../session.js';
import { newestRollout } from './get.js';

interface CommandFlags {
  readonly reason: string;
  readonly environment?: string;
  readonly full?: boolean;
  readonly version?: string;
  readonly expiresIn?: string;
}

type Act = (
  client: ApiClient,
  text: string,
  flags: CommandFlags,
) => Promise<CommandAccepted | RolloutAccepted>;

const release = 'checkout@1.1.0';
const target = 'checkout/production';
const rollout = 'checkout/production or checkout/production#3';

/** A reason is asked for always: it is the record's only answer to "why" later. */
function control(io: CliIo, name: string, form: string, text: string, act: Act): Command {
  return new Command(name)
    .description(text)
    .argument('<reference>', form)
    .requiredOption('--reason <text>', 'why; kept in the record')
    .action(async (reference: string, flags: CommandFlags, command: Command) => {
      const session = openSession(io, command);
      const receipt = await act(await session.client(), reference, flags);
      answer(session, name, reference, receipt);
    });
}

function answer(
  session: Session,
  name: string,
  reference: string,
  receipt: CommandAccepted | RolloutAccepted,
): void {
  const started = 'rolloutId' in receipt ? `\nrollout  ${receipt.rolloutId}` : '';
  session.answers.answer(receipt, [`${name} ${reference}: ${receipt.message}${started}`]);
}

/** The rollout that a reference names; a target stands for the one that runs there. */
async function rolloutOf(client: ApiClient, text: string): Promise<RolloutKey> {
  const reference = parseReference(text);
  if (reference.kind === 'rollout') return reference.rollout;
  if (reference.kind === 'target') return await newestRollout(client, reference.target);
  throw new Failure('InvalidInput', `"${text}" names a release, this command is for rollouts`, {
    seen: text,
    next: `write ${rollout}`,
  });
}

/** The environment a release waits at, unless one is named. */
async function stageOf(
  client: ApiClient,
  key: ReleaseKey,
  { environment }: CommandFlags,
): Promise<string> {
  if (environment !== undefined) return environment;
  const { view } = await client.getRelease(key);
  if (view.environment !== null) return view.environment;
  throw new Failure('CommandRejected', 'The release waits at no environment', {
    seen: view.phase,
    next: `sluice why ${key.service}@${key.version}`,
  });
}

function stageCommand(io: CliIo, name: 'approve' | 'reject', text: string): Command {
  return control(io, name, release, text, async (client, reference, flags) => {
    const key = parseReleaseReference(reference);
    const environment = await stageOf(client, key, flags);
    return await client.commandRelease(key, name, { environment, reason: flags.reason });
  }).option('--environment <name>', 'where; left out: where it waits');
}

function rolloutCommand(io: CliIo, name: string, text: string): Command {
  return control(io, name, rollout, text, async (client, reference, { reason }) =>
    client.commandRollout(await rolloutOf(client, reference), name, { reason }),
  );
}

export function controlCommands(io: CliIo): Command[] {
  return [
    stageCommand(io, 'approve', 'approve the entry into an environment'),
    stageCommand(io, 'reject', 'refuse the entry into an environment; the release ends'),
    rolloutCommand(io, 'pause', 'hold a rollout at its weight; health is still watched'),
    rolloutCommand(io, 'resume', 'let a rollout go on'),
    control(
      io,
      'promote',
      rollout,
      'go on to the next step without waiting',
      async (client, reference, { reason, full }) => {
        const name = full ? 'promoteFull' : 'promote';
        return client.commandRollout(await rolloutOf(client, reference), name, { reason });
      },
    ).option('--full', 'skip all remaining steps'),
    control(
      io,
      'abort',
      `${release} or ${rollout}`,
      'stop a release or rollout; traffic goes back to stable at once',
      async (client, reference, { reason }) => {
        const named = parseReference(reference);
        return named.kind === 'release'
          ? client.commandRelease(named.release, 'abort', { reason })
          : client.commandRollout(await rolloutOf(client, reference), 'abort', { reason });
      },
    ),
    control(
      io,
      'retry',
      `${release} or ${rollout}`,
      'try an environment again, or repeat an ended rollout',
      async (client, reference, { reason }) => {
        const named = parseReference(reference);
        return named.kind === 'release'
          ? client.commandRelease(named.release, 'retry', { reason })
          : client.retryRollout(await rolloutOf(client, reference), { reason });
      },
    ),
    control(
      io,
      'rollback',
      target,
      'take the previous revision back; passes every lock',
      (client, reference, { reason, version }) =>
        client.rollBack(parseTargetReference(reference), {
          reason,
          ...(version === undefined ? {} : { version }),
        }),
    ).option('--version <version>', 'go back to this one; left out: the previous one'),
    control(
      io,
      'lock',
      target,
      'let no rollout begin at a target',
      (client, reference, { reason, expiresIn }) =>
        client.commandTarget(parseTargetReference(reference), 'lock', {
          reason,
          ...(expiresIn === undefined ? {} : { expiresIn }),
        }),
    ).option('--expires-in <duration>', 'the lock ends by itself after this long'),
    control(io, 'unlock', target, 'let rollouts begin again', (client, reference, { reason }) =>
      client.commandTarget(parseTargetReference(reference), 'unlock', { reason }),
    ),
  ];
}
