/** What a verdict was measured by, read out of its record. */
import assert from 'node:assert/strict';
import { measuredBy } from '../../../src/domain/analysis/measured.js';
import { recordOf } from '../../support/recorded-verdict.js';
import { look, missedLook, policy, step } from './looks.js';

describe('measured', () => {
  it('is the query, the time at the weight, and what each look added', () => {
    const asked = (atS: number, sum: Parameters<typeof look>[1]) => {
      const one = look(atS, sum);
      return { ...one, candidate: { ...one.candidate, source: 'https://prometheus.test up' } };
    };
    const looks = [
      asked(0, {}),
      asked(1, { requests: 20, errors: 1 }),
      missedLook(2),
      asked(3, { requests: 60, errors: 30 }),
    ];
    const record = recordOf({ looks, step: step(), health: policy });
    assert.ok(record);
    const measured = measuredBy(record);
    assert.equal(measured.query, 'https://prometheus.test up');
    assert.deepEqual([measured.looks, measured.missed, measured.weight], [4, 1, record.weight]);
    assert.deepEqual(
      measured.points.map(({ candidate }) => candidate),
      [
        { requests: 20, errors: 1 },
        { requests: 40, errors: 29 },
      ],
    );
    assert.equal(measured.toMs - (measured.points[0]?.atMs ?? 0), 2000);
  });

  it('of looks that all failed is nothing but the time', () => {
    const looks = [look(0, {}), look(1, { requests: 90, errors: 90 })];
    const record = recordOf({ looks, step: step(), health: policy });
    assert.ok(record);
    const { query, points } = measuredBy({ ...record, observations: [missedLook(5)] });
    assert.deepEqual([query, points], [null, []]);
  });
});
