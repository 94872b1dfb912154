/**
 * Adds the lockfile entries of other platforms' optional packages, which npm leaves out when it
 * installed here without them and which `npm ci` then misses on every machine. `--check` only tells.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * @typedef {object} Entry a package in package-lock.json
 * @property {string} [version]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {string[]} [os]
 * @property {Record<string, string>} [optionalDependencies]
 */

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'];

/** Platform packages carry their platform in the name: `@oxlint/binding-linux-arm-musleabihf`. @param {string} name */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined) return undefined;
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  const named = words.some((word) => /^(musl|gnu)/.test(word));
  return { cpu: [cpu], libc: os === 'linux' && named ? { libc: [libc] } : {}, os: [os] };
}

/**
 * @param {Record<string, Entry>} packages the lockfile's `packages`
 * @returns {Record<string, Entry>} the entries that are missing, by their path
 */
function missingEntries(packages) {
  /** @type {Record<string, Entry>} */
  const missing = {};
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const nested = `${path}/node_modules/${name}`;
      const top = `node_modules/${name}`;
      const platform = platformOf(name);
      if (nested in packages || top in packages || platform === undefined) continue;
      const { cpu, libc, os } = platform;
      // The order of npm's own entries, so that its next run changes nothing.
      const dev = entry.dev ? { dev: true } : {};
      missing[top] = { version, cpu, ...dev, ...libc, optional: true, os };
    }
  }
  return missing;
}

const file = 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingEntries(lock.packages);
const names = Object.keys(missing);
if (process.argv.includes('--check')) {
  for (const name of names) console.error(`package-lock.json lacks ${name}`);
  if (names.length > 0) console.error('mend with: node scripts/complete-lockfile.mjs');
  process.exitCode = names.length > 0 ? 1 : 0;
} else {
  const entries = Object.entries({ ...lock.packages, ...missing });
  entries.sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(entries);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`added ${names.length} entries to package-lock.json`);
}
