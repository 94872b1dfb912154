/** Runs one suite at its full counts: `npm run test:full -- <suite>`; without a known suite it lists them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { launch } from './setup/launch.mjs';
import { root } from './setup/packages.mjs';

const suffix = '.test.ts';

/** @param {string} folder */
function testFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(folder, name))
    .sort();
}

/** A suite is a folder of tests, or one file of them that has counts to raise. */
function listSuites() {
  const tests = join(root, 'test');
  /** @type {Map<string, string[]>} */
  const suites = new Map();
  for (const file of testFiles(tests)) {
    const folder = relative(tests, file).split('/')[0] ?? '';
    suites.set(folder, [...(suites.get(folder) ?? []), file]);
    if (/SLUICE_TEST_FULL|crashRuns\(/.test(readFileSync(file, 'utf8'))) {
      suites.set(basename(file, suffix), [file]);
    }
  }
  // What it tries is the whole flow of the sync: by that name it is looked for.
  const flow = suites.get('issue-sync-crashes');
  if (flow !== undefined) suites.set('sync-flow', flow);
  return suites;
}

/** Suites that mocha does not run. */
const programs = new Map([['schemathesis', join('test', 'edge', 'schemathesis.ts')]]);

const [name, ...options] = process.argv.slice(2);
const suites = listSuites();
const program = programs.get(name ?? '');
const files = suites.get(name ?? '');
if (program !== undefined) {
  await launch(['node', '--import', 'tsx', program, ...options], { SLUICE_TEST_FULL: '1' });
} else if (files === undefined) {
  const names = [...suites.keys(), ...programs.keys()].sort().map((suite) => `  ${suite}`);
  console.error(name === undefined ? 'which suite?' : `there is no suite ${name}`);
  console.error(`npm run test:full -- <suite>, where suite is one of:\n${names.join('\n')}`);
  process.exitCode = 2;
} else {
  const areIn = (/** @type {string} */ folder) =>
    files.every((file) => relative(root, file).startsWith(join('test', folder)));
  const runners = { kubernetes: 'bed', production: 'cluster' };
  const found = Object.entries(runners).find(([folder]) => areIn(folder));
  const runner = found ? ['node', join(root, 'test', found[1], 'run.mjs')] : ['mocha'];
  await launch([...runner, ...options, ...files], { SLUICE_TEST_FULL: '1' });
}
