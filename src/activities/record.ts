/** Writes what was done into the ledger, inside the activity that did it. */
import { activityInfo } from '@temporalio/activity';
import type { LedgerEvent } from '../domain/ledger-event.js';
import type { ActivityPorts } from './ports.js';

/** The id comes from the activity, so an attempt that is repeated writes the same event again. */
export async function recordAct(
  ports: ActivityPorts,
  act: { readonly subject: string; readonly reason: string },
  kind: string,
  data: Readonly<Record<string, unknown>>,
): Promise<void> {
  const info = activityInfo();
  const event: LedgerEvent = {
    id: `${info.workflowExecution?.runId ?? 'none'}/${info.activityId}/${kind}`,
    at: new Date(ports.now()).toISOString(),
    kind,
    subject: act.subject,
    actor: 'sluice',
    reason: act.reason,
    data,
  };
  await ports.ledger.append([event]);
}
