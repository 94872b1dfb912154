/** A preview as lines for people, and its problems as sentences. */
import assert from 'node:assert/strict';
import {
  describeProblem,
  type PreviewProblem,
  printPreview,
} from '../../../src/domain/rollout/preview.js';

const problem: PreviewProblem = {
  ...{ code: 'QuotaShort', message: 'too few pods are left', where: 'ResourceQuota shop/small' },
  ...{ seen: '3', limit: '1', next: 'raise it' },
};

describe('printPreview', () => {
  it('shows what is made, changed and kept, then what is in the way and what is not known', () => {
    const lines = printPreview({
      changes: [
        {
          object: 'Deployment shop/new',
          action: 'create',
          comparedWith: 'Deployment shop/old',
          diff: [
            { path: 'spec.a', from: '1', to: '2' },
            { path: 'spec.b', from: null, to: '"x"' },
          ],
        },
        { object: 'Service shop/new', action: 'create', comparedWith: null, diff: [] },
        { object: 'HTTPRoute shop/a', action: 'keep', comparedWith: null, diff: [] },
      ],
      problems: [problem],
      notes: ['secrets were not looked at'],
    });
    assert.deepEqual(lines, [
      '+ Deployment shop/new, beside Deployment shop/old:',
      '    spec.a: 1 → 2',
      '    spec.b: — → "x"',
      '+ Service shop/new',
      '= HTTPRoute shop/a',
      '! QuotaShort: too few pods are left (seen 3, limit 1) at ResourceQuota shop/small',
      '    raise it',
      '? secrets were not looked at',
    ]);
  });

  it('is empty where nothing is known', () => {
    assert.deepEqual(printPreview({ changes: [], problems: [], notes: [] }), []);
  });
});

describe('describeProblem', () => {
  it('leaves out numbers that there are not', () => {
    assert.equal(
      describeProblem({ ...problem, seen: null, limit: null }),
      'QuotaShort: too few pods are left at ResourceQuota shop/small',
    );
  });
});
