/** The workflows as one script, bundled once for each state of their source and kept outside the tree. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';

const interceptorModules = [
  'early-events-interceptor',
  'command-interceptor',
  'code-host-interceptor',
  'trace-interceptor',
];

const isSource = import.meta.url.endsWith('.ts');

/** In the published package: the bundles as `scripts/build-package.mjs` wrote them. */
function prebuiltFile(failureConverterPath: string | undefined): string {
  const name = failureConverterPath === undefined ? 'prebuilt' : 'prebuilt-encoding';
  return fileURLToPath(new URL(`${name}-workflows.js`, import.meta.url));
}

function workflowFile(name: string): string {
  return fileURLToPath(new URL(`../workflows/${name}.${isSource ? 'ts' : 'js'}`, import.meta.url));
}

/**
 * Bundling takes seconds, and a worker that comes back after a crash must not wait for it: a rollback may be due.
 * @param failureConverterPath what writes the failures of workflows; left out: in clear. A bundle holds it.
 */
export async function loadWorkflowBundle(
  cacheDir: string,
  failureConverterPath?: string,
): Promise<WorkflowBundle> {
  const prebuilt = isSource
    ? null
    : await readFile(prebuiltFile(failureConverterPath), 'utf8').catch(() => null);
  if (prebuilt !== null) return { code: prebuilt };
  const file = join(cacheDir, 'workflows', `${await sourceHash(failureConverterPath)}.js`);
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return { code: kept };
  const logger = new DefaultLogger('WARN');
  const bundle = await bundleWorkflowCode({
    workflowsPath: workflowFile('index'),
    workflowInterceptorModules: interceptorModules.map(workflowFile),
    ...(failureConverterPath !== undefined && { failureConverterPath }),
    logger,
  });
  await mkdir(join(cacheDir, 'workflows'), { recursive: true });
  // Written beside and renamed, so that a reader never sees half a file.
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, bundle.code);
  await rename(draft, file);
  return bundle;
}

/** Everything that can change the bundle: the rooms that workflows import from, and the SDK. */
async function sourceHash(failureConverterPath: string | undefined): Promise<string> {
  const hash = createHash('sha256');
  const sdk = createRequire(import.meta.url)('@temporalio/worker/package.json') as {
    version: string;
  };
  hash.update(`${sdk.version}\0${interceptorModules.join()}\0`);
  if (failureConverterPath !== undefined) hash.update(await readFile(failureConverterPath));
  for (const room of ['workflows', 'domain']) {
    const folder = fileURLToPath(new URL(`../${room}/`, import.meta.url));
    for (const name of (await readdir(folder, { recursive: true })).sort()) {
      const path = join(folder, name);
      if (!(await stat(path)).isFile()) continue;
      hash.update(`${room}/${name}\0`);
      hash.update(await readFile(path));
    }
  }
  return hash.digest('hex').slice(0, 32);
}
