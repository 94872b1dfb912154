/** Durations as people write them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDuration, parseDuration, readDuration } from '../../src/domain/time.js';

describe('durations', () => {
  const rows: [string, number | null][] = [
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['0s', 0],
    ['PT10M', 600_000],
    ['PT0.5S', 500],
    ['P7D', 604_800_000],
    ['P1DT2H3M4S', 93_784_000],
    ['', null],
    ['10', null],
    ['ten', null],
    ['-1s', null],
    ['1s ', null],
    ['1S', null],
    ['1w', null],
    ['P', null],
    ['PT', null],
    ['P1M', null],
    ['pt10m', null],
    ['1e3s', null],
  ];
  for (const [given, want] of rows) {
    it(`"${given}" is ${want === null ? 'none' : `${want} ms`}`, () => {
      assert.equal(readDuration(given), want);
    });
  }

  const formatted: [number, string][] = [
    [0, '0s'],
    [1, '1ms'],
    [1_500, '1s500ms'],
    [90_000, '1m30s'],
    [604_800_000, '7d'],
  ];
  for (const [given, want] of formatted) {
    it(`${given} ms is written ${want}`, () => assert.equal(formatDuration(given), want));
  }

  it('read back what they were written as', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 11 }), (ms) => {
        assert.equal(readDuration(formatDuration(ms)), ms);
      }),
    );
  });

  it('that are none are refused with the field and what to write', () => {
    assert.throws(() => parseDuration('soon', 'steps[1].for'), {
      code: 'InvalidInput',
      details: {
        where: 'steps[1].for',
        seen: 'soon',
        next: 'write a duration such as 500ms, 30s, 10m, 1h30m, 7d or PT10M',
      },
    });
    assert.equal(parseDuration('2m', 'x'), 120_000);
  });
});
