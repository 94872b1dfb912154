/** Looks whether the ledger still holds what it held at the look before, and has a loss written into it. */
import { log } from '@temporalio/activity';
import { type LedgerSighting, lossBetween, sightingOf } from '../domain/ledger/sighting.js';
import type { ActivityPorts } from './ports.js';

export interface LedgerLook {
  /** For the next look; as before when the ledger does not answer. */
  readonly sighting: LedgerSighting | null;
  /** What is missing, half a sentence; null: nothing. */
  readonly lost: string | null;
}

/**
 * What passes saw is kept by Temporal: a place for the ledger's head that is not the ledger. A ledger that does not answer
 * keeps no target from being mended; the next pass compares with the same sighting.
 */
export async function watchLedger(ports: ActivityPorts): Promise<LedgerLook> {
  let before: LedgerSighting | null = null;
  try {
    before = await ports.orchestrator.readLastSighting();
    const lost = lossBetween(before, await look(ports));
    if (lost !== null && before !== null) await record(ports, before, lost);
    return { sighting: await look(ports), lost };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn('the ledger is not seen', { reason });
    return { sighting: before, lost: null };
  }
}

async function look({ trail }: ActivityPorts): Promise<LedgerSighting | null> {
  if (trail === undefined) return null;
  // The end first: what is appended meanwhile lengthens the chain, and no look sees less than it says.
  const head = await trail.head();
  const { lines } = await trail.lines({ after: null, limit: 1 });
  return sightingOf(lines[0] ?? null, head);
}

/** The new chain, or what was put back of the old one, says itself what came before and is not in it. */
async function record(
  { ledger, project, now }: ActivityPorts,
  { head }: LedgerSighting,
  reason: string,
): Promise<void> {
  await ledger.append([
    {
      // The same loss is one event, however often the look is repeated.
      id: `recordLost/${head.seq}:${head.hash}`,
      at: new Date(now()).toISOString(),
      kind: 'recordLost',
      subject: `project:${project ?? ''}`,
      actor: 'sluice',
      reason,
      data: { before: head },
    },
  ]);
}
