/** Suites of the matrix of refusals: a change tries a third of their tests, in turn by a seed; SLUICE_TEST_FULL tries all. */
import type { Suite } from 'mocha';
import { describeOnBed } from './describe-kubernetes.js';

const seed = Number(process.env['SLUICE_TEST_SEED'] ?? Date.now() % 2 ** 31);
const isFull = process.env['SLUICE_TEST_FULL'] === '1';
const turns = 3;
let tests = 0;

export function describeRefusals(title: string, body: (this: Suite) => void): void {
  const share = isFull ? 'all' : `a third, SLUICE_TEST_SEED=${seed}`;
  describeOnBed(`refusals: ${title} (${share})`, function () {
    body.call(this);
    for (const test of this.tests) {
      tests += 1;
      test.pending = !isFull && (tests + seed) % turns !== 0;
    }
  });
}
