/** `sluice get`: read one thing, or a list of them. */
import { Command } from 'commander';
import { Failure } from '../../domain/failures.js';
import type { WatchSummary } from '../../domain/analysis/explain-watch.js';
import { parseRolloutWorkflowId, type RolloutKey } from '../../domain/names.js';
import type { RolloutView } from '../../domain/rollout/view.js';
import type { CliIo } from '../output.js';
import { parseReference } from '../references.js';
import { harmless, table } from '../render/paint.js';
import { renderRelease, renderRollout, renderTarget } from '../render/views.js';
import { openSession, type Session } from '../session.js';

const kinds = ['release', 'rollout', 'target'] as const;

interface GetFlags {
  readonly service?: string;
  readonly phase?: string;
  readonly environment?: string;
  readonly limit: string;
}

export function getCommand(io: CliIo): Command {
  return new Command('get')
    .description('show a release, rollout or target, or list them')
    .argument('[kind]', `${kinds.join(', ')}, or a reference right away`)
    .argument('[reference]', 'checkout@1.1.0, checkout/production#3 or checkout/production')
    .option('--service <name>', 'in lists: of this service')
    .option('--phase <phase>', 'in lists of releases: in this phase')
    .option('--environment <name>', 'in lists of targets: of this environment')
    .option('--limit <n>', 'in lists: at most so many', '20')
    .action(
      async (
        kind: string | undefined,
        text: string | undefined,
        flags: GetFlags,
        command: Command,
      ) => {
        const session = openSession(io, command);
        const known = kinds.find((each) => kind === each || kind === `${each}s`);
        const reference = known === undefined ? kind : text;
        if (reference !== undefined) return await getOne(session, reference, known);
        if (known === 'target') return await listTargets(session, flags);
        if (known === 'rollout')
          throw new Failure('InvalidInput', 'Rollouts are listed by target', {
            where: 'reference',
            next: 'sluice get target checkout/production',
          });
        await listReleases(session, flags);
      },
    );
}

async function getOne(
  { io, answers, paint, ...session }: Session,
  text: string,
  wanted: (typeof kinds)[number] | undefined,
): Promise<void> {
  const reference = parseReference(text);
  if (wanted !== undefined && wanted !== reference.kind) {
    throw new Failure('InvalidInput', `"${text}" names a ${reference.kind}, not a ${wanted}`, {
      seen: text,
      next: `sluice get ${reference.kind} ${text}`,
    });
  }
  const client = await session.client();
  if (reference.kind === 'target') {
    const { view } = await client.getTarget(reference.target);
    return answers.answer(view, renderTarget(view, paint));
  }
  if (reference.kind === 'rollout') {
    const { view } = await client.getRollout(reference.rollout);
    const watch = await runningWatch(client, view, reference.rollout);
    return answers.answer({ ...view, watch }, renderRollout(view, paint, io.clock(), watch));
  }
  const { view } = await client.getRelease(reference.release);
  const stage = view.stages.find(({ environment }) => environment === view.environment);
  const key = stage?.rolloutId && !answers.json ? parseRolloutWorkflowId(stage.rolloutId) : null;
  const rollout = key && (await client.getRollout(key)).view;
  const watch = key && rollout && (await runningWatch(client, rollout, key));
  answers.answer(view, renderRelease(view, rollout, paint, io.clock(), watch));
}

/** Null too where it cannot be had: what is told without it is worth telling. */
async function runningWatch(
  client: Client,
  { outcome }: RolloutView,
  rollout: RolloutKey,
): Promise<WatchSummary | null> {
  return outcome === null ? await client.getRunningWatch(rollout).catch(() => null) : null;
}

async function listReleases({ answers, client }: Session, flags: GetFlags): Promise<void> {
  const { service, phase, limit } = flags;
  const list = await (await client()).listReleases({ service, phase, limit });
  const rows = list.items.map((row) => [
    `${row.service}@${row.version}`,
    row.phase ?? '',
    row.environment ?? '',
    row.startedAt.slice(0, 19).replace('T', ' '),
    harmless(row.requestedBy ?? ''),
  ]);
  const head = ['RELEASE', 'PHASE', 'AT', 'STARTED', 'BY'];
  answers.answer(list, rows.length === 0 ? ['no releases'] : table([head, ...rows]));
}

async function listTargets({ answers, client }: Session, flags: GetFlags): Promise<void> {
  const { service, environment, limit } = flags;
  const list = await (await client()).listTargets({ service, environment, limit });
  const rows = list.items.map((row) => [
    [row.service, row.environment, row.region].filter((part) => part !== null).join('/'),
    row.version ?? '',
    row.phase ?? '',
    harmless(row.needsAttention ?? ''),
  ]);
  const head = ['TARGET', 'STABLE', 'PHASE', 'NEEDS'];
  answers.answer(list, rows.length === 0 ? ['no targets'] : table([head, ...rows]));
}

type Client = Awaited<ReturnType<Session['client']>>;
type Target = Parameters<Client['getTarget']>[0];

/** The rollout that runs at the target, else its last one. */
export async function newestRollout(client: Client, target: Target) {
  const { view } = await client.getTarget(target);
  const n = view.current?.n ?? view.history[0]?.n;
  if (n === undefined) {
    throw new Failure('NotFound', 'The target has had no rollout yet', {
      next: `sluice get target ${target.service}/${target.environment}`,
    });
  }
  return { target, n };
}
