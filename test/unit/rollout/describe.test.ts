/** A rollout's details in the Temporal UI: evidence as bars, and where to see it live. */
import assert from 'node:assert/strict';
import type { Evidence, Verdict } from '../../../src/domain/analysis/verdict.js';
import { describeRollout } from '../../../src/domain/rollout/describe.js';
import { aRollout } from '../../support/views.js';

const evidence = (given: Partial<Evidence>): Evidence => ({
  check: 'errorsBesideStable',
  ...{ bad: 12, total: 400, limit: "stable's 0.5 %", seen: '3 %', eValue: 20, eLimit: 200 },
  sentence: 's',
  ...given,
});

function described(all: readonly Evidence[], outcome: 'promoted' | null = null): string {
  const verdict: Verdict = {
    ...{ kind: 'pass', undecided: null, reason: 'fine', atMs: 0, looks: 1, missedLooks: 0 },
    evidence: all,
  };
  return describeRollout(aRollout({ verdict, outcome }));
}

describe('details of a rollout', () => {
  it('show E of each check on its way to its limit, and what was counted', () => {
    const lines = described([
      evidence({}),
      evidence({ check: 'errorRate', eValue: 5e4, eLimit: 100 }),
      evidence({ check: 'latencyP95', eValue: 0.01, eLimit: 100 }),
      evidence({ check: 'restarts', bad: null, total: null, eValue: null, eLimit: null }),
    ]).split('\n');
    const rows = lines.filter((line) => /^\| \w/.test(line));
    assert.deepEqual(rows, [
      '| last verdict | evidence | E | seen | limit |',
      "| errorsBesideStable | █████░░░░░ | 20.0 of 200 | 3 % (12 of 400) | stable's 0.5 % |",
      "| errorRate | ██████████ | 5.00e+4 of 100 | 3 % (12 of 400) | stable's 0.5 % |",
      "| latencyP95 | ░░░░░░░░░░ | 0.0100 of 100 | 3 % (12 of 400) | stable's 0.5 % |",
      "| restarts |  |  | 3 % | stable's 0.5 % |",
    ]);
  });

  it('name the command that shows the evidence live, while there is any', () => {
    assert.match(described([]), /\*\*live\*\* .*`sluice watch checkout\/production#3`/);
    assert.doesNotMatch(described([], 'promoted'), /live/);
  });
});
