/**
 * `npm run compare:sync`: every case with our own sync and with a careless tool, as a table; `--json`; `--case comment` for those. With
 * `--driver <module>` also another tool: it exports `createDriver()`, which answers a ToolDriver.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createCarelessDriver } from './careless-driver.js';
import type { Verdict } from './case.js';
import { comparedCases } from './cases.js';
import type { ToolDriver } from './driver.js';
import { createSluiceDriver } from './sluice-driver.js';
import { tryCase } from './stage.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    case: { type: 'string', default: '' },
    driver: { type: 'string', multiple: true },
  },
});

interface DriverModule {
  createDriver(): Promise<ToolDriver> | ToolDriver;
}

const drivers: ToolDriver[] = [await createSluiceDriver(), createCarelessDriver()];
for (const path of values.driver ?? []) {
  const module = (await import(pathToFileURL(resolve(path)).href)) as DriverModule;
  drivers.push(await module.createDriver());
}

const rows: { name: string; holds: string; elsewhere: string | null; verdicts: Verdict[] }[] = [];
for (const one of comparedCases.filter(({ name }) => name.includes(values.case))) {
  const verdicts: Verdict[] = [];
  for (const driver of drivers) verdicts.push(await tryCase(driver, one));
  const { name, holds, elsewhere } = one;
  rows.push({ name, holds, elsewhere, verdicts });
}
for (const driver of drivers) await driver.stop();

if (values.json) {
  const tools = drivers.map(({ name, version }) => ({ name, version }));
  process.stdout.write(`${JSON.stringify({ tools, rows })}\n`);
} else {
  const names = drivers.map(({ name }) => name).join(' | ');
  const lines = rows.map(
    ({ name, holds, verdicts }) =>
      `| ${name} | ${holds} | ${verdicts.map((verdict) => verdict.kind).join(' | ')} |`,
  );
  const ruler = '|---|---|'.concat('---|'.repeat(drivers.length));
  process.stdout.write(`| case | what must hold | ${names} |\n${ruler}\n${lines.join('\n')}\n`);
}
process.exit(0);
