/** `npm run check`: every static check side by side; `npm run check -- lint types` runs some of them. */
import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { run } from './setup/run.mjs';

/** The tree that is checked is the working directory, so that a test can point the checks at another. @param {string} name */
const script = (name) => [process.execPath, fileURLToPath(new URL(`${name}.mjs`, import.meta.url))];

/** Longest first, so that no slow one is left over at the end. @type {Record<string, string[]>} */
const checks = {
  bundle: script('check/bundle'),
  types: ['tsc', '-p', '.'],
  'page-types': ['tsc', '-p', 'src/dashboard'],
  lint: ['oxlint', '--format', 'unix'],
  'dead-code': ['knip', '--no-progress', '--no-config-hints'],
  boundaries: script('check/boundaries'),
  format: ['biome', 'ci', '--colors=off', '.'],
  house: script('check/house'),
  lockfile: [...script('complete-lockfile'), '--check'],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in checks));
if (unknown.length > 0) {
  console.log(`no check ${unknown.join(', ')}; there are: ${Object.keys(checks).join(', ')}`);
  process.exit(2);
}

const queue = Object.entries(checks).filter(
  ([name]) => wanted.length === 0 || wanted.includes(name),
);
/** @type {{ name: string, ok: boolean, seconds: string }[]} */
const results = [];

async function work() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, [command = '', ...args]] = next;
    const startedAtMs = Date.now();
    const { ok, output } = await run(command, args);
    const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
    results.push({ name, ok, seconds });
    const text = output.trim();
    if (!ok) console.log(`--- ${name}\n${text || '(it said nothing)'}\n`);
    else if (text.startsWith('skipped')) console.log(`--- ${name}: ${text}\n`);
  }
}

const startedAtMs = Date.now();
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
for (const { name, ok, seconds } of results.sort((a, b) => a.name.localeCompare(b.name))) {
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(11)} ${seconds.padStart(5)} s`);
}
const failures = results
  .filter(({ ok }) => !ok)
  .map(({ name }) => ({ file: 'check', title: name, message: 'see above' }));
const failed = failures.length;
const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
console.log(`checks: ${results.length - failed} passed, ${failed} failed in ${seconds} s`);
const counts = process.env.SLUICE_COUNTS_FILE;
if (counts)
  appendFileSync(
    counts,
    `${JSON.stringify({ passed: results.length - failed, failed, failures })}\n`,
  );
process.exitCode = failed > 0 ? 1 : 0;
