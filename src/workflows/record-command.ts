/** Puts accepted commands into the ledger without holding up what they command. */
import { condition, uuid4, workflowInfo } from '@temporalio/workflow';
import type { Command } from '../domain/command.js';
import { ask } from './activity-options.js';

/** A record that cannot be written must not keep a rollout from ending. */
const patienceMs = 5_000;

export async function recordCommand(subject: string, command: string, by: Command): Promise<void> {
  const at = new Date();
  // Two commands of one workflow task share their time, so the time alone would make one event of them.
  const id = `${workflowInfo().runId}/${command}/${uuid4()}`;
  const event = {
    id,
    at: at.toISOString(),
    kind: 'commandAccepted',
    subject,
    actor: by.actor,
    reason: by.reason,
    data: { command },
  };
  await ask.recordEvents.executeWithOptions(
    { summary: `record ${command} by ${by.actor}`, scheduleToCloseTimeout: '1h' },
    [[event]],
  );
}

/** The records that one workflow has under way. */
export class CommandRecords {
  private readonly underWay = new Set<Promise<void>>();

  add(subject: string, command: string, by: Command): void {
    const record = recordCommand(subject, command, by).catch(() => undefined);
    this.underWay.add(record);
    void record.then(() => this.underWay.delete(record));
  }

  /** Waits for what is not written yet, but not for long. */
  async settle(): Promise<void> {
    if (this.underWay.size === 0) return;
    await condition(() => this.underWay.size === 0, patienceMs, { summary: 'records are written' });
  }
}
