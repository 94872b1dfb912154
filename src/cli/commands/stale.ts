/** `sluice stale`: issues and pull requests that nobody has touched for long: see them, foresee, explain, keep, close. */
import { Command } from 'commander';
import { commandAccepted } from '../../api/schemas/command.js';
import { staleExplanation, staleItemList, staleSweepView } from '../../api/schemas/stale-item.js';
import { Failure } from '../../domain/failures.js';
import { parseRepository } from '../../domain/repository/names.js';
import type { CliIo } from '../output.js';
import { harmless, table } from '../render/paint.js';
import { openSession, type Session } from '../session.js';

interface Flags {
  readonly reason: string;
}

export function staleCommand(io: CliIo): Command {
  const stale = new Command('stale').description('stale issues and pull requests');
  stale
    .command('list')
    .description('those that are marked or about to be')
    .argument('<repository>', 'acme/shop')
    .action(async (repository: string, _flags: Flags, command: Command) => {
      await list(openSession(io, command), placeOf(repository));
    });
  stale
    .command('plan')
    .description('what a pass would do now; nothing is written')
    .argument('<repository>', 'acme/shop')
    .action(async (repository: string, _flags: Flags, command: Command) => {
      await plan(openSession(io, command), placeOf(repository));
    });
  stale
    .command('why')
    .description('why an issue or pull request is, or is not, marked or closed')
    .argument('<repository>', 'acme/shop')
    .argument('<number>', '12')
    .action(async (repository: string, number: string, _flags: Flags, command: Command) => {
      await why(openSession(io, command), placeOf(repository, number));
    });
  stale
    .command('sweep')
    .description('go through the issues and pull requests now')
    .argument('<repository>', 'acme/shop')
    .requiredOption('--reason <text>', 'why; kept in the record')
    .action(async (repository: string, flags: Flags, command: Command) => {
      await tell(openSession(io, command), 'sweep', [...placeOf(repository), 'sweep'], flags);
    });
  for (const [name, text] of Object.entries(commands)) {
    stale
      .command(name)
      .description(text)
      .argument('<repository>', 'acme/shop')
      .argument('<number>', '12')
      .requiredOption('--reason <text>', 'why; kept in the record')
      .action(async (repository: string, number: string, flags: Flags, command: Command) => {
        const path = [...placeOf(repository, number), name];
        await tell(openSession(io, command), `${name} #${Number(number)}`, path, flags);
      });
  }
  return stale;
}

const commands = {
  keep: 'take the mark off',
  close: 'close it now',
  cancel: 'watch it no more, and leave it as it is',
} as const;

function placeOf(repository: string, number?: string): readonly string[] {
  const { owner, name } = parseRepository(repository);
  const place = [owner, name, 'stale-items'];
  if (number === undefined) return place;
  const digits = number.replace(/^#/, '');
  if (/^[1-9]\d{0,14}$/.test(digits)) return [...place, digits];
  throw new Failure('InvalidInput', `"${number}" is no number of an issue`, {
    seen: number,
    next: 'write it as 12',
  });
}

async function list(session: Session, place: readonly string[]): Promise<void> {
  const found = await (await session.client()).readOfRepository(place, staleItemList);
  const rows = found.items.map(({ number, phase, needsAttention, startedAtMs }) => [
    ...[`#${number}`, phase ?? '', instant(startedAtMs), harmless(needsAttention ?? '')],
  ]);
  const head = ['ITEM', 'PHASE', 'SINCE', 'NEEDS'];
  session.answers.answer(found, rows.length === 0 ? ['nothing is stale'] : table([head, ...rows]));
}

async function plan(session: Session, place: readonly string[]): Promise<void> {
  const view = await (await session.client()).readOfRepository([...place, 'plan'], staleSweepView);
  const rows = view.plan.map(({ number, decision, slotAtMs }) => [
    ...[`#${number}`, decision.kind, slotAtMs === null ? '' : instant(slotAtMs)],
    harmless(decision.reason),
  ]);
  const exempt = Object.entries(view.exempt);
  session.answers.answer(view, [
    ...(view.trouble === null ? [] : [`trouble  ${harmless(view.trouble)}`]),
    ...(rows.length === 0 ? ['nothing is due'] : table([['ITEM', 'WHAT', 'TURN', 'WHY'], ...rows])),
    ...(view.isCut ? ['and more after these'] : []),
    ...exempt.map(([reason, count]) => `${count} left alone: ${harmless(reason)}`),
  ]);
}

async function why(session: Session, path: readonly string[]): Promise<void> {
  const told = await (await session.client()).readOfRepository([...path, 'why'], staleExplanation);
  const rows = told.reasons.map(({ rule, seen, means }) => [rule, harmless(seen), harmless(means)]);
  session.answers.answer(told, [
    harmless(told.summary),
    ...(rows.length === 0 ? [] : table([['RULE', 'SEEN', 'MEANS'], ...rows])),
  ]);
}

async function tell(
  session: Session,
  what: string,
  path: readonly string[],
  { reason }: Flags,
): Promise<void> {
  const client = await session.client();
  const receipt = await client.actOnRepository(path, commandAccepted, { reason });
  session.answers.answer(receipt, [`${what}: ${receipt.message}`]);
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}
