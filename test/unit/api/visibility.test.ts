/** Visibility queries: whatever a value holds, it stays a value. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  attributeIn,
  attributeIs,
  attributeIsSet,
  isRunning,
  typeIs,
  whereAll,
} from '../../../src/api/visibility.js';
import { needsAttentionKey, serviceKey } from '../../../src/workflows/search-attributes.js';

describe('visibility queries', () => {
  it('join their conditions', () => {
    const query = whereAll([
      typeIs('ownTarget'),
      isRunning,
      ...attributeIs(serviceKey, 'checkout'),
    ]);
    assert.equal(
      query,
      '`WorkflowType` = "ownTarget" AND `ExecutionStatus` = "Running" AND `Service` = "checkout"',
    );
    assert.deepEqual(attributeIs(serviceKey, undefined), []);
    assert.equal(
      whereAll([
        ...attributeIn(serviceKey, ['a', 'b"']),
        ...attributeIn(serviceKey, null),
        ...attributeIsSet(needsAttentionKey, true),
        ...attributeIsSet(serviceKey, false),
      ]),
      '`Service` IN ("a", "b\\"") AND `NeedsAttention` IS NOT NULL AND `Service` IS NULL',
    );
  });

  it('no value ends its own quotes', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const [, quoted = ''] =
          /^`Service` = (".*")$/s.exec(whereAll(attributeIs(serviceKey, value))) ?? [];
        let read = '';
        for (let at = 1; at < quoted.length - 1; at++) {
          assert.notEqual(quoted[at], '"');
          if (quoted[at] === '\\') at++;
          read += quoted[at];
        }
        assert.equal(read, value);
      }),
      { numRuns: 1000 },
    );
  });
});
