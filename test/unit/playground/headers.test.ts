/** Headers of the message pass the proxy, headers of the connection do not. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { requestHeaders, responseHeaders } from '../../../src/playground/headers.js';

const request = (rawHeaders: string[]) =>
  ({
    rawHeaders,
    headers: { host: 'shop.test' },
    socket: { remoteAddress: '127.0.0.1' },
  }) as unknown as IncomingMessage;
const asBuffers = (headers: string[]) => headers.map((part) => Buffer.from(part, 'latin1'));

describe('headers through the proxy', () => {
  it('keeps case, order and repetition, and drops what belongs to the connection', () => {
    const sent = requestHeaders(
      request([
        'Host',
        'shop.test',
        'Connection',
        'keep-alive, X-Hop',
        'X-Hop',
        '1',
        'Cookie',
        'a=1',
        'Cookie',
        'b=2',
        'TE',
        'trailers',
        'Expect',
        '100-continue',
      ]),
    );
    const names = sent.filter((_, at) => at % 2 === 0);
    assert.deepEqual(sent.slice(0, 6), ['Host', 'shop.test', 'Cookie', 'a=1', 'Cookie', 'b=2']);
    assert.ok(
      names.slice(3).every((name) => name.startsWith('x-forwarded-')),
      names.join(),
    );
  });

  it('says itself where a request comes from', () => {
    const sent = requestHeaders(
      request(['X-Forwarded-For', '6.6.6.6', 'X-Forwarded-Host', 'evil']),
    );
    assert.deepEqual(sent, [
      'x-forwarded-for',
      '127.0.0.1',
      'x-forwarded-proto',
      'http',
      'x-forwarded-host',
      'shop.test',
    ]);
  });

  it('says itself who answered, and leaves bytes as they are', () => {
    const from = { revision: '1.0.0-aaaaaaaa', instance: 'i-1' };
    const answered = responseHeaders(
      asBuffers([
        'Set-Cookie',
        'a=1',
        'Set-Cookie',
        'b=2',
        'X-Name',
        'caf\u00e9',
        'X-Sluice-Revision',
        'forged',
        'Transfer-Encoding',
        'chunked',
      ]),
      from,
    );
    assert.deepEqual(answered, [
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
      'X-Name',
      'caf\u00e9',
      'x-sluice-revision',
      from.revision,
      'x-sluice-instance',
      from.instance,
    ]);
  });
});
