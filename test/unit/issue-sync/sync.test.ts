/** The sync as a whole over generated histories: it converges, loses no edit, writes nothing twice and can replay its trail. */
import { runHistory } from '../../support/issue-sync/history.js';

const isFull = process.env.SLUICE_TEST_FULL !== undefined;
const count = Number(process.env.SLUICE_SYNC_HISTORIES ?? (isFull ? 100_000 : 2_000));
/** Another every day, so that runs of many days see many histories. */
const seed = Number(
  process.env.SLUICE_SYNC_SEED ?? Math.floor(Date.now() / 86_400_000) * 1_000_000,
);

describe('sync of issues', () => {
  it(`keeps its promises in ${count} histories from seed ${seed}`, async () => {
    const total = { passes: 0, crashes: 0, conflicts: 0, gaps: 0 };
    for (let at = 0; at < count; at += 1) {
      const end = await runHistory(seed + at);
      for (const name of ['passes', 'crashes', 'conflicts', 'gaps'] as const)
        total[name] += end[name];
    }
    console.log(`      seed ${seed}: ${JSON.stringify(total)}`);
  }).timeout(isFull ? 14_400_000 : 600_000);
});
