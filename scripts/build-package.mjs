/** Makes what the published package runs: `src` compiled to `dist`, the workflows and the dashboard bundled once for all. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { run } from './setup/run.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });

const compiler = join(root, 'node_modules', '.bin', 'tsc');
const compiled = await run(compiler, ['-p', 'tsconfig.build.json'], { cwd: root });
if (!compiled.ok) {
  console.error(compiled.output.trim());
  process.exit(1);
}

/** @type {typeof import('../src/api/dashboard-bundle.js')} */
const { bundleDashboard } = await import(
  pathToFileURL(join(dist, 'api', 'dashboard-bundle.js')).href
);
const { script, style } = await bundleDashboard(join(root, 'src', 'dashboard'));
mkdirSync(join(dist, 'dashboard'));
writeFileSync(join(dist, 'dashboard', 'main.js'), script);
writeFileSync(join(dist, 'dashboard', 'style.css'), style);

/** @type {typeof import('../src/workers/workflow-bundle.js')} */
const { loadWorkflowBundle } = await import(
  pathToFileURL(join(dist, 'workers', 'workflow-bundle.js')).href
);
/** @type {typeof import('../src/adapters/temporal/temporal-access.js')} */
const { createDataConverter } = await import(
  pathToFileURL(join(dist, 'adapters', 'temporal', 'temporal-access.js')).href
);
// Whether there are keys decides about the bundle, and not which.
const encrypting = await createDataConverter(async () => [
  { id: 'any', secret: new Uint8Array(32) },
]);
const bundles = {
  'prebuilt-workflows.js': undefined,
  'prebuilt-encoding-workflows.js': encrypting.failureConverterPath,
};
const cache = mkdtempSync(join(tmpdir(), 'sluice-build-'));
try {
  for (const [name, converter] of Object.entries(bundles)) {
    const bundle = await loadWorkflowBundle(cache, converter);
    if (!('code' in bundle)) throw new Error('the bundle is not a text');
    writeFileSync(join(dist, 'workers', name), bundle.code);
    const kilobytes = Math.round(bundle.code.length / 1024);
    console.error(`dist is built; its workflows are ${kilobytes} kB`);
  }
} finally {
  rmSync(cache, { recursive: true, force: true });
}
