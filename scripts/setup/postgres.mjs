/** Finds PostgreSQL's programs for the tests (named, installed), or installs Debian's where apt and the right to use it are there. */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { debianCommand, installDebian } from './debian.mjs';
import { chatter, SetupFault } from './run.mjs';

const debianFolder = '/usr/lib/postgresql';
const packages = ['postgresql'];
const byHand = `install it (Debian, as root: ${debianCommand(packages)}), or name its folder: export SLUICE_POSTGRES_BIN=/path/to/bin`;

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} folder with `initdb` and `postgres`
 */
export function lookForPostgres(env) {
  const onPath = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...debianFolders(), ...onPath].find((folder) => existsSync(join(folder, 'initdb')));
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} folder with `initdb` and `postgres`
 */
export async function findPostgres(env) {
  const named = env.SLUICE_POSTGRES_BIN;
  if (named) {
    if (existsSync(join(named, 'initdb'))) return named;
    throw new SetupFault(`SLUICE_POSTGRES_BIN names ${named}, where no initdb is`, byHand);
  }
  return lookForPostgres(env) ?? (await installed(env));
}

/** Newest first. */
function debianFolders() {
  if (!existsSync(debianFolder)) return [];
  const versions = readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(debianFolder, version, 'bin'));
}

/** @param {NodeJS.ProcessEnv} env @returns {Promise<string>} */
async function installed(env) {
  const look = () => lookForPostgres(env);
  const folder = await installDebian({ name: 'PostgreSQL', packages, byHand, look }, env);
  chatter.say(`PostgreSQL installed: ${dirname(folder)}`);
  return folder;
}
