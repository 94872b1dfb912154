/** `sluice release`, `plan` and `watch`: ask for a release, see what it would do, and follow it to its verdict. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { parse as parseYaml } from 'yaml';
import type { ReleaseBodyInput } from '../../api/schemas/release.js';
import { Failure } from '../../domain/failures.js';
import { type Followed, followRelease, followRollout } from '../follow.js';
import { exitOfOutcome } from '../exit-codes.js';
import type { CliIo } from '../output.js';
import { parseReference, parseReleaseReference } from '../references.js';
import { createPlainView, createTerminalView, type LiveView } from '../render/live.js';
import { paintPlan } from '../render/plan.js';
import { factsOf, renderRelease, renderRollout } from '../render/views.js';
import { durationFlag, openSession, type Session } from '../session.js';
import type { ApiClient } from '../client.js';
import { namePattern, type ReleaseKey, type RolloutKey } from '../../domain/names.js';

interface ReleaseFlags {
  readonly digest?: string;
  readonly artifact?: string;
  readonly from?: string;
  readonly strategy?: string;
  readonly gitSha?: string;
  readonly reason?: string;
  readonly allowOlder?: boolean;
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
  readonly timeout: string;
}

function withReleaseOptions(command: Command): Command {
  return command
    .argument('<release>', 'service and version, such as checkout@1.1.0')
    .option('--digest <sha256:…>', 'digest of the artifact')
    .option('--artifact <file>', 'take the digest of this file')
    .option('--from <environment>', 'enter at this environment; on the record')
    .option(
      '--strategy <strategy>',
      'canary, blueGreen, rolling, YAML or JSON, or @file; with --from',
    )
    .option('--git-sha <sha>', 'commit the artifact was built from')
    .option('--allow-older', 'take a version older than the stable one')
    .option('--reason <text>', 'why; kept in the record');
}

export function releaseCommand(io: CliIo): Command {
  return withReleaseOptions(new Command('release'))
    .description('start a release, or join the same one')
    .option('--idempotency-key <key>', 'a repeated call with the key changes nothing')
    .option('--wait', 'follow it and exit with its verdict')
    .option('--timeout <duration>', 'with --wait: give up following after this long', '1h')
    .action(async (text: string, flags: ReleaseFlags, command: Command) => {
      const session = openSession(io, command);
      const release = parseReleaseReference(text);
      const timeoutMs = durationFlag(flags.timeout, '--timeout');
      const body = await bodyOf(release, flags, null);
      const client = await session.client();
      const accepted = await client.release(body, flags.idempotencyKey ?? null);
      if (flags.wait) return await follow(session, client, { kind: 'release', release }, timeoutMs);
      const name = `${release.service}@${release.version}`;
      session.answers.answer(accepted, [
        `${name} ${accepted.attached ? 'is on its way already' : 'is on its way'}`,
        ...(accepted.links.temporal ? [`temporal  ${accepted.links.temporal}`] : []),
        `next      sluice watch ${name}`,
      ]);
    });
}

export function planCommand(io: CliIo): Command {
  return withReleaseOptions(new Command('plan'))
    .description('print what a release would do; nothing is started')
    .action(async (text: string, flags: ReleaseFlags, command: Command) => {
      const session = openSession(io, command);
      const body = await bodyOf(planned(text), flags, `sha256:${'0'.repeat(64)}`);
      const plan = await (await session.client()).plan(body);
      session.answers.answer(plan, paintPlan(plan.text, session.paint));
    });
}

/** A plan is the same for every version: the service alone will do. */
function planned(text: string): ReleaseKey {
  return namePattern.test(text) ? { service: text, version: '0.0.0' } : parseReleaseReference(text);
}

export function watchCommand(io: CliIo): Command {
  return new Command('watch')
    .description('follow a release or rollout and exit with its verdict')
    .argument('<reference>', 'checkout@1.1.0, checkout/production or checkout/production#3')
    .option('--timeout <duration>', 'give up following after this long', '1h')
    .action(async (text: string, flags: { readonly timeout: string }, command: Command) => {
      const session = openSession(io, command);
      const reference = parseReference(text);
      const timeoutMs = durationFlag(flags.timeout, '--timeout');
      const client = await session.client();
      if (reference.kind !== 'target') return await follow(session, client, reference, timeoutMs);
      const { view } = await client.getTarget(reference.target);
      const n = view.current?.n ?? view.history[0]?.n;
      if (n === undefined) {
        throw new Failure('NotFound', `${text} has had no rollout yet`, {
          next: `sluice release ${reference.target.service}@<version> --artifact <file>`,
        });
      }
      const rollout = { target: reference.target, n };
      await follow(session, client, { kind: 'rollout', rollout }, timeoutMs);
    });
}

type Followable =
  | { readonly kind: 'release'; readonly release: ReleaseKey }
  | { readonly kind: 'rollout'; readonly rollout: RolloutKey };

/** Shows it until it ends, the time is over or Ctrl-C; the exit code is the verdict. */
async function follow(
  session: Session,
  client: ApiClient,
  what: Followable,
  timeoutMs: number,
): Promise<void> {
  const { io, answers, paint } = session;
  const screen = answers.json ? null : screenOf(io);
  const show = (now: Followed): void => {
    screen?.show(linesOf(now, session), factsOf(now.release, now.rollout));
  };
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([deadline, io.interrupted]);
  const last =
    what.kind === 'release'
      ? await followRelease(client, what.release, { onChange: show, signal })
      : await followRollout(client, what.rollout, { onChange: show, signal });
  const outcome = (last.release ?? last.rollout)?.outcome ?? null;
  if (outcome === null) {
    const gone = io.interrupted.aborted ? 'aborted' : 'stillRunning';
    session.exit(gone);
  } else session.exit(exitOfOutcome(outcome));
  if (answers.json) answers.answer(last.release ?? last.rollout, []);
  else if (outcome === null) {
    io.writeError(`${paint('yellow', 'no longer followed')}: it goes on without this command\n`);
  }
}

function screenOf(io: CliIo): LiveView {
  const write = (text: string): void => io.write(text);
  return io.isTerminal && io.env.TERM !== 'dumb'
    ? createTerminalView(write, () => io.columns())
    : createPlainView(write, io.clock);
}

function linesOf({ release, rollout, watch, trails }: Followed, { paint, io }: Session): string[] {
  if (release !== null) return renderRelease(release, rollout, paint, io.clock(), watch, trails);
  return rollout === null ? [] : renderRollout(rollout, paint, io.clock(), watch, trails);
}

async function bodyOf(
  release: ReleaseKey,
  flags: ReleaseFlags,
  digestIfNone: string | null,
): Promise<ReleaseBodyInput> {
  const { from, gitSha, reason, allowOlder, strategy } = flags;
  const digest = flags.digest ?? (flags.artifact ? await digestOf(flags.artifact) : digestIfNone);
  if (digest === null) {
    throw new Failure('InvalidInput', 'The artifact is not named', {
      where: '--digest',
      next: 'add --artifact <file>, or --digest sha256:<64 hex digits>',
    });
  }
  return {
    ...release,
    digest,
    ...(from === undefined ? {} : { from }),
    ...(gitSha === undefined ? {} : { gitSha }),
    ...(reason === undefined ? {} : { reason }),
    ...(allowOlder === undefined ? {} : { allowOlder }),
    ...(strategy === undefined ? {} : { strategy: await strategyOf(strategy) }),
  };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    throw new Failure('InvalidInput', 'The artifact cannot be read', { where: file }, error);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** The API checks it; here it is only read. */
async function strategyOf(text: string): Promise<NonNullable<ReleaseBodyInput['strategy']>> {
  try {
    const written = text.startsWith('@') ? await readFile(text.slice(1), 'utf8') : text;
    return parseYaml(written) as NonNullable<ReleaseBodyInput['strategy']>;
  } catch (error) {
    throw new Failure(
      'InvalidInput',
      'The strategy cannot be read',
      { where: '--strategy', seen: text, next: 'write canary, blueGreen, rolling, or @file.yaml' },
      error,
    );
  }
}
