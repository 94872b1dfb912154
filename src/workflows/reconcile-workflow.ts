/** One pass of the reconciler, started by a schedule: what nobody else will mend is mended here. */
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Reconciliation } from '../activities/reconcile-activities.js';
import { escapeMarkdown } from '../domain/rollout/describe.js';
import { watchWith } from './activity-options.js';
import { needsAttentionKey } from './search-attributes.js';

const passMs = 5 * 60_000;

export async function reconcileTargets(): Promise<Reconciliation> {
  const pass = await watchWith(passMs).reconcileTargets.executeWithOptions(
    { summary: 'compare every target with its platform' },
    [],
  );
  const { checked, repaired, unseen, ledger } = pass;
  const summary = `${checked} checked, ${repaired.length} mended, ${unseen.length} not seen`;
  const lines = [
    ...repaired.map(({ target, reason }) => `- mended ${target}: ${escapeMarkdown(reason)}`),
    ...(ledger?.lost == null ? [] : [`- the ledger: ${escapeMarkdown(ledger.lost)}`]),
    ...unseen.map(({ target, reason }) => `- not seen ${target}: ${escapeMarkdown(reason)}`),
  ];
  setCurrentDetails([summary, '', ...lines].join('\n'));
  // A pass that found something stands out among thousands that did not.
  if (lines.length > 0) upsertSearchAttributes([{ key: needsAttentionKey, value: summary }]);
  return pass;
}
