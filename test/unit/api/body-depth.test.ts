/** How deep a body is nested is known before it is taken apart, and known rightly. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkBracketDepth } from '../../../src/api/limits.js';
import { Failure } from '../../../src/domain/failures.js';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function isTooDeep(text: string | readonly Buffer[], most: number): boolean {
  try {
    checkBracketDepth(typeof text === 'string' ? [Buffer.from(text)] : text, most);
    return false;
  } catch (error) {
    assert.ok(error instanceof Failure && error.code === 'PayloadTooLarge');
    return true;
  }
}

describe('the depth of a body', () => {
  it('is that of its value, whatever its texts hold and wherever its bytes are cut', () => {
    const awkward = fc.constantFrom('[[[{', ']]', '"', '\\', '\\"[', '🚀{', '');
    const value = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' });
    const seen = { over: 0, within: 0 };
    fc.assert(
      fc.property(
        value,
        awkward,
        fc.integer({ min: 1, max: 5 }),
        fc.nat(40),
        (json, key, most, cut) => {
          const whole = { [key]: [json, key] };
          const bytes = Buffer.from(JSON.stringify(whole));
          const isOver = depthOf(whole) > most;
          seen[isOver ? 'over' : 'within'] += 1;
          const parts = [bytes.subarray(0, cut), bytes.subarray(cut)];
          assert.equal(isTooDeep(parts, most), isOver, JSON.stringify(whole));
        },
      ),
      { numRuns: 2000 },
    );
    assert.ok(seen.over > 200 && seen.within > 200, JSON.stringify(seen));
  });

  it('is refused at the first bracket too many, before the rest is looked at', () => {
    function* blocks(): Generator<Buffer> {
      yield Buffer.from('['.repeat(33));
      assert.fail('the rest was looked at');
    }
    assert.throws(() => checkBracketDepth(blocks(), 32), { code: 'PayloadTooLarge' });
  });
});
