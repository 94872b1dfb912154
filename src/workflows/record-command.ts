/** Puts accepted commands, and how a release ends, into the ledger without holding up what they are about. */
import { condition, uuid4, workflowInfo } from '@temporalio/workflow';
import type { Command } from '../domain/command.js';
import { ask } from './activity-options.js';

/** A record that cannot be written must not keep a rollout from ending. */
const patienceMs = 5_000;

type Facts = Readonly<Record<string, unknown>>;

/** @param more what the command said beside actor and reason */
export async function recordCommand(
  subject: string,
  command: string,
  by: Command,
  more: Facts = {},
): Promise<void> {
  await recordEvent(subject, 'commandAccepted', by, { command, ...more }, command);
}

async function recordEvent(
  subject: string,
  kind: string,
  { actor, reason }: Command,
  data: Facts,
  what: string,
): Promise<void> {
  const at = new Date();
  // Two commands of one workflow task share their time, so the time alone would make one event of them.
  const id = `${workflowInfo().runId}/${what}/${uuid4()}`;
  await ask.recordEvents.executeWithOptions(
    { summary: `record ${what} by ${actor}`, scheduleToCloseTimeout: '1h' },
    [[{ id, at: at.toISOString(), kind, subject, actor, reason, data }]],
  );
}

/** The records that one workflow has under way. */
export class CommandRecords {
  private readonly underWay = new Set<Promise<void>>();

  add(subject: string, command: string, by: Command, more: Facts = {}): void {
    this.track(recordCommand(subject, command, by, more));
  }

  /** What says that the release is not under way any more: whoever reads the record alone would not know. */
  addEnd(releaseId: string, outcome: string, reason: string): void {
    const by = { actor: 'sluice', reason };
    this.track(recordEvent(releaseId, 'releaseEnded', by, { outcome }, 'end'));
  }

  /** Waits for what is not written yet, but not for long. */
  async settle(): Promise<void> {
    if (this.underWay.size === 0) return;
    await condition(() => this.underWay.size === 0, patienceMs, { summary: 'records are written' });
  }

  private track(recorded: Promise<void>): void {
    const record = recorded.catch(() => undefined);
    this.underWay.add(record);
    void record.then(() => this.underWay.delete(record));
  }
}
