/** Our own processes as the package ships them, compiled: what is started often must not spend its time on compiling. */
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

const root = resolve('.');
const source = join(root, 'src');
const kept = join(root, '.sluice', 'compiled');
/** Of the page for browsers, which is bundled when it is asked for. */
const page = 'dashboard';
/** What programs look for beside themselves. */
const beside = ['examples', 'package.json', 'schemas', join('src', page)];

/** Command of `src/<path>`, for example `workers/main`. Compiled once for each state of the source. */
export function compiledProgram(path: string): readonly string[] {
  const names = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith(`${page}/`))
    .sort();
  const hash = createHash('sha256').update(beside.join('\0'));
  for (const name of names) hash.update(`${name}\0`).update(readFileSync(join(source, name)));
  const folder = join(kept, hash.digest('hex').slice(0, 16));
  if (!existsSync(folder)) compile(names, folder);
  return [process.execPath, join(folder, 'src', `${path}.js`)];
}

/** Nobody comes back to what the source was. */
const keptForMs = 86_400_000;

function compile(names: readonly string[], folder: string): void {
  const draft = join(kept, randomUUID());
  mkdirSync(draft, { recursive: true });
  for (const name of readdirSync(kept)) {
    const old = join(kept, name);
    if (Date.now() - statSync(old).mtimeMs > keptForMs) rmSync(old, { recursive: true });
  }
  buildSync({
    ...{ entryPoints: names.map((name) => join(source, name)), outbase: root, outdir: draft },
    ...{ format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' },
  });
  for (const name of beside) symlinkSync(join(root, name), join(draft, name));
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another test run was quicker.
    if (!existsSync(folder)) throw error;
  }
}
