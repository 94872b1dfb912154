/** Puts accepted commands into the ledger without holding up what they command. */
import { sleep, workflowInfo } from '@temporalio/workflow';
import type { Command } from '../domain/command.js';
import { ask } from './activity-options.js';

/** A record that cannot be written must not keep a rollout from ending. */
const patienceMs = 5_000;

export async function recordCommand(subject: string, command: string, by: Command): Promise<void> {
  const at = new Date();
  const id = `${workflowInfo().runId}/${command}/${at.getTime()}`;
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

/** Waits for records under way, but not for long. */
export async function settleRecords(records: readonly Promise<void>[]): Promise<void> {
  let settled = records.length === 0;
  if (settled) return;
  const all = Promise.allSettled(records).then(() => {
    settled = true;
  });
  await Promise.race([all, sleep(patienceMs, { summary: 'records are written' })]);
}
