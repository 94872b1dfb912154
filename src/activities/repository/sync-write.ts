/** The host's part of a pass: issues are written and made, comments posted, and nobody's edit in between is lost. */
import { activityInfo, heartbeat } from '@temporalio/activity';
import { Failure } from '../../domain/failures.js';
import type { CommentAct } from '../../domain/issue-sync/issue-plan.js';
import type { SyncRefusal, SyncWait, SyncWritten } from '../../domain/issue-sync/pass.js';
import { keptTexts } from '../../domain/issue-sync/plan-comments.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';
import { creationOf } from './creation.js';
import type { Decided } from './sync-decide.js';
import type { HostSide, HostSides } from './sync-host.js';
import { type Recovery, recover, recoverEarlier } from './sync-recover.js';
import { beginStep, type StepInput } from './sync-step.js';

export interface WriteSyncInput extends Omit<StepInput, 'refused'> {
  /** When what is to be made was meant for the first time, if that was before this; null: nobody has tried yet. */
  readonly retriedSinceMs: number | null;
}

/** Clocks of the host and of Temporal may differ by this much. */
const skewMs = 5 * 60_000;

export function writeSyncedIssuesWith(ports: ActivityPorts, hosts: HostSides) {
  return async (input: WriteSyncInput): Promise<SyncWritten> => {
    const host = hosts(input.repository, input.pass);
    const read = (numbers: readonly number[]) => host.read(numbers);
    const begin = () => beginStep(ports, host, { ...input, refused: [] }, read, ports.now());
    let step = await begin();
    const waits: SyncWait[] = [];
    const moving = new Set<number>();
    const earlier = await recoverEarlier(ports, input.repository, host, step.decided);
    for (const one of earlier) await noteRecovery(ports, input, host, one, { waits, moving });
    // What was put back is part of what is merged.
    if (earlier.some(({ writes }) => writes.length > 0)) step = await begin();
    const decided = step.decided.filter(({ plan }) => !moving.has(plan.number ?? 0));
    const refused: SyncRefusal[] = [];
    const written = await writeChanges(ports, input, host, decided, { refused, waits, moving });
    const created = await createAll(ports, input, host, decided, refused, waits);
    let comments = 0;
    for (const { plan } of decided) {
      for (const act of plan.comments) {
        heartbeat();
        const reason = await writeComment(ports, input, act);
        host.forget(act.number);
        if (reason === null) comments += 1;
        else {
          refused.push({ number: act.number, field: 'comments', reason });
          waits.push(waitOf(act.number, null, reason));
        }
      }
    }
    return { written, created, comments, refused, waits, moving: [...moving] };
  };
}

interface Told {
  readonly refused: SyncRefusal[];
  readonly waits: SyncWait[];
  readonly moving: Set<number>;
}

async function writeChanges(
  ports: ActivityPorts,
  input: WriteSyncInput,
  host: HostSide,
  decided: readonly Decided[],
  { refused, waits, moving }: Told,
): Promise<readonly number[]> {
  const due = decided.flatMap((each) => {
    const { plan, input: asked } = each;
    const before = asked.host;
    return plan.host === null || before?.kind !== 'issue'
      ? []
      : [{ change: plan.host, before, each }];
  });
  if (due.length === 0) return [];
  const changes = due.map(({ change }) => change);
  const outcomes = await host.issues.writeIssues(input.repository, changes);
  const written: number[] = [];
  for (const [at, outcome] of outcomes.entries()) {
    const one = due[at];
    if (one === undefined) continue;
    const { change, before, each } = one;
    if (outcome.kind === 'written') {
      heartbeat();
      const recovery = await recover(ports, input.repository, host, each, outcome);
      await noteRecovery(ports, input, host, recovery, { waits, moving });
      const { issue } = recovery;
      const { number } = change;
      refused.push(...outcome.refused.map((refusal) => ({ number, ...refusal })));
      written.push(number);
      await record(ports, input, 'issueWritten', {
        ...{ number: change.number, before: before.fields, after: issue.fields },
      });
    } else if (outcome.kind === 'refused') {
      refused.push({ number: change.number, field: 'issue', reason: outcome.reason });
      waits.push(waitOf(change.number, null, outcome.reason));
    } else {
      host.forget(change.number);
    }
  }
  return written;
}

async function noteRecovery(
  ports: ActivityPorts,
  input: WriteSyncInput,
  host: HostSide,
  { issue, isMoving, writes, notTaken, passedOver }: Recovery,
  { waits, moving }: Pick<Told, 'waits' | 'moving'>,
): Promise<void> {
  const { number } = issue;
  if (isMoving) moving.add(number);
  for (const { before, after } of writes) {
    const data = { number, before: before.fields, after: after.fields };
    await record(ports, input, 'issueRecovered', data);
  }
  for (const { field, value, reason } of notTaken) {
    const why = `somebody's ${field} that ours took the place of is not taken back: ${reason}`;
    waits.push({ ...waitOf(number, null, why), field });
    await record(ports, input, 'issueNotRecovered', { number, field, value, reason });
  }
  for (const { field, text } of passedOver) {
    const intro = `In between, the ${field} was changed to this, and then to another:`;
    for (const act of keptTexts(number, field, intro, text, new Set())) {
      // Another pass may have told of it already.
      const reason = await writeComment(ports, input, act, 0);
      if (reason !== null) waits.push(waitOf(number, null, reason));
    }
    host.forget(number);
  }
}

async function createAll(
  ports: ActivityPorts,
  input: WriteSyncInput,
  host: HostSide,
  decided: readonly Decided[],
  refused: SyncRefusal[],
  waits: SyncWait[],
): Promise<SyncWritten['created']> {
  const { repository } = input;
  const due = decided.flatMap(({ plan: { create }, item }) =>
    create === null || item.path === null ? [] : [{ create, path: item.path }],
  );
  if (due.length === 0) return [];
  const { attempt, scheduledTimestampMs } = activityInfo();
  const sinceMs = input.retriedSinceMs ?? (attempt > 1 ? scheduledTimestampMs : null);
  const outcomes = await host.issues.createIssues(
    repository,
    due.map(({ create }) => create),
    sinceMs === null ? null : sinceMs - skewMs,
  );
  const created: { readonly path: string; readonly number: number }[] = [];
  for (const [at, outcome] of outcomes.entries()) {
    const { path } = due[at] ?? {};
    if (path === undefined) continue;
    if (outcome.kind !== 'written') {
      if (outcome.kind === 'refused') waits.push(waitOf(null, path, outcome.reason));
      continue;
    }
    const { number, fields } = host.keep(outcome.issue);
    refused.push(...outcome.refused.map((each) => ({ number, ...each })));
    created.push({ path, number });
    await record(ports, input, 'issueCreated', { path, number, before: null, after: fields });
  }
  return created;
}

/** What the host says of this one alone: all else goes on. */
const isNo: ReadonlySet<string> = new Set([
  'InvalidInput',
  'PolicyDenied',
  'Forbidden',
  'NotFound',
]);

/**
 * @param triedSinceMs when it may have been posted first, before this step; null: it was not
 * @returns why the host does not take it; null: it has it
 */
async function writeComment(
  ports: ActivityPorts,
  input: WriteSyncInput,
  act: CommentAct,
  triedSinceMs: number | null = null,
): Promise<string | null> {
  const { items } = codeHostOf(ports);
  const { repository } = input;
  const { number } = act;
  try {
    if (act.kind === 'edit') {
      await items.editComment(repository, act.id, act.body);
      await record(ports, input, 'commentEdited', { number, id: act.id, after: act.body });
      return null;
    }
    const creation = creationOf(act.marker);
    const retriedSinceMs = triedSinceMs ?? creation.retriedSinceMs;
    const made = await items.createComment(repository, number, act.body, {
      ...creation,
      retriedSinceMs,
    });
    await record(ports, input, 'commentPosted', {
      ...{ number, id: made.id, before: null, after: act.body },
    });
    return null;
  } catch (error) {
    if (!(error instanceof Failure) || !isNo.has(error.code)) throw error;
    return `a comment is not taken: ${error.message}`;
  }
}

function waitOf(number: number | null, path: string | null, reason: string): SyncWait {
  return { kind: 'refused', number, path, field: null, pull: null, reason };
}

async function record(
  ports: ActivityPorts,
  { subject, reason, repository, heard }: WriteSyncInput,
  kind: string,
  data: Readonly<Record<string, unknown>> & { readonly number: number; readonly id?: number },
): Promise<void> {
  const told = heard.find(({ number }) => number === data.number);
  const more = {
    ...{ repository: repositoryPath(repository), cause: reason },
    ...{ by: told?.actor ?? null, delivery: told?.delivery ?? null, ...data },
  };
  await recordAct(ports, { subject, reason }, kind, more, `${data.number}/${data.id ?? ''}`);
}
