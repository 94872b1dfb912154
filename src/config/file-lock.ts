/** A lock file between processes that change the same file; one that was left behind is taken over. */
import { rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/failures.js';

const lookEveryMs = 20;
/** Whoever holds it reads and writes a small file, which takes milliseconds. */
const abandonedAfterMs = 10_000;
const giveUpMs = 15_000;

/** Runs `work` alone among all that name the same `path`; Conflict when another keeps the lock for 15 s. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const startedAtMs = performance.now();
  while (!(await tryTake(path))) {
    await removeIfAbandoned(path);
    if (performance.now() - startedAtMs > giveUpMs) {
      throw new Failure('Conflict', 'Another process keeps the lock', {
        where: path,
        limit: `${giveUpMs} ms`,
        next: `if no other command runs: rm ${path}`,
      });
    }
    await sleep(lookEveryMs * (1 + Math.random()));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryTake(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Two that see an abandoned lock must not remove the lock that the quicker of them has taken: they look again, one by one. */
async function removeIfAbandoned(path: string): Promise<void> {
  if (!(await isAbandoned(path))) return;
  const guard = `${path}.takeover`;
  if (!(await tryTake(guard))) return;
  try {
    if (await isAbandoned(path)) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > abandonedAfterMs;
}
