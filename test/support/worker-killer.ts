/** Kills a worker's process in the moment of a write and starts it again; remembers what was in flight. */
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { LocalProcess } from './local-process.js';
import { randomFrom } from '../unit/analysis/seeded-random.js';
import { until } from './operator.js';
import { type Moment, moments, type PassingWrite } from './write-watch.js';

/** Type of the failure of an activity whose worker is known to be dead. */
const killed = 'WorkerKilled';

/** One kill. */
export interface Hit {
  readonly write: PassingWrite;
  readonly moment: Moment;
  /** Activities that were begun and will never be heard of again, as `type of workflow id`. */
  inFlight: readonly string[];
}

export interface WorkerKiller {
  readonly hits: readonly Hit[];
  readonly onMoment: (moment: Moment, write: PassingWrite) => void;
  takeAim(worker: LocalProcess): void;
  /** So many more. */
  allow(count: number): void;
  /** Resolves when the worker runs. */
  isBack(): Promise<void>;
  /** How often each was done after an attempt that was never heard of, as `type of workflow id`. */
  doneAgain(): Promise<ReadonlyMap<string, number>>;
  /** For people: each kill with what it hit. */
  table(): Promise<readonly string[]>;
}

/** PENDING_ACTIVITY_STATE_STARTED of temporal.api.enums.v1. */
const started = 2;
/** What was hit before is hit seldom: kills are to be spread over all that is written. */
const chances = { fresh: 0.15, known: 0.02 };

/** An activity that was begun. */
interface Begun {
  readonly workflowId: string;
  readonly runId: string;
  readonly activityId: string;
  readonly type: string;
}

export function createWorkerKiller({
  client,
  seed,
  isTold,
}: {
  readonly client: Client;
  readonly seed: number;
  /** The server is told which activities died; else it finds out by their silence, after half a minute. */
  readonly isTold: boolean;
}): WorkerKiller {
  const random = randomFrom(seed);
  const hits: Hit[] = [];
  const drawn = new Map<PassingWrite, Moment>();
  let allowed = 0;
  let worker: LocalProcess | null = null;
  let back: Promise<void> = Promise.resolve();

  async function running(): Promise<readonly string[]> {
    const ids: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus="Running"' }))
      ids.push(workflowId);
    return ids;
  }
  async function inFlight(): Promise<readonly Begun[]> {
    const begun: Begun[] = [];
    for (const workflowId of await running()) {
      const { raw, runId } = await client.workflow.getHandle(workflowId).describe();
      for (const { state, activityId, activityType } of raw.pendingActivities ?? []) {
        if (state !== started) continue;
        const type = activityType?.name ?? '';
        begun.push({ workflowId, runId, activityId: activityId ?? '', type });
      }
    }
    return begun;
  }

  /** Nothing of the process is left, so that what is tried again is tried alone, as after its silence. */
  async function tellOfDeath(begun: readonly Begun[]): Promise<void> {
    const death = ApplicationFailure.create({ message: 'its worker was killed', type: killed });
    for (const { type: _, ...activity } of begun) await client.activity.fail(activity, death);
  }

  async function kill(target: LocalProcess, hit: Hit): Promise<void> {
    await target.kill();
    try {
      const isAny = (all: readonly Begun[]) => all.length > 0;
      const begun = await until('something was in flight', inFlight, isAny, 10_000);
      hit.inFlight = begun.map(({ type, workflowId }) => `${type} of ${workflowId}`);
      if (isTold) await tellOfDeath(begun);
    } finally {
      await target.start();
      worker = target;
    }
  }

  const doneAgain = async (): Promise<ReadonlyMap<string, number>> => {
    const again = new Map<string, number>();
    for await (const { workflowId, runId } of client.workflow.list()) {
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const names = new Map(
        (events ?? []).map(({ eventId, activityTaskScheduledEventAttributes: scheduled }) => [
          String(eventId),
          scheduled?.activityType?.name ?? '',
        ]),
      );
      for (const { activityTaskStartedEventAttributes: begun } of events ?? []) {
        const { timeoutFailureInfo, applicationFailureInfo } = begun?.lastFailure ?? {};
        if (!begun || (!timeoutFailureInfo && applicationFailureInfo?.type !== killed)) continue;
        const name = `${names.get(String(begun.scheduledEventId))} of ${workflowId}`;
        again.set(name, (again.get(name) ?? 0) + 1);
      }
    }
    return again;
  };

  return {
    hits,
    onMoment(moment, write) {
      if (moment === 'arrived') {
        const isKnown = hits.some((hit) => hit.write.operation === write.operation);
        const isMeant = random() < (isKnown ? chances.known : chances.fresh);
        const place = moments[Math.floor(random() * moments.length)] ?? moment;
        if (isMeant) drawn.set(write, place);
      }
      if (drawn.get(write) !== moment || worker === null || allowed === 0) return;
      const target = worker;
      const hit: Hit = { write, moment, inFlight: [] };
      worker = null;
      allowed -= 1;
      hits.push(hit);
      back = kill(target, hit);
      back.catch(() => undefined);
    },
    takeAim(target) {
      worker = target;
    },
    allow(count) {
      allowed = count;
    },
    isBack: () => back,
    doneAgain,
    async table() {
      const typeOf = (activity: string) => activity.replace(/ of .*/, '');
      const rows = hits.map(({ write, moment, inFlight: begun }, n) => {
        const types = [...new Set(begun.map(typeOf))].sort().join(', ');
        return `${n + 1}. ${write.operation}, ${moment}; in flight ${begun.length}: ${types}`;
      });
      const again = new Map<string, number>();
      for (const [activity, count] of await doneAgain()) {
        again.set(typeOf(activity), (again.get(typeOf(activity)) ?? 0) + count);
      }
      const counts = [...again].map(([type, count]) => `${count} ${type}`).sort();
      return [...rows, `done again: ${counts.join(', ')}`];
    },
  };
}
