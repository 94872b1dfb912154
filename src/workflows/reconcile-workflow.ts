/** One pass of the reconciler, started by a schedule: what nobody else will mend is mended here. */
import { setCurrentDetails } from '@temporalio/workflow';
import type { Reconciliation } from '../activities/reconcile-activities.js';
import { watchWith } from './activity-options.js';

const passMs = 5 * 60_000;

export async function reconcileTargets(): Promise<Reconciliation> {
  const pass = await watchWith(passMs).reconcileTargets.executeWithOptions(
    { summary: 'compare every target with its platform' },
    [],
  );
  const mended = pass.repaired.map(({ target, reason }) => `- ${target}: ${reason}`);
  setCurrentDetails(
    [`${pass.checked} targets checked, ${mended.length} mended`, '', ...mended].join('\n'),
  );
  return pass;
}
