/** History from CSV: both forms of columns, both kinds of values, and every fault with its line. */
import assert from 'node:assert/strict';
import { Failure } from '../../../src/domain/failures.js';
import { readHistoryCsv, readTime } from '../../../src/history/history-csv.js';
import { historyCsv } from '../../support/history-csv.js';

const counters = { values: 'counters' } as const;

function faultsOf(text: string, options = counters): readonly string[] {
  try {
    readHistoryCsv(text, 'h.csv', options);
  } catch (error) {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, 'InvalidInput');
    const { faults = [] } = error.details;
    return faults.map(({ where, message }) => `${where} ${message}`);
  }
  return [];
}

describe('history from CSV', () => {
  it('rows of one time are one look, whatever their order', () => {
    const text = [
      'time,side,instance,requests,errors,le_250,le_1000',
      '2026-01-15T12:00:15Z,stable,a,30,1,20,29',
      '2026-01-15T12:00:00Z,stable,a,10,0,8,10',
      '# a candidate joins',
      '2026-01-15T12:00:15Z,candidate,c,2,0,2,2',
      '',
    ].join('\n');
    const looks = readHistoryCsv(`\uFEFF${text}`, 'h.csv', counters);
    assert.deepEqual(
      looks.map(({ atMs, candidate, stable }) => [
        new Date(atMs).toISOString(),
        candidate.instances.length,
        stable?.instances[0]?.requests,
        stable?.instances[0]?.buckets.map(({ leMs, count }) => `${leMs}:${count}`).join(),
      ]),
      [
        ['2026-01-15T12:00:00.000Z', 0, 10, '250:8,1000:10'],
        ['2026-01-15T12:00:15.000Z', 1, 30, '250:20,1000:29'],
      ],
    );
  });

  it('increases say the same as the counters that they add up to', () => {
    const world = { seed: 3, factor: 5, looks: 60 };
    const counted = readHistoryCsv(historyCsv(world), 'h.csv', counters);
    const text = historyCsv({ ...world, values: 'increases' });
    const summed = readHistoryCsv(text, 'h.csv', { values: 'increases' });
    // One look before the first, at which everything is still zero.
    assert.equal(summed.length, counted.length + 1);
    for (const [n, { atMs, stable, candidate }] of counted.entries()) {
      const same = summed[n + 1];
      assert.equal(same?.atMs, atMs);
      assert.deepEqual(same?.stable, stable);
      if (candidate.instances.length > 0) assert.deepEqual(same?.candidate, candidate);
    }
    const requests = summed[0]?.stable?.instances.map((one) => one.requests);
    assert.deepEqual(requests, [0, 0]);
  });

  it('a column of revisions needs the candidate named, and stable only among several', () => {
    const text = historyCsv({ seed: 1, factor: 1, looks: 50, form: 'revision' });
    const looks = readHistoryCsv(text, 'h.csv', { ...counters, candidate: '2.0.0' });
    assert.equal(looks.at(-1)?.candidate.instances.length, 1);
    assert.equal(looks.at(-1)?.stable?.instances.length, 2);
    assert.throws(() => readHistoryCsv(text, 'h.csv', counters), /--candidate must name/);
    const three = `${text}2026-01-15T13:00:00Z,0.9.0,old,1,0,1,1,1\n`;
    const named = { ...counters, candidate: '2.0.0' };
    assert.throws(() => readHistoryCsv(three, 'h.csv', named), /--stable must name/);
    const both = { ...named, stable: '1.0.0' };
    assert.equal(readHistoryCsv(three, 'h.csv', both).length, 50);
  });

  it('times are RFC 3339, or epoch in seconds or milliseconds', () => {
    const atMs = Date.UTC(2026, 0, 15, 12);
    const written = ['2026-01-15T12:00:00Z', '2026-01-15 13:00+01:00', `${atMs}`, `${atMs / 1000}`];
    assert.deepEqual(written.map(readTime), [atMs, atMs, atMs, atMs]);
    // Without a zone a time could be any of twenty-four.
    assert.deepEqual(['2026-01-15T12:00:00', 'noon', ''].map(readTime), [null, null, null]);
  });

  it('says every fault with its line and column', () => {
    const head = 'time,side,requests,errors,le_100,le_500';
    const rows = [
      'noon,stable,10,0,5,10',
      '1000,stable,ten,0,5,10',
      '2000,stable,10,11,5,10',
      '3000,stable,10,1,6,5',
      '4000,stable,10,1,6,11',
      '5000,stable,10,1,6,7',
      '5000,stable,10,1,6,7',
    ];
    assert.deepEqual(faultsOf([head, ...rows].join('\n')), [
      'h.csv:2 time: "noon", allowed: RFC 3339, or epoch s or ms',
      'h.csv:3 requests: "ten", allowed: a whole number',
      'h.csv:4 errors: 11 of 10 requests',
      'h.csv:5 le_500: 5 is less than the 6 of the edge before',
      'h.csv:6 le_500: 11 of 10 requests',
      'h.csv:8 the same time, side and instance as in line 7',
    ]);
  });

  it('says what is wrong with the columns, with sides and with the form', () => {
    assert.deepEqual(faultsOf('time,requests,error\n1,2,3\n'), [
      'h.csv:1 unknown column "error", allowed: time, side or revision, instance, requests, errors, le_<ms>',
      'h.csv:1 the column errors is missing',
      'h.csv:1 the column side or revision is missing',
    ]);
    assert.deepEqual(faultsOf('time,side,requests,errors\n1,canary,1,0\n'), [
      'h.csv:2 side: "canary", allowed: candidate, stable',
    ]);
    assert.match(
      faultsOf('time,side,requests,errors\n1,stable,1\n')[0] ?? '',
      /^h\.csv:2 .*columns/i,
    );
    assert.deepEqual(faultsOf('time,side,requests,errors\n'), ['h.csv it has no rows']);
  });
});
