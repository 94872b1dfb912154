/** Finds the Temporal CLI that set-up has made ready; nothing is fetched here. */
import { accessSync, constants, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isSource } from '../programs/own-program.js';
import { Failure } from '../domain/failures.js';

type Env = Readonly<Record<string, string | undefined>>;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The newest of the versions that set-up keeps outside the tree. */
function cached(env: Env): readonly string[] {
  const base =
    env.SLUICE_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice');
  const folder = join(base, 'temporal');
  try {
    return readdirSync(folder)
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((version) => join(folder, version, 'temporal'));
  } catch {
    return [];
  }
}

/**
 * Path of the program: named by SLUICE_TEMPORAL_CLI, on PATH, or in the cache.
 * @throws NotFound with the command that fetches it
 */
export function findTemporalCli(env: Env): string {
  const named = env.SLUICE_TEMPORAL_CLI;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = named
    ? [named]
    : [...folders.map((folder) => join(folder, 'temporal')), ...cached(env)];
  const found = candidates.find(isProgram);
  if (found === undefined) {
    throw new Failure('NotFound', 'the Temporal CLI is not on this machine', {
      where: named ? `SLUICE_TEMPORAL_CLI=${named}` : 'PATH and the cache',
      next: isSource ? 'npm run setup' : 'npx sluice up  # fetches it',
    });
  }
  return found;
}
