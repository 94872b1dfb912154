/** Requests that are meant to harm, byte by byte: each is refused with its status, and everybody else is served. */
import assert from 'node:assert/strict';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { type ApiUnderTest, digestA, secrets, serveApi } from '../../support/api-under-test.js';
import { cannedTemporal } from '../../support/canned-temporal.js';
import { statusesIn, writeRawUntilCut } from '../../support/raw-http.js';

type Part = string | Buffer;

const plan = JSON.stringify({ service: 'checkout', version: '1.0.0', digest: digestA });
const head = (...more: readonly string[]) =>
  [
    'POST /v1/plan HTTP/1.1',
    'Host: sluice',
    `Authorization: Bearer ${secrets.all}`,
    'Content-Type: application/json',
    ...more,
    '\r\n',
  ].join('\r\n');
const sized = (body: Part, ...more: readonly string[]): readonly Part[] => [
  head(`Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', ...more),
  body,
];
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const zeros = Buffer.alloc(50_000_000, '0');
const inside = `${plan.length.toString(16)}\r\n${plan}\r\n0\r\n\r\n`;
const smuggled = 'GET /healthz HTTP/1.1\r\nHost: sluice\r\n\r\n';

const requestMs = 1_500;
/** Of each row in order: the statuses of all answers until the connection is cut, and what is written. */
const rows: Readonly<Record<string, () => readonly [readonly number[], ...Part[]]>> = {
  'as it should be': () => [[200], ...sized(plan)],
  'in pieces, as it should be': () => [
    [200],
    head('Transfer-Encoding: chunked', 'Connection: close'),
    inside,
  ],
  '40,000 deep': () => [[413], ...sized(nested(40_000))],
  'as deep as fits into its bytes': () => [[413], ...sized(nested(131_072))],
  '40,000 deep in objects': () => [
    [413],
    ...sized(`${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`),
  ],
  'never closed': () => [[413], ...sized('['.repeat(200_000))],
  '50 MB of zeros in gzip': () => [[415], ...sized(gzipSync(zeros), 'Content-Encoding: gzip')],
  'the same in deflate': () => [[415], ...sized(deflateSync(zeros), 'Content-Encoding: deflate')],
  'the same in brotli': () => [
    [415],
    ...sized(brotliCompressSync(gzipSync(zeros)), 'Content-Encoding: br'),
  ],
  'packed twice': () => [[415], ...sized(gzipSync(plan), 'Content-Encoding: gzip, identity')],
  'of bytes that are no letters': () => [[400], ...sized(Buffer.from([0x7b, 0xff, 0x7d]))],
  'one byte at a piece': () => [
    [413],
    head('Transfer-Encoding: chunked'),
    '1\r\n \r\n'.repeat(200_000),
  ],
  'with a length and pieces': () => [
    [400],
    head(`Content-Length: ${inside.length}`, 'Transfer-Encoding: chunked'),
    inside,
    smuggled,
  ],
  'with two lengths': () => [
    [400],
    head(`Content-Length: ${plan.length}`, 'Content-Length: 0'),
    smuggled,
  ],
  'with the same length twice': () => [
    [400],
    head(`Content-Length: ${plan.length}`, `Content-Length: ${plan.length}`),
    plan,
  ],
  'with lengths in one line': () => [[400], head(`Content-Length: ${plan.length}, 0`), plan],
  'with a length that has a sign': () => [[400], head(`Content-Length: +${plan.length}`), plan],
  'with a length in hex': () => [[400], head('Content-Length: 0x10'), plan],
  'with a length below nothing': () => [[400], head('Content-Length: -1'), plan],
  'with a length in two lines': () => [[400], head('Content-Length: 1\r\n 0'), plan],
  'with a header in two lines': () => [[400], head('X-More: a\r\n\tb: c', 'Content-Length: 0')],
  'with a name that ends in a space': () => [
    [400],
    head('Transfer-Encoding : chunked', `Content-Length: ${inside.length}`),
    inside,
  ],
  'in pieces that nobody knows': () => [[400], head('Transfer-Encoding: xchunked'), inside],
  'in pieces, then in none': () => [[400], head('Transfer-Encoding: chunked, identity'), inside],
  'in pieces with two words for it': () => [
    [400],
    head('Transfer-Encoding: chunked', 'Transfer-Encoding: identity'),
    inside,
  ],
  'with lines that end in LF': () => [[400], head('Content-Length: 0').replaceAll('\r\n', '\n')],
  'with a CR alone in a header': () => [[400], head('X-More: a\rContent-Length: 5')],
  'with a NUL in a header': () => [[400], head('X-More: a\0b')],
  'with LF after the size of a piece': () => [
    [400],
    head('Transfer-Encoding: chunked'),
    inside.replace('\r\n', '\n'),
  ],
  'with a piece that is longer than it says': () => [
    [400],
    head('Transfer-Encoding: chunked'),
    `1\r\n${plan}\r\n0\r\n\r\n`,
  ],
  'with a piece longer than there are numbers': () => [
    [400],
    head('Transfer-Encoding: chunked'),
    `${'f'.repeat(40)}\r\n`,
  ],
  'with words without end beside a piece': () => [
    [413],
    head('Transfer-Encoding: chunked'),
    `1;${'x'.repeat(40_000)}\r\n{\r\n`,
  ],
  'for nobody': () => [[400], head('Content-Length: 0').replace('Host: sluice\r\n', '')],
  'for two': () => [[400], head('Host: other', 'Content-Length: 0', 'Connection: close')],
  'with a header of 20,000 letters': () => [[431], head(`X-More: ${'x'.repeat(20_000)}`)],
  'with a path of 20,000 letters': () => [[431], `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n`],
  'in one piece that never ends its headers': () => [[408], head().slice(0, -2)],
  'with less than it says': () => [[408], head(`Content-Length: ${plan.length + 9}`), plan],
  'with an expectation that nobody meets': () => [[417], ...sized(plan, 'Expect: miracles')],
  'as a tunnel': () => [[], 'CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n'],
};

describe(`a request that is meant to harm, ${Object.keys(rows).length} of them`, function () {
  this.timeout(20_000);
  let api: ApiUnderTest;
  before(async () => {
    api = await serveApi(cannedTemporal(), {}, { requestMs });
  });
  after(() => api.stop());
  afterEach(async () => {
    assert.equal((await api.call('GET', '/healthz', { token: null })).status, 200);
    assert.deepEqual(
      api.log.filter((line) => line.includes('unforeseen')),
      [],
    );
  });

  for (const [name, row] of Object.entries(rows)) {
    const [wanted] = row();
    it(`${name}: ${wanted.join(', ') || 'cut off'}`, async () => {
      const [, ...parts] = row();
      // One answer more than is wanted would be the one to what was smuggled in.
      const answer = await writeRawUntilCut(api.url, parts, wanted.length + 1);
      assert.deepEqual(statusesIn(answer), wanted, answer.slice(0, 400));
    });
  }
});
