/** A recorded verdict recomputed: equal bit for bit, and different as soon as a sample that counts is. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readEvidenceRecord } from '../../../src/domain/analysis/record-schema.js';
import { type EvidenceRecord, replayRecord } from '../../../src/domain/analysis/replay.js';
import { recordOf } from '../../support/recorded-verdict.js';
import { counters, look, missedLook, policy, step } from './looks.js';

const failing = [
  look(0, {}),
  look(1, { requests: 20, errors: 1 }),
  missedLook(2),
  look(3, { requests: 60, errors: 30 }),
];

function recorded(looks = failing): EvidenceRecord {
  const record = recordOf({ looks, step: step(), health: policy, judgedAfterMs: 7 });
  assert.ok(record);
  return record;
}

/** A copy with one value changed by hand, as somebody could in a file. */
function changed(
  path: readonly (string | number)[],
  change: (value: unknown) => unknown,
): EvidenceRecord {
  const copy = structuredClone(recorded());
  let parent: unknown = copy;
  for (const key of path.slice(0, -1)) parent = (parent as Record<string, unknown>)[key];
  const [key = ''] = path.slice(-1);
  const held = parent as Record<string, unknown>;
  assert.ok(key in held, `there is no ${path.join('.')}`);
  held[key] = change(held[key]);
  return copy;
}

describe('replayed verdicts', () => {
  it('whatever was seen, and however few looks are kept, the verdict comes out bit for bit', () => {
    const one = fc.record({
      requests: fc.integer({ min: 0, max: 40 }),
      bad: fc.integer({ min: 0, max: 3 }),
      slow: fc.integer({ min: 0, max: 2 }),
      isMissed: fc.boolean(),
      gapMs: fc.integer({ min: 100, max: 2_500 }),
    });
    let verdicts = 0;
    let compared = 0;
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 20, maxLength: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 50 }),
        (seen, kept, judgedAfterMs) => {
          let atS = 0;
          const sum = { requests: 0, errors: 0, slow: 0 };
          const looks = seen.map(({ requests, bad, slow, isMissed, gapMs }) => {
            atS += gapMs / 1000;
            sum.requests += requests;
            sum.errors += Math.min(bad, requests);
            sum.slow += Math.min(slow, requests);
            if (isMissed) return missedLook(atS);
            const stable = { ...sum, instance: 'b', requests: 9 * sum.requests };
            return {
              ...look(atS, sum),
              stable: { revision: 'stable', instances: [counters(stable)] },
            };
          });
          const record = recordOf({ looks, step: step(), health: policy, kept, judgedAfterMs });
          if (record === null) return;
          verdicts++;
          if (record.from.comparison?.keys) compared++;
          assert.deepEqual(readEvidenceRecord(record).issues, []);
          const { equal, differences, recomputed } = replayRecord(record);
          assert.deepEqual(differences, []);
          assert.equal(equal, true);
          assert.deepEqual(recomputed, record.verdict);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
    assert.ok(verdicts > 100, `only ${verdicts} verdicts`);
    assert.ok(compared > 20, `only ${compared} in the midst of a comparison`);
  });

  it('one more error in one sample is found, with the value that it changes', () => {
    const errors = ['observations', 3, 'candidate', 'instances', 0, 'errors'];
    const planted = changed(errors, (seen) => Number(seen) + 1);
    const { equal, differences } = replayRecord(planted);
    assert.equal(equal, false);
    assert.deepEqual(
      differences.find(({ path }) => path === 'evidence[0].bad'),
      { path: 'evidence[0].bad', recorded: '29', recomputed: '30' },
    );
  });

  it('a verdict that was written by hand is found, and so is one that nothing led to', () => {
    const flipped = replayRecord(changed(['verdict', 'kind'], () => 'pass'));
    assert.deepEqual(flipped.differences, [
      { path: 'kind', recorded: '"pass"', recomputed: '"fail"' },
    ]);
    const two = changed(['observations'], (all) => (all as unknown[]).slice(0, 2));
    const unfounded = replayRecord(two);
    assert.equal(unfounded.recomputed, null);
    assert.equal(unfounded.differences[0]?.path, 'verdict');
  });

  it('the smallest number that is another one counts', () => {
    const path = ['verdict', 'evidence', 0, 'eValue'];
    const { differences } = replayRecord(changed(path, (e) => Number(e) * (1 + Number.EPSILON)));
    assert.deepEqual(
      differences.map(({ path }) => path),
      ['evidence[0].eValue'],
    );
  });
});
