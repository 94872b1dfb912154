/** `npm run bench:rollback`: with `--kubernetes` the measurement runs inside the test bed. */
import { launch } from '../../scripts/setup/launch.mjs';

const given = process.argv.slice(2);
const measurement = ['--import', 'tsx', 'test/bench/rollback.ts', ...given];
const inBed = ['test/bed/run.mjs', '--', process.execPath, ...measurement];
await launch(['node', ...(given.includes('--kubernetes') ? inBed : measurement)], {});
