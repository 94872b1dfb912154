/** Replaces the one instance that carries all failures of a candidate, in place of a roll back. */
import { cancellationSignal, log, sleep } from '@temporalio/activity';
import { explainFailure, Failure } from '../domain/failures.js';
import type { TargetKey } from '../domain/names.js';
import type { Platform } from '../ports/platform.js';
import type { ActivityPorts } from './ports.js';
import { recordAct } from './record.js';

/** A roll back waits for this, and no longer. */
const patienceMs = 2_000;
/** More than a rollout has. */
const recordedEvents = 10_000;

export interface BadInstance {
  readonly subject: string;
  readonly target: TargetKey;
  readonly candidate: string;
  readonly weight: number;
  readonly instance: string;
  /** The evidence against it. */
  readonly reason: string;
}

/**
 * Null when it is replaced and on record, else why not: to go on needs both, to go back needs neither. May run twice: a
 * watch that was cut short, by a pause or a crash, has forgotten what it did, so that the record says what was replaced.
 */
export async function replaceInstance(
  ports: ActivityPorts,
  { workload }: Platform,
  { subject, target, candidate, weight, instance, reason }: BadInstance,
): Promise<string | null> {
  const replaceAndRecord = async (): Promise<void> => {
    const events = await ports.ledger.read({ subject, limit: recordedEvents });
    const before = events.find(({ kind }) => kind === 'instanceReplaced')?.data['instance'];
    if (typeof before === 'string' && before !== instance) {
      throw new Failure('PolicyDenied', `${before} was replaced in this rollout already`);
    }
    await workload.replaceInstance({ target, revision: candidate, instance });
    if (before === instance) return;
    const act = { subject, reason: `${instance} is replaced: ${reason}` };
    await recordAct(ports, act, 'instanceReplaced', { revision: candidate, instance, weight });
  };
  const giveUp = async (): Promise<never> => {
    await sleep(patienceMs);
    throw new Failure('DeadlineExceeded', `no answer within ${patienceMs} ms`);
  };
  try {
    await Promise.race([replaceAndRecord(), giveUp()]);
    return null;
  } catch (error) {
    cancellationSignal().throwIfAborted();
    log.warn('a bad instance was not replaced, so the candidate goes back', { instance, error });
    return error instanceof Failure ? explainFailure(error) : String(error);
  }
}
