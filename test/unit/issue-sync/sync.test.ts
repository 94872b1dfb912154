/** The sync as a whole over generated histories: it converges, loses no edit, writes nothing twice and can replay its trail. */
import assert from 'node:assert/strict';
import { runHistory } from '../../support/issue-sync/history.js';

const isFull = process.env.SLUICE_TEST_FULL !== undefined;
const count = Number(process.env.SLUICE_SYNC_HISTORIES ?? (isFull ? 100_000 : 2_000));
/** Another every day, so that runs of many days see many histories. */
const seed = Number(
  process.env.SLUICE_SYNC_SEED ?? Math.floor(Date.now() / 86_400_000) * 1_000_000,
);
/** Where files are pushed, and where they wait in a pull request: a quarter as many. */
const modes = { push: count, pull: Math.ceil(count / 4) } as const;
/** So many are told in full; the others by their seeds. */
const mostTold = 5;

describe('sync of issues', () => {
  for (const mode of ['push', 'pull'] as const) {
    const due = modes[mode];
    it(`keeps its promises in ${due} histories from seed ${seed} (${mode})`, async () => {
      const total = { passes: 0, crashes: 0, conflicts: 0, gaps: 0 };
      const told: string[] = [];
      const failed: number[] = [];
      const fromMs = Date.now();
      for (let at = 0; at < due; at += 1) {
        try {
          const end = await runHistory(seed + at, mode);
          for (const name of ['passes', 'crashes', 'conflicts', 'gaps'] as const)
            total[name] += end[name];
        } catch (error) {
          failed.push(seed + at);
          if (told.length < mostTold) told.push(error instanceof Error ? error.message : '');
        }
      }
      const tookS = Math.round((Date.now() - fromMs) / 1000);
      const counts = { mode, seed, histories: due, failed: failed.length, tookS, ...total };
      console.log(`      ${JSON.stringify({ ...counts, seeds: failed.slice(0, 100) })}`);
      assert.deepEqual(failed, [], told.join('\n\n'));
    }).timeout(isFull ? 14_400_000 : 600_000);
  }
});
