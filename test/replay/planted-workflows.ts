/** Workflows with a planted change that running ones would not survive: a wait before the first act. */
import { sleep } from '@temporalio/workflow';
import type { RolloutInput } from '../../src/workflows/rollout-messages.js';
import * as real from '../../src/workflows/index.js';

export async function runRollout(input: RolloutInput): ReturnType<typeof real.runRollout> {
  await sleep('1s');
  return real.runRollout(input);
}

export const { ownTarget, promoteRelease, reconcileTargets, rememberRequest } = real;
