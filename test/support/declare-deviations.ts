/** Leaves out what a contract asks of every platform and one cannot give, with the reason in the test's name. */
import assert from 'node:assert/strict';
import type { Suite } from 'mocha';

/** @param deviations reasons by title; one whose title no contract has is a fault */
export function declareDeviations(
  suite: Suite,
  deviations: Readonly<Record<string, string>>,
): void {
  const open = new Map(Object.entries(deviations));
  suite.eachTest((test) => {
    const reason = open.get(test.title);
    if (reason === undefined) return;
    open.delete(test.title);
    test.pending = true;
    test.title += ` (not here: ${reason})`;
  });
  assert.deepEqual([...open.keys()], [], 'deviations from what no contract says');
}
