/** A lock file between processes that change the same file; one that was left behind is taken over. */
import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/failures.js';

const lookEveryMs = 20;
/** Whoever holds it tells that he is alive far more often. */
const abandonedAfterMs = 10_000;
const aliveEveryMs = 2_000;
const giveUpMs = 15_000;

const owner = `${hostname()}:${process.pid}`;

/** By path: the last of this process to ask. Here they wait in line, so a lock in our own name is one of a dead process. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` alone among all that name the same `path`; Conflict when another keeps the lock for 15 s. Whoever was frozen for
 * long within its work may have lost it: `isMine` says so.
 */
export async function withFileLock<T>(
  path: string,
  work: (isMine: () => Promise<boolean>) => Promise<T>,
): Promise<T> {
  const turn = (queues.get(path) ?? Promise.resolve()).then(() => runLocked(path, work));
  const settled = turn.catch(() => {});
  queues.set(path, settled);
  try {
    return await turn;
  } finally {
    if (queues.get(path) === settled) queues.delete(path);
  }
}

async function runLocked<T>(
  path: string,
  work: (isMine: () => Promise<boolean>) => Promise<T>,
): Promise<T> {
  const mark = `${owner}:${randomUUID()}`;
  const isMine = async () => (await readFile(path, 'utf8').catch(() => '')) === mark;
  const startedAtMs = performance.now();
  while (!(await tryTake(path, mark))) {
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
  const alive = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, aliveEveryMs);
  try {
    return await work(isMine);
  } finally {
    clearInterval(alive);
    if (await isMine()) await rm(path, { force: true });
  }
}

async function tryTake(path: string, mark: string): Promise<boolean> {
  try {
    await writeFile(path, mark, { mode: 0o600, flag: 'wx' });
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
  if (!(await tryTake(guard, owner))) {
    if (await isOld(guard)) await rm(guard, { force: true });
    return;
  }
  try {
    if (await isAbandoned(path)) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const written = await readFile(path, 'utf8').catch(() => '');
  return isDead(written) || (await isOld(path));
}

async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > abandonedAfterMs;
}

/** Whether its owner ran on this machine and is gone; of other machines nothing is known. */
function isDead(written: string): boolean {
  // A process may have the number of the one that died before it: a container's first always has.
  if (written.startsWith(`${owner}:`)) return true;
  const [, host, pid] = /^(.+):(\d+):[^:]+$/.exec(written) ?? [];
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
