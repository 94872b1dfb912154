/** The build of the workers' code as a name: what has the same name replays the same histories. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { WorkflowBundle } from '@temporalio/worker';
import type { VersionWish } from '../config/worker-version.js';
import type { WorkerVersion } from '../domain/workers/version.js';

/** Version of the package and a digest of the workflows, such as `0.1.0-3f1c9a0b72de`; null where there is no wish. */
export async function workerVersion(
  wish: VersionWish | null,
  bundle: WorkflowBundle,
): Promise<WorkerVersion | null> {
  if (wish === null) return null;
  return { ...wish, buildId: wish.buildId ?? (await buildIdOf(bundle)) };
}

async function buildIdOf(bundle: WorkflowBundle): Promise<string> {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { readonly version: string };
  const digest = createHash('sha256').update(bundle.code).digest('hex').slice(0, 12);
  return `${version}-${digest}`;
}

/** Workflows say what an upgrade does to them only where `upgraded-workflows.ts` is told that workers have a version. */
export function versioned(bundle: WorkflowBundle): WorkflowBundle {
  // On the line that is there: the source map counts lines.
  return { ...bundle, code: `globalThis.workersHaveVersion = true;${bundle.code}` };
}
