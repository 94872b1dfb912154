/** A lock file between processes that change the same file; the lock of a process that died is taken over. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/failures.js';

const lookEveryMs = 20;
/** Whoever holds it reads and writes a small file. */
const giveUpMs = 5000;

/** Runs `work` alone among all that name the same `path`; Conflict when another keeps the lock for 5 s. */
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

/** Written beside and linked, so that no lock is ever seen without its owner. */
async function tryTake(path: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, ownerNow(), { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

function ownerNow(): string {
  return `${process.pid}@${hostname()}`;
}

/** Two that see a dead owner must not remove the lock that the quicker of them has taken: they look again, one by one. */
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

/** Only what this machine can know: its own processes. */
async function isAbandoned(path: string): Promise<boolean> {
  const owner = await readFile(path, 'utf8').catch(() => '');
  const [pid, host] = owner.split('@');
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
