/** The whole record, verified on the way, as lists and history. */
import type { ChainReport } from '../domain/ledger/chain-report.js';
import { readLine } from '../domain/ledger/chain.js';
import { emptyReadModel, foldEvents, type ReadModel } from '../domain/ledger/read-model.js';
import type { LedgerEvent } from '../domain/ledger-event.js';
import { type LedgerLines, verifyLines } from './audit-lines.js';
import type { CliIo } from './output.js';

const eventsAtOnce = 10_000;

/** Null when a person interrupts it. */
export async function readRecord(
  source: LedgerLines,
  io: CliIo,
): Promise<{ readonly model: ReadModel; readonly report: ChainReport } | null> {
  let model = emptyReadModel;
  let events: LedgerEvent[] = [];
  // A row may stand twice in a file; the first counts.
  const ids = new Set<string>();
  const fold = () => {
    model = foldEvents(model, events);
    events = [];
  };
  const report = await verifyLines(source, null, io, (line) => {
    const event = eventIn(line);
    if (event === null || ids.has(event.id)) return;
    ids.add(event.id);
    if (events.push(event) >= eventsAtOnce) fold();
  });
  if (report === null) return null;
  fold();
  return { model, report };
}

function eventIn(line: string): LedgerEvent | null {
  const read = readLine(line);
  if (read === null || read.kind === 'start') return null;
  return read.kind === 'link' ? read.link.event : read.event;
}
