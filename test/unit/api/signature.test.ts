/** Signatures of alerts: the right one alone is let in, for the very bytes, at about this time. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { requireSignature } from '../../../src/api/signature.js';
import { Failure } from '../../../src/domain/failures.js';

const secret = 'shared with whoever signs';
const nowMs = Date.parse('2026-01-01T00:00:00Z');
const check = { secret, toleranceMs: 300_000, nowMs };
const body = Buffer.from('{"version":"4"}');

const hmac = (seconds: number, bytes: Uint8Array, key = secret) =>
  createHmac('sha256', key).update(`${seconds}.`).update(bytes).digest('hex');
const sign = (seconds: number, bytes: Uint8Array = body, key = secret) =>
  `t=${seconds},v1=${hmac(seconds, bytes, key)}`;

function refusal(header: string, bytes: Uint8Array = body): string {
  try {
    requireSignature(
      header,
      [Buffer.from(bytes.subarray(0, 3)), Buffer.from(bytes.subarray(3))],
      check,
    );
  } catch (error) {
    assert.ok(error instanceof Failure && error.code === 'Unauthenticated');
    assert.ok(!JSON.stringify([error.message, error.details]).includes(secret));
    return error.message;
  }
  return 'let in';
}

describe('signature of a body', () => {
  const now = nowMs / 1000;
  const other = sign(now, body, 'another secret of them').split(',')[1];
  const rows: readonly [string, string, string][] = [
    ['of this moment', sign(now), 'let in'],
    ['of five minutes ago', sign(now - 300), 'let in'],
    ['of a clock five minutes ahead', sign(now + 300), 'let in'],
    ['older', sign(now - 301), 'The signature is too old, or ahead of our clock'],
    [
      'of a clock further ahead',
      sign(now + 301),
      'The signature is too old, or ahead of our clock',
    ],
    ['beside one of the secret before', `t=${now},${other},v1=${hmac(now, body)}`, 'let in'],
    ['of another secret', `t=${now},${other}`, 'The signature does not fit the body'],
    [
      'of another time',
      `t=${now},v1=${hmac(now - 1, body)}`,
      'The signature does not fit the body',
    ],
    ['without a time', `v1=${hmac(now, body)}`, 'The signature cannot be read'],
    ['with two times', `t=${now},${sign(now)}`, 'The signature cannot be read'],
    ['cut short', sign(now).slice(0, -1), 'The signature cannot be read'],
    ['of many guesses', `t=${now}${`,${other}`.repeat(5)}`, 'The signature cannot be read'],
    ['empty', '', 'The signature cannot be read'],
  ];
  for (const [name, header, want] of rows) {
    it(`${name}: ${want}`, () => assert.equal(refusal(header), want));
  }

  it('fits no other body', () => {
    const header = sign(now);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        fc.pre(!body.equals(bytes));
        assert.equal(refusal(header, bytes), 'The signature does not fit the body');
      }),
      { numRuns: 200 },
    );
  });
});
