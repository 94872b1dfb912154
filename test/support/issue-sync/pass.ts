/** A pass over the model by the activities themselves, in the order in which the workflow asks for them; each may die anywhere. */
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { Failure } from '../../../src/domain/failures.js';
import { createSyncIssueActivities } from '../../../src/activities/repository/sync-issue-activities.js';
import { parseIssueFile } from '../../../src/domain/issue-sync/issue-file.js';
import type { HeardIssue } from '../../../src/domain/issue-sync/hear.js';
import type {
  SyncAnswer,
  SyncIntent,
  SyncItem,
  SyncPlan,
  SyncWait,
} from '../../../src/domain/issue-sync/pass.js';
import type { SyncPolicy } from '../../../src/domain/issue-sync/schema.js';
import type { IssueFile } from '../../../src/domain/issue-sync/shapes.js';
import { createModelPorts, type Disturb } from './host.js';
import { key, type World } from './world.js';

/** The worker died there. */
export class Crash extends Error {}
/** So often, that the pass is begun anew. */
class GivenUp extends Error {}

type Activities = ReturnType<typeof createSyncIssueActivities>;

/** What the workflow remembers from one pass to the next. */
export interface Desk {
  readonly world: World;
  readonly policy: SyncPolicy;
  activities: Activities;
  intents: readonly SyncIntent[];
  answers: readonly SyncAnswer[];
  isApproved: boolean;
  passes: number;
  /** What the last pass told people of. */
  waits: readonly SyncWait[];
  /** What happens between two acts of the activities. */
  disturb: Disturb;
  /** Whether an activity that died is tried once more, by another worker or the same. */
  afterCrash(): 'again' | 'elsewhere' | 'given up';
}

export interface PassOrder {
  readonly isFull: boolean;
  readonly isListed: boolean;
  readonly heard: readonly HeardIssue[];
}

export type PassEnd = 'done' | 'held' | 'given up' | 'nothing';

const readings = new Map<string, ReturnType<typeof parseIssueFile>>();

export function readFile(path: string, text: string): IssueFile | null {
  if (readings.size > 3000) readings.clear();
  const reading = readings.get(text) ?? parseIssueFile(path, text);
  readings.set(text, reading);
  return reading.kind === 'file' ? { ...reading.file, path } : null;
}

export function newDesk(given: Pick<Desk, 'world' | 'policy' | 'disturb' | 'afterCrash'>): Desk {
  const desk: Desk = {
    ...given,
    ...{ intents: [], answers: [], isApproved: false, passes: 0, waits: [] },
    activities: null as unknown as Activities,
  };
  renew(desk);
  return desk;
}

/** Another worker, which has read nothing yet. */
function renew(desk: Desk): void {
  const ports = createModelPorts(desk.world, (point) => desk.disturb(point));
  desk.activities = createSyncIssueActivities(ports);
}

async function call<Input, Result>(
  desk: Desk,
  of: (activities: Activities) => (input: Input) => Promise<Result>,
  input: Input,
): Promise<Result> {
  const scheduledTimestampMs = desk.world.nowMs;
  for (let attempt = 1; ; attempt += 1) {
    const info = { attempt, scheduledTimestampMs, activityId: String(desk.passes) };
    const context = { info, heartbeat: () => undefined } as unknown as Context;
    try {
      return await asyncLocalStorage.run(context, () => of(desk.activities)(input));
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      const next = desk.afterCrash();
      if (next !== 'again') renew(desk);
      if (next === 'given up') throw new GivenUp();
    }
  }
}

export async function runPass(desk: Desk, order: PassOrder): Promise<PassEnd> {
  const base = desk.world.repository.refs.get('refs/sync/issues');
  // Given to what was noted last, as a person sees it before the pass begins.
  const answers = desk.answers.map((each) => ({ ...(base !== undefined && { base }), ...each }));
  desk.answers = [];
  try {
    for (let tries = 0; tries < 6; tries += 1) {
      const end = await onePass(desk, order, answers);
      if (end === 'held') desk.answers = answers;
      if (end !== 'again') return end;
    }
    desk.answers = answers;
    return 'given up';
  } catch (error) {
    // Of what was deleted meanwhile nothing can be written: the next pass sees that.
    const isGone = error instanceof Failure && error.code === 'NotFound';
    if (!isGone && !(error instanceof GivenUp)) throw error;
    desk.answers = answers;
    return 'given up';
  }
}

async function onePass(
  desk: Desk,
  { isFull, isListed, heard }: PassOrder,
  answers: readonly SyncAnswer[],
): Promise<PassEnd | 'again'> {
  const { policy, world } = desk;
  desk.passes += 1;
  const isPull = policy.mode === 'pull';
  const asked = { policy, branch: 'main', answers, heard, pass: `pass-${desk.passes}` };
  const found = await call(desk, ({ planSync }) => planSync, {
    ...{ ...asked, repository: key, isFull, isListed, isPull, policyHead: null },
    intents: desk.intents,
  });
  if (found.kind !== 'planned') throw new TypeError(found.kind);
  const { plan } = found;
  desk.waits = plan.waits;
  if (plan.hold !== null && !desk.isApproved) return 'held';
  const { head, base, isRewritten, isNoted } = plan;
  const common = {
    ...{ ...asked, repository: key, subject: 'sync', reason: 'a look', head, base, isRewritten },
    isListed: plan.cursorMs !== null,
  };
  const before = world.hostWrites;
  const done = await writeAll(desk, common, plan);
  const items = [...done.items, ...plan.toFile];
  if (items.length === 0 && !isNoted && base !== null) {
    return world.hostWrites === before ? 'nothing' : 'done';
  }
  let at: { readonly head: string; readonly base: string | null } = { head, base };
  let onto: string | null = null;
  let isUnfinished = false;
  for (
    let rest: typeof items = items, isFirst = true;
    isFirst || rest.length > 0;
    isFirst = false
  ) {
    const result: Committed = await call(desk, ({ commitSyncedIssues }) => commitSyncedIssues, {
      ...{ ...common, ...at, items: rest, refused: done.refused, written: done.written },
      ...{ moving: done.moving, isLast: true, isNoted, cursorMs: plan.cursorMs },
      ...{ policyVersion: 'v1', isPull, onto, isWhole: true },
      faulty: [...plan.faulty, ...done.unmade],
    });
    if (result.kind === 'moved') return 'again';
    if (result.kind === 'denied') throw new TypeError(result.reason);
    onto = result.waiting ?? onto;
    at = { head: result.commit ?? at.head, base: result.base ?? at.base };
    isUnfinished ||= result.isUnfinished === true;
    const deferred = new Set(result.deferred ?? []);
    rest = rest.filter(({ number }) => number !== null && deferred.has(number));
  }
  if (!isUnfinished) desk.intents = [];
  desk.isApproved = false;
  return isUnfinished ? 'again' : 'done';
}

type Committed = Awaited<ReturnType<Activities['commitSyncedIssues']>>;
type Common = Omit<Parameters<Activities['writeSyncedIssues']>[0], 'items' | 'retriedSinceMs'>;

async function writeAll(desk: Desk, common: Common, { toHost }: SyncPlan) {
  const known = new Map(desk.intents.map(({ path, sinceMs }) => [path, sinceMs]));
  const news = toHost.flatMap(({ number, path }) =>
    number === null && path !== null && !known.has(path) ? [path] : [],
  );
  const intent = { sinceMs: desk.world.nowMs, head: common.head };
  desk.intents = [...desk.intents, ...news.map((path) => ({ path, ...intent }))];
  const done = {
    ...{ items: [] as SyncItem[], written: [] as number[], moving: [] as number[] },
    ...{ refused: [] as Awaited<ReturnType<Activities['writeSyncedIssues']>>['refused'][number][] },
    unmade: [] as string[],
  };
  const atOnce = 20;
  for (let from = 0; from < toHost.length; from += atOnce) {
    const items = toHost.slice(from, from + atOnce);
    const tried = items.flatMap(({ path, number }) =>
      number === null && path !== null ? (known.get(path) ?? []) : [],
    );
    const result = await call(desk, ({ writeSyncedIssues }) => writeSyncedIssues, {
      ...{ ...common, items, retriedSinceMs: tried.length === 0 ? null : Math.min(...tried) },
    });
    const made = new Map(result.created.map(({ path, number }) => [path, number]));
    for (const item of items) {
      const number = item.number ?? made.get(item.path ?? '') ?? null;
      if (number !== null) done.items.push({ ...item, number });
      else if (item.path !== null) done.unmade.push(item.path);
    }
    done.written.push(...result.written, ...made.values());
    done.moving.push(...(result.moving ?? []));
    done.refused.push(...result.refused);
  }
  return done;
}
