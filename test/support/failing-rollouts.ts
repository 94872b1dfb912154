/** The workflows with a fault that a rollout meets in the middle, where it stays with the version that has it. */
import { condition, workflowInfo } from '@temporalio/workflow';
import * as real from '../../src/workflows/index.js';

export * from '../../src/workflows/index.js';

export async function runRollout(
  input: Parameters<typeof real.runRollout>[0],
): ReturnType<typeof real.runRollout> {
  const isFarOn = condition(() => workflowInfo().historyLength > 15).then(() => {
    throw new Error('planted');
  });
  return Promise.race([real.runRollout(input), isFarOn]);
}
