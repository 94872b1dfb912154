/** Finds a Chromium for the tests in a browser (named, on PATH), or installs Debian's where apt and the right to use it are there. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chatter, run, SetupFault } from './run.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const elsewhere = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const install = 'apt-get install -y --no-install-recommends chromium fonts-dejavu-core';
const byHand = `install one (Debian, as root: ${install}), or name one: export SLUICE_CHROMIUM=/path/to/chromium`;

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} path of an executable
 */
export async function findChromium(env) {
  const named = env.SLUICE_CHROMIUM;
  if (named) {
    if (existsSync(named)) return named;
    throw new SetupFault(`SLUICE_CHROMIUM names ${named}, which is not there`, byHand);
  }
  return found(env) ?? (await installed(env));
}

/** @param {NodeJS.ProcessEnv} env */
function found(env) {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [...paths, ...elsewhere].find((path) => existsSync(path));
}

/** @param {NodeJS.ProcessEnv} env @returns {Promise<string>} */
async function installed(env) {
  const isRoot = process.getuid?.() === 0;
  const hasApt = (await run('apt-get', ['--version'])).ok;
  if (!isRoot || !hasApt) throw new SetupFault('there is no Chromium on this machine', byHand);
  chatter.say('installing Chromium (apt-get) ...');
  const startedAtMs = Date.now();
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  const [command = '', ...args] = install.split(' ');
  // An index that is too old names packages that are gone.
  const first = await run(command, args, quiet);
  if (!first.ok) {
    await run('apt-get', ['update'], quiet);
    const { ok, output } = await run(command, args, quiet);
    if (!ok) {
      throw new SetupFault(
        `apt-get failed:\n${output.trim().split('\n').slice(-6).join('\n')}`,
        byHand,
      );
    }
  }
  const path = found(env);
  if (path === undefined) throw new SetupFault('apt-get installed no Chromium', byHand);
  chatter.say(`Chromium installed in ${Math.round((Date.now() - startedAtMs) / 1000)} s`);
  return path;
}
