/** Puts on record that somebody led workers back by hand: he waited for nobody, and this is done when a worker is there. */
import type { WorkersLedBack } from '../domain/workers/rollout.js';
import { atWorkers } from './activity-options.js';

export async function recordWorkersLedBack(ledBack: WorkersLedBack): Promise<void> {
  const { buildId, from } = ledBack;
  const summary = `${buildId} was led back to ${from ?? 'no version'}`;
  await atWorkers.recordWorkersLedBack.executeWithOptions({ summary }, [ledBack]);
}
