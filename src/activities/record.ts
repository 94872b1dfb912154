/** Writes what was done into the ledger, inside the activity that did it. */
import { activityInfo } from '@temporalio/activity';
import { Failure } from '../domain/failures.js';
import type { LedgerEvent } from '../domain/ledger-event.js';
import type { ActivityPorts } from './ports.js';

interface Act {
  readonly subject: string;
  readonly reason: string;
}

/** The id comes from the activity, so an attempt that is repeated writes the same event again. */
export function eventOf(
  ports: ActivityPorts,
  act: Act,
  kind: string,
  data: Readonly<Record<string, unknown>>,
): LedgerEvent {
  const info = activityInfo();
  return {
    id: `${info.workflowExecution?.runId ?? 'none'}/${info.activityId}/${kind}`,
    at: new Date(ports.now()).toISOString(),
    kind,
    subject: act.subject,
    actor: 'sluice',
    reason: act.reason,
    data,
  };
}

/** @param of tells acts of one kind in one activity apart */
export async function recordAct(
  ports: ActivityPorts,
  act: Act,
  kind: string,
  data: Readonly<Record<string, unknown>>,
  of?: string | number,
): Promise<void> {
  const event = eventOf(ports, act, kind, data);
  await ports.ledger.append([of === undefined ? event : { ...event, id: `${event.id}/${of}` }]);
}

/** The way back is to be over soon, and a ledger that hangs must not keep it: it is as good as one that refuses. */
const patienceMs = 2_000;

/** @throws DeadlineExceeded when it takes too long; it goes on by itself then */
export async function notForLong(recording: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Failure('DeadlineExceeded', `the ledger did not answer within ${patienceMs} ms`));
    }, patienceMs);
  });
  recording.catch(() => {});
  try {
    await Promise.race([recording, late]);
  } finally {
    clearTimeout(timer);
  }
}
