/** Which instance the errors come from: one that carries it all, or all of them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { reportExcess } from '../../../src/domain/analysis/instance-excess.js';

const stable = { requests: 10_000, bad: 15 };
const of = (...bad: number[]) =>
  bad.map((count, index) => ({ instance: `pod-${index}`, requests: 1000, bad: count }));

describe('excess of instances', () => {
  const rows = [
    { name: 'one of three', given: of(1, 30, 2), want: 'pod-1' },
    { name: 'all of three', given: of(12, 10, 11), want: null },
    { name: 'two of three', given: of(30, 30, 1), want: null },
    { name: 'one of two, told apart by stable', given: of(0, 30), want: 'pod-1' },
    { name: 'one alone has no siblings', given: of(30), want: null },
    { name: 'one worst by chance', given: of(3, 1, 2), want: null },
    { name: 'none', given: [], want: null },
    {
      name: 'an idle sibling is none',
      given: [...of(30), { instance: 'idle', requests: 0, bad: 0 }],
      want: null,
    },
  ];
  for (const { name, given, want } of rows) {
    it(name, () => assert.equal(reportExcess(given, stable).carriesAll, want));
  }

  it('tells what stable does not explain, worst first', () => {
    const { instances } = reportExcess(of(1, 30, 2), stable);
    assert.deepEqual(
      instances.map(({ instance, excess }) => [instance, excess]),
      [
        ['pod-1', 28.5],
        ['pod-2', 0.5],
        ['pod-0', -0.5],
      ],
    );
    assert.ok((instances[0]?.eValue ?? 0) > 1e6 && (instances[1]?.eValue ?? 1) < 0.01);
  });

  it('the order of instances does not matter', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 6 }), (bad) => {
        const report = reportExcess(of(...bad), stable);
        assert.deepEqual(reportExcess(of(...bad).reverse(), stable), report);
      }),
    );
  });
});
