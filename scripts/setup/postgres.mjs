/** Finds PostgreSQL's programs for the tests (named, installed), or installs Debian's where apt and the right to use it are there. */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { chatter, run, SetupFault, tail } from './run.mjs';

const debianFolder = '/usr/lib/postgresql';
const install = 'apt-get install -y --no-install-recommends postgresql';
const byHand = `install it (Debian, as root: ${install}), or name its folder: export SLUICE_POSTGRES_BIN=/path/to/bin`;

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
  const isRoot = process.getuid?.() === 0;
  const hasApt = (await run('apt-get', ['--version'])).ok;
  if (!isRoot || !hasApt) throw new SetupFault('there is no PostgreSQL on this machine', byHand);
  chatter.say('installing PostgreSQL (apt-get) ...');
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  const [command = '', ...args] = install.split(' ');
  // An index that is too old names packages that are gone.
  const first = await run(command, args, quiet);
  if (!first.ok) {
    await run('apt-get', ['update'], quiet);
    const { ok, output } = await run(command, args, quiet);
    if (!ok) throw new SetupFault(`apt-get failed:\n${tail(output)}`, byHand);
  }
  const folder = lookForPostgres(env);
  if (folder === undefined) throw new SetupFault('apt-get installed no PostgreSQL', byHand);
  chatter.say(`PostgreSQL installed: ${dirname(folder)}`);
  return folder;
}
