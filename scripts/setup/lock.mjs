/** A lock file between set-ups that run at the same time; a lock whose owner died is taken over. */
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { chatter, onInterrupted, SetupFault } from './run.mjs';

const staleAfterMs = 30 * 60_000;
const giveUpAfterMs = 15 * 60_000;

/**
 * Runs `work` while holding the lock file, which exists only as long as the work runs.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  const startedAtMs = Date.now();
  let told = false;
  while (!tryCreate(path)) {
    removeIfStale(path);
    if (Date.now() - startedAtMs > giveUpAfterMs) {
      throw new SetupFault(`another set-up has held ${path} for 15 minutes`, `rm ${path}`);
    }
    if (!told && Date.now() - startedAtMs > 1000) {
      told = true;
      chatter.say(`waiting for another set-up (${path})`);
    }
    await sleep(200);
  }
  const forget = onInterrupted(() => rmSync(path, { force: true }));
  try {
    return await work();
  } finally {
    forget();
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
function tryCreate(path) {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, JSON.stringify({ pid: process.pid, host: hostname() }));
    closeSync(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removing is itself guarded by a file, because two waiters that both see a dead owner could
 * otherwise remove the lock that the quicker of them has just taken.
 * @param {string} path
 */
function removeIfStale(path) {
  if (!isStale(path)) return;
  const guard = `${path}.takeover`;
  if (!tryCreate(guard)) {
    if (ageMs(guard) > 10_000) rmSync(guard, { force: true });
    return;
  }
  try {
    if (isStale(path)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/** @param {string} path */
function isStale(path) {
  const age = ageMs(path);
  if (age > staleAfterMs) return true;
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8'));
    return owner.host === hostname() && !isAlive(owner.pid);
  } catch (error) {
    // Unreadable content: its owner is either about to write it, or died before it could.
    return codeOf(error) !== 'ENOENT' && age > 5000;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {string} path @returns {number} 0 when the file is gone */
function ageMs(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? 0 : Date.now() - stat.mtimeMs;
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
