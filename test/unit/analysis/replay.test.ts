/** A recorded verdict recomputed: equal bit for bit, and different as soon as a sample that counts is. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readEvidenceRecord } from '../../../src/domain/analysis/record-schema.js';
import { type EvidenceRecord, replayRecord } from '../../../src/domain/analysis/replay.js';
import { recordOf } from '../../support/recorded-verdict.js';
import { look, missedLook, policy, step } from './looks.js';

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

type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> };

/** A copy that may be changed by hand, as somebody could in a file. */
function changed(change: (record: Mutable<EvidenceRecord>) => void): EvidenceRecord {
  const copy = structuredClone(recorded()) as Mutable<EvidenceRecord>;
  change(copy);
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
            return isMissed ? missedLook(atS) : look(atS, sum);
          });
          const record = recordOf({ looks, step: step(), health: policy, kept, judgedAfterMs });
          if (record === null) return;
          verdicts++;
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
  });

  it('one more error in one sample is found, with the value that it changes', () => {
    const planted = changed(({ observations }) => {
      const last = observations.at(-1);
      const instance = last && 'candidate' in last ? last.candidate.instances[0] : undefined;
      assert.ok(instance);
      instance.errors++;
    });
    const { equal, differences } = replayRecord(planted);
    assert.equal(equal, false);
    assert.deepEqual(
      differences.find(({ path }) => path === 'evidence[0].bad'),
      { path: 'evidence[0].bad', recorded: '29', recomputed: '30' },
    );
  });

  it('a verdict that was written by hand is found, and so is one that nothing led to', () => {
    const flipped = replayRecord(
      changed((record) => {
        record.verdict.kind = 'pass';
      }),
    );
    assert.deepEqual(flipped.differences, [
      { path: 'kind', recorded: '"pass"', recomputed: '"fail"' },
    ]);
    const unfounded = replayRecord(
      changed((record) => {
        record.observations = record.observations.slice(0, 2);
      }),
    );
    assert.equal(unfounded.recomputed, null);
    assert.equal(unfounded.differences[0]?.path, 'verdict');
  });

  it('the smallest number that is another one counts', () => {
    const { differences } = replayRecord(
      changed(({ verdict }) => {
        const [first] = verdict.evidence;
        assert.ok(first?.eValue);
        first.eValue *= 1 + Number.EPSILON;
      }),
    );
    assert.deepEqual(
      differences.map(({ path }) => path),
      ['evidence[0].eValue'],
    );
  });
});
