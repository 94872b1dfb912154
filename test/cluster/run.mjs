/** Builds the Temporal server's programs once, then runs with them the command after `--`, the tests given, or all of a production. */
import { tellFault } from '../../scripts/setup/run.mjs';
import { launch } from '../../scripts/setup/launch.mjs';
import { buildParts } from '../bed/build.mjs';
import { temporalParts } from '../bed/parts.mjs';

const given = process.argv.slice(2);
const files = given.some((each) => each.endsWith('.ts')) ? [] : ['test/production/**/*.test.ts'];
const command = given[0] === '--' ? given.slice(1) : ['mocha', ...given, ...files];

try {
  const programs = await buildParts(temporalParts, process.env);
  await launch(command, {
    SLUICE_CLUSTER_PROGRAMS: JSON.stringify(programs),
  });
} catch (error) {
  tellFault(error);
}
