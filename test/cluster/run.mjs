/** Builds the Temporal server's programs once, then runs what is given, or all tests of a production, with them. */
import { chatter, SetupFault } from '../../scripts/setup/run.mjs';
import { launch } from '../../scripts/setup/launch.mjs';
import { buildParts } from '../bed/build.mjs';
import { temporalParts } from '../bed/parts.mjs';

const given = process.argv.slice(2);
const files = given.some((each) => each.endsWith('.ts')) ? [] : ['test/production/**/*.test.ts'];

try {
  const programs = await buildParts(temporalParts, process.env);
  await launch(['mocha', ...given, ...files], {
    SLUICE_CLUSTER_PROGRAMS: JSON.stringify(programs),
  });
} catch (error) {
  if (!(error instanceof SetupFault)) throw error;
  chatter.say(`${error.message}\n${error.remedy.replace(/^/gm, '  ')}`);
  process.exitCode = 1;
}
