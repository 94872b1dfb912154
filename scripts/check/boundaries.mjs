/** Checks the import table over src/ with dependency-cruiser, and that the tool saw the files at all. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import config, { rooms } from '../../.dependency-cruiser.mjs';

// The options that dependency-cruiser gives to swc leave JSX out, and none of its own add it.
try {
  /** @type {typeof import('@swc/core')} */
  const swc = createRequire(import.meta.url)('@swc/core');
  const { parseFileSync } = swc;
  Object.assign(swc, {
    /** @param {string} file @param {object} options */
    parseFileSync: (file, options) =>
      parseFileSync(file, { ...options, syntax: 'typescript', tsx: file.endsWith('.tsx') }),
  });
} catch {
  // Without it nothing is seen, and that is told below.
}
const { cruise } = await import('dependency-cruiser');

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.tsx?$/.test(name),
);
const forbidden = config.forbidden ?? [];
const { output } = await cruise(['src'], {
  ...config.options,
  validate: true,
  ruleSet: { forbidden },
});
if (typeof output === 'string') throw new Error(output);

/** @type {string[]} */
const faults = [];
for (const { rule, from, to, cycle } of output.summary.violations) {
  const path = cycle === undefined ? to : cycle.map(({ name }) => name).join(' -> ');
  const comment = forbidden.find(({ name }) => name === rule.name)?.comment ?? '';
  faults.push(`${rule.name}: ${from} -> ${path}\n  ${comment}`);
}
for (const file of files) {
  if (!rooms.includes(file.split('/')[0] ?? '')) {
    faults.push(`unknown-room: src/${file}\n  The rooms are listed in .dependency-cruiser.mjs.`);
  }
}
// With its parser missing, dependency-cruiser praises a clean house because it looks at an empty one.
const modules = output.modules.filter((module) => module.source.startsWith('src/'));
const imports = modules.reduce((sum, module) => sum + module.dependencies.length, 0);
if (modules.length < files.length || imports < files.length / 2) {
  faults.push(
    `blind: ${modules.length} of ${files.length} files and ${imports} imports seen\n  Is @swc/core installed?`,
  );
}
for (const fault of new Set(faults)) console.error(fault);
console.log(`${modules.length} modules, ${imports} imports, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
