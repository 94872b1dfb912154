/** A probe of the record: does it answer, and does Temporal still know what its newest part says is under way. */
import { emptyReadModel, foldEvents } from '../../domain/ledger/read-model.js';
import { unfinishedIn } from '../../domain/ledger/unfinished.js';
import type { LedgerEvent } from '../../domain/ledger-event.js';
import type { Finding } from '../../domain/repository/finding.js';
import { type ApiClient, createApiClient } from '../client.js';
import { resolveConnection } from '../connection.js';
import { findLost } from '../find-lost.js';
import { type Examined, faultOf, ok, warning } from './finding.js';

/** The whole of it is for `sluice audit`. */
const newestPages = 5;
const subject = 'record';

export async function probeRecord({ io, flags }: Examined): Promise<readonly Finding[]> {
  let client: ApiClient;
  try {
    client = createApiClient({
      ...(await resolveConnection(flags, io.env)),
      fetch: io.fetch,
    });
    await client.listReleases({ limit: '1' });
  } catch {
    // Who the API is and whether the token may read is told by others.
    return [];
  }
  try {
    const { head } = await client.auditHead();
    if (head === null) return [ok(subject, 'no rows yet')];
    const events = await newestEvents(client);
    const model = foldEvents(emptyReadModel, events);
    const lost = await findLost(client, unfinishedIn(model, io.clock()));
    if (lost.length === 0) return [gapIn(events) ?? ok(subject, `${head.seq} rows`)];
    const names = lost.map((one) => `${one.kind === 'lock' ? 'lock of ' : ''}${one.subject}`);
    const seen = `Temporal knows nothing of ${names.join(', ')}`;
    return [warning(subject, seen, 'sluice audit lost, and docs/disaster.md')];
  } catch (error) {
    return [faultOf(subject, error, 'see that the ledger answers; docs/disaster.md')];
  }
}

/** Half a sentence by whoever noticed: the reconciler. */
function gapIn(events: readonly LedgerEvent[]): Finding | null {
  const gap = events.findLast(({ kind }) => kind === 'recordLost');
  if (gap === undefined) return null;
  return warning(subject, `${gap.reason} (${gap.at})`, 'docs/disaster.md, "The ledger is lost"');
}

/** Oldest first. */
async function newestEvents(client: ApiClient): Promise<readonly LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < newestPages; page++) {
    const { items, nextCursor } = await client.auditEvents({ limit: '200', cursor });
    events.push(...items);
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return events.toReversed();
}
