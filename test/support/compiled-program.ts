/** Our own processes as the package ships them, compiled: one that comes back after a kill must not spend its time on compiling. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const source = resolve('src');
/** Not for programs that read files beside `src`: from here they are not found. */
const kept = resolve('.sluice', 'compiled');

/** Command of `src/<path>`, for example `workers/main`. Compiled once for each state of the source. */
export async function compiledProgram(path: string): Promise<readonly string[]> {
  const names = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${name}\0`).update(readFileSync(join(source, name)));
  const folder = join(kept, hash.digest('hex').slice(0, 16));
  if (!existsSync(folder)) await compile(names, folder);
  return [process.execPath, join(folder, `${path}.js`)];
}

async function compile(names: readonly string[], folder: string): Promise<void> {
  mkdirSync(kept, { recursive: true });
  const draft = join(kept, randomUUID());
  const entryPoints = names.map((name) => join(source, name));
  await build({
    ...{ entryPoints, outdir: draft, outbase: source },
    ...{ format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' },
  });
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another test run was quicker.
    if (!existsSync(folder)) throw error;
  }
}
