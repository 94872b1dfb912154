/** The schema fuzzer in a cache beside the tree: fetched once for each set of pinned packages and each Python. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../../scripts/setup/lock.mjs';
import { chatter, run, SetupFault, tail } from '../../scripts/setup/run.mjs';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const fetchMs = 300_000;
const remedy =
  'install python3 >= 3.10 with pip (Debian: apt-get install python3-pip) and try again';

/** @returns folder for PYTHONPATH */
export async function fetchSchemathesis(cacheDir: string): Promise<string> {
  const python = await run('python3', [
    '-c',
    'import sys; print(f"{sys.implementation.cache_tag}-{sys.platform}")',
  ]);
  if (!python.ok) throw new SetupFault('python3 does not run', remedy);
  const pinned = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const base = join(cacheDir, 'schemathesis');
  const folder = join(base, `${pinned.slice(0, 16)}-${python.stdout.trim()}`);
  if (existsSync(folder)) return folder;
  mkdirSync(base, { recursive: true });
  return await withLock(join(base, 'fetch.lock'), async () => {
    if (!existsSync(folder)) await fetchInto(base, folder);
    return folder;
  });
}

async function fetchInto(base: string, folder: string): Promise<void> {
  chatter.say('fetching schemathesis ...');
  const temporary = mkdtempSync(join(base, 'fetch-'));
  try {
    const pip = ['-m', 'pip', 'install', '--no-input', '--no-deps', '--only-binary=:all:'];
    const pinned = ['--require-hashes', '--target', temporary, '-r', requirements];
    const { ok, output } = await run('python3', [...pip, ...pinned], { timeoutMs: fetchMs });
    if (!ok) throw new SetupFault(`python3 -m pip install failed: ${tail(output)}`, remedy);
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
