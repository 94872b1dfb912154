/** The workflows with a change that targets under way would not survive: a wait before anything else. */
import { setWorkflowOptions, sleep } from '@temporalio/workflow';
import * as real from '../../src/workflows/index.js';

export * from '../../src/workflows/index.js';

export async function ownTarget(
  input: Parameters<typeof real.ownTarget>[0],
): ReturnType<typeof real.ownTarget> {
  await sleep('1s');
  return real.ownTarget(input);
}

const { workersHaveVersion = false } = globalThis as { readonly workersHaveVersion?: boolean };
if (workersHaveVersion) setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, ownTarget);
