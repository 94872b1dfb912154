/** Installs Debian's packages with apt, where it and the right to use it are there. */
import { chatter, run, SetupFault, tail } from './run.mjs';

const install = ['install', '-y', '--no-install-recommends'];

/** What somebody types who does it by hand. @param {readonly string[]} packages */
export function debianCommand(packages) {
  return ['apt-get', ...install, ...packages].join(' ');
}

/**
 * @template T
 * @param {object} wanted
 * @param {string} wanted.name of the program
 * @param {readonly string[]} wanted.packages
 * @param {string} wanted.byHand what to do where apt cannot
 * @param {() => T | undefined} wanted.look finds the program once it is there
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<T>} what `look` found
 */
export async function installDebian({ name, packages, byHand, look }, env) {
  const isRoot = process.getuid?.() === 0;
  const hasApt = (await run('apt-get', ['--version'])).ok;
  if (!isRoot || !hasApt) throw new SetupFault(`there is no ${name} on this machine`, byHand);
  chatter.say(`installing ${name} (apt-get) ...`);
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  const first = await run('apt-get', [...install, ...packages], quiet);
  // An index that is too old names packages that are gone.
  if (!first.ok) {
    await run('apt-get', ['update'], quiet);
    const { ok, output } = await run('apt-get', [...install, ...packages], quiet);
    if (!ok) throw new SetupFault(`apt-get failed:\n${tail(output)}`, byHand);
  }
  const found = look();
  if (found === undefined) throw new SetupFault(`apt-get installed no ${name}`, byHand);
  return found;
}
