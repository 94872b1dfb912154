/** Finds a Chromium for the tests in a browser (named, on PATH), or installs Debian's where apt and the right to use it are there. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { debianCommand, installDebian } from './debian.mjs';
import { chatter, SetupFault } from './run.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const elsewhere = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const packages = ['chromium', 'fonts-dejavu-core'];
const byHand = `install one (Debian, as root: ${debianCommand(packages)}), or name one: export SLUICE_CHROMIUM=/path/to/chromium`;

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
  const startedAtMs = Date.now();
  const look = () => found(env);
  const path = await installDebian({ name: 'Chromium', packages, byHand, look }, env);
  chatter.say(`Chromium installed in ${Math.round((Date.now() - startedAtMs) / 1000)} s`);
  return path;
}
