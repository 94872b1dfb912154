/** `sluice sync`: issues and files kept the same: plan, run, see, explain, settle, pause. */
import { Command, Option } from 'commander';
import { commandAccepted } from '../../api/schemas/command.js';
import { plannedSync, syncLogSchema, syncViewSchema } from '../../api/schemas/sync.js';
import { Failure } from '../../domain/failures.js';
import { describePass, describeWait } from '../../domain/issue-sync/describe.js';
import { parseRepository } from '../../domain/repository/names.js';
import type { CliIo } from '../output.js';
import { harmless } from '../render/paint.js';
import { openSession, type Session } from '../session.js';

interface Flags {
  readonly reason: string;
  readonly full?: boolean;
  readonly digest: string;
  readonly field: string;
  readonly take: string;
  readonly text?: string;
}

type Act = (session: Session, at: string, flags: Flags) => Promise<void>;

export function syncCommand(io: CliIo): Command {
  const sync = new Command('sync').description(
    'issues and files kept the same: plan, run, status, why, resolve, log',
  );
  const add = (name: string, text: string, act: Act, what = '<repository>'): Command =>
    sync
      .command(name)
      .description(text)
      .argument(what, what === '<repository>' ? 'acme/shop' : 'acme/shop#12')
      .action(async (at: string, flags: Flags, command: Command) => {
        await act(openSession(io, command), at, flags);
      });
  const why = ['--reason <text>', 'why; kept in the record'] as const;
  const issue = '<issue>';

  add('plan', 'what a pass would do now; nothing is written', plan);
  add('run', 'look now', run)
    .requiredOption(...why)
    .option('--full', 'at every issue, not only at those that changed');
  add('status', 'where it stands, its last pass, what waits for a person', status);
  add('why', 'who changed which field of an issue, on which side, by which event', explain, issue);
  add('log', 'who changed what, newest first', explain);
  add('approve', 'carry out the plan that waits for approval', approve)
    .requiredOption('--digest <digest>', 'of that plan: sluice sync status')
    .requiredOption(...why);
  add('resolve', 'settle a field that both sides changed', resolve, issue)
    .addOption(field().makeOptionMandatory())
    .addOption(take().makeOptionMandatory())
    .option('--text <text>', 'for --take text: in place of both')
    .requiredOption(...why);
  add('pause', 'write nothing until it is resumed', order('pause')).requiredOption(...why);
  add(
    'abort',
    'stop the pass that runs, and write nothing until it is resumed',
    order('abort'),
  ).requiredOption(...why);
  add('resume', 'go on after a pause', order('resume')).requiredOption(...why);
  return sync;
}

const field = () =>
  new Option('--field <field>', 'which').choices(['title', 'body', 'milestone', 'state']);
const take = () => new Option('--take <side>', 'which counts').choices(['file', 'github', 'text']);

const plan: Act = async (session, at) => {
  const client = await session.client();
  const body = { reason: 'sluice sync plan' };
  const planned = await client.actOnRepository(placeOf(at, 'plan'), plannedSync, body);
  const { lines, more, digest, hold, waits } = planned;
  session.answers.answer(planned, [
    ...(lines.length === 0 ? ['nothing to do'] : lines.map(harmless)),
    ...(more === 0 ? [] : [`and ${more} more`]),
    ...waits.map((wait) => `waits    ${harmless(describeWait(wait))}`),
    ...(hold === null
      ? []
      : [
          `held     ${harmless(hold)}`,
          `approve: sluice sync approve ${at} --digest ${digest} --reason "…"`,
        ]),
  ]);
};

const status: Act = async (session, at) => {
  const client = await session.client();
  const view = await client.readOfRepository(placeOf(at), syncViewSchema);
  const time = (ms: number): string => new Date(ms).toISOString();
  const { lastPass, lastWrite, digest } = view;
  session.answers.answer(view, [
    `${at}: ${view.phase}${view.isDryRun ? ' (dry run)' : ''}`,
    `now      ${harmless(view.reason)}`,
    ...(view.paused === null ? [] : [`paused   by ${harmless(view.paused.actor)}`]),
    ...(view.trouble === null ? [] : [`trouble  ${harmless(view.trouble)}`]),
    ...(lastPass === null ? [] : [`looked   ${time(lastPass.atMs)} ${harmless(lastPass.cause)}`]),
    ...(lastWrite === null ? [] : [`wrote    ${time(lastWrite.atMs)} ${describePass(lastWrite)}`]),
    ...view.waits.map((wait) => `waits    ${harmless(describeWait(wait))}`),
    ...view.plan.map((line) => `would    ${harmless(line)}`),
    ...(digest === null
      ? []
      : [`approve: sluice sync approve ${at} --digest ${digest} --reason "…"`]),
    ...(view.nextAtMs === null ? [] : [`next     ${time(view.nextAtMs)}`]),
    ...view.story.map(({ atMs, text }) => `story    ${time(atMs)} ${harmless(text)}`),
    ...(view.commands.length === 0 ? [] : [`you can  ${view.commands.join(', ')}`]),
  ]);
};

const explain: Act = async (session, at) => {
  const client = await session.client();
  const { repository, number } = referenceOf(at);
  const path = number === null ? ['log'] : ['issues', `${number}`];
  const log = await client.readOfRepository(placeOf(repository, ...path), syncLogSchema);
  session.answers.answer(log, log.lines.map(harmless));
};

const run: Act = async (session, at, { reason, full = false }) => {
  await tell(session, at, 'run', { reason, full });
};

const approve: Act = async (session, at, { reason, digest }) => {
  await tell(session, at, 'approve', { reason, digest });
};

const resolve: Act = async (session, at, { reason, field: name, take: side, text }) => {
  const { repository, number } = referenceOf(at);
  if (number === null) throw notAnIssue(at);
  const more = text === undefined ? {} : { text };
  await tell(session, repository, 'resolve', {
    ...{ reason, issue: number, field: name, take: side },
    ...more,
  });
};

const order =
  (name: string): Act =>
  async (session, at, { reason }) => {
    await tell(session, at, name, { reason });
  };

async function tell(session: Session, at: string, name: string, body: object): Promise<void> {
  const client = await session.client();
  const receipt = await client.actOnRepository(placeOf(at, name), commandAccepted, body);
  session.answers.answer(receipt, [`${name} ${at}: ${receipt.message}`]);
}

function placeOf(text: string, ...more: readonly string[]): readonly string[] {
  const { owner, name } = parseRepository(text);
  return [owner, name, 'sync', ...more];
}

/** `acme/shop#12`, or a repository alone. */
function referenceOf(text: string): {
  readonly repository: string;
  readonly number: number | null;
} {
  if (!text.includes('#')) return { repository: text, number: null };
  const [, repository = '', number = ''] = /^([^#]+)#(\d{1,10})$/.exec(text) ?? [];
  if (number === '') throw notAnIssue(text);
  return { repository, number: Number(number) };
}

function notAnIssue(text: string): Failure {
  return new Failure('InvalidInput', `"${text.slice(0, 200)}" is not an issue`, {
    where: 'issue',
    limit: 'owner/name#number',
  });
}
