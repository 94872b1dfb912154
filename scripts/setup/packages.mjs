/** Installs the packages of package-lock.json when node_modules is missing or no longer matches it. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { chatter, run, SetupFault, tail } from './run.mjs';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const lockfile = join(root, 'package-lock.json');
const modules = join(root, 'node_modules');
const stamp = join(modules, '.sluice-stamp');

/** Refuses a Node that cannot run the project. */
export function ensureNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupFault(
    `Node ${version} is too old: Sluice needs 20.19 or newer`,
    'install a newer Node, for example: nvm install 24',
  );
}

/** Leaves node_modules as package-lock.json says; safe to run several times at once. */
export async function ensurePackages() {
  if (isFresh()) return chatter.detail('packages are up to date');
  mkdirSync(join(root, '.sluice'), { recursive: true });
  await withLock(join(root, '.sluice', 'setup.lock'), async () => {
    if (isFresh()) return;
    if (!matchesInstalled()) await install();
    writeFileSync(stamp, wantedStamp());
  });
}

function isFresh() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wantedStamp();
}

function wantedStamp() {
  const hash = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  return `${process.platform}-${process.arch} ${hash}\n`;
}

/**
 * Whether npm's own record of what it installed already agrees with the lockfile, so that a
 * developer's `npm install` is not thrown away and done again. npm writes that record last.
 */
function matchesInstalled() {
  const record = join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(lockfile, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

async function install() {
  chatter.say('installing packages (npm ci) ...');
  const startedAtMs = Date.now();
  const npm = process.env.npm_execpath ?? '';
  const [command, first] = npm.endsWith('npm-cli.js') ? [process.execPath, [npm]] : ['npm', []];
  // A production environment variable must not leave out the tools that run the TypeScript source.
  const args = [...first, 'ci', '--include=dev', '--prefer-offline', '--no-progress'];
  const { ok, output } = await run(command, args, { cwd: root });
  if (!ok) {
    throw new SetupFault(
      `npm ci failed:\n${errorsOf(output)}`,
      'mend the cause above (often the network), then run: npm ci',
    );
  }
  chatter.say(`packages installed in ${Math.round((Date.now() - startedAtMs) / 1000)} s`);
}

/** npm says what is wrong first and how to use it last. @param {string} output */
function errorsOf(output) {
  const errors = output.split('\n').filter((line) => /^npm error \S/.test(line));
  return errors.length > 0 ? errors.slice(0, 8).join('\n') : tail(output);
}
