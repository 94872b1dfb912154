/** Every odd way to bring a webhook, and what is answered to it: rows for the test of the edge. */
import { createHmac, randomUUID } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { webhookSecret } from '../../support/api-under-test.js';
import { pushOf, type Sending, signed } from '../../support/webhook-sender.js';

export interface WebhookCase {
  readonly name: string;
  readonly sending: Sending;
  /** Status, and the code of the problem or the result. */
  readonly want: readonly [status: number, said: string];
}

const body = JSON.stringify(pushOf('main'));
const bytes = Buffer.from(body);
const hex = signed(body).slice(7);
const hmac = (algorithm: string, over: string | Buffer = body, key = webhookSecret) =>
  createHmac(algorithm, key).update(over);

const unauthenticated = [401, 'Unauthenticated'] as const;
const invalid = [400, 'InvalidInput'] as const;
const unsupported = [415, 'UnsupportedMediaType'] as const;
const wrongMethod = [405, 'MethodNotAllowed'] as const;
const accepted = [202, 'accepted'] as const;
const ignored = [202, 'ignored'] as const;

type Want = WebhookCase['want'];
type Rows = Readonly<Record<string, readonly [sending: Sending, want: Want]>>;

const header = (name: string, value: string | readonly string[] | null): Sending => ({
  body,
  headers: { [name]: value },
});
const signature = (value: string | readonly string[] | null) =>
  header('x-hub-signature-256', value);
const flipped = Buffer.from(bytes);
flipped.writeUInt8((flipped[flipped.length - 2] ?? 0) ^ 1, flipped.length - 2);

const signatures: Rows = {
  'that fits': [{}, accepted],
  'in capital digits': [signature(`sha256=${hex.toUpperCase()}`), accepted],
  'with spaces around it, which HTTP takes away': [signature(`  ${signed(body)} `), accepted],
  'with a capital prefix': [signature(`SHA256=${hex}`), unauthenticated],
  'that is missing': [signature(null), unauthenticated],
  'that is empty': [signature(''), unauthenticated],
  'without its prefix': [signature(hex), unauthenticated],
  'with its prefix alone': [signature('sha256='), unauthenticated],
  'with its prefix twice': [signature(`sha256=sha256=${hex}`), unauthenticated],
  'with a space after the prefix': [signature(`sha256= ${hex}`), unauthenticated],
  'one digit short': [signature(`sha256=${hex.slice(1)}`), unauthenticated],
  'one byte long': [signature(`sha256=${hex}00`), unauthenticated],
  'of zeros': [signature(`sha256=${'0'.repeat(64)}`), unauthenticated],
  'of no digits': [signature(`sha256=${'z'.repeat(64)}`), unauthenticated],
  'with other digits of Unicode': [signature(`sha256=${'\u00b2'.repeat(64)}`), unauthenticated],
  'with its last digit changed': [
    signature(signed(body).replace(/.$/, (last) => (last === '0' ? '1' : '0'))),
    unauthenticated,
  ],
  'in base64': [signature(`sha256=${hmac('sha256').digest('base64')}`), unauthenticated],
  'by SHA-1': [signature(`sha1=${hmac('sha1').digest('hex')}`), unauthenticated],
  'by SHA-1 under the name of SHA-256': [
    signature(`sha256=${hmac('sha1').digest('hex')}`),
    unauthenticated,
  ],
  'by SHA-512': [signature(`sha512=${hmac('sha512').digest('hex')}`), unauthenticated],
  'of the SHA-256 without a key': [
    signature(`sha256=${hmac('sha256', body, '').digest('hex')}`),
    unauthenticated,
  ],
  'under the old header alone': [
    {
      body,
      headers: {
        'x-hub-signature-256': null,
        'x-hub-signature': `sha1=${hmac('sha1').digest('hex')}`,
      },
    },
    unauthenticated,
  ],
  'as a token': [
    { body, headers: { 'x-hub-signature-256': null, authorization: `Bearer ${webhookSecret}` } },
    unauthenticated,
  ],
  'in the address': [
    { body, headers: { 'x-hub-signature-256': null }, query: `?signature=${signed(body)}` },
    unauthenticated,
  ],
  twice: [signature([signed(body), signed(body)]), unauthenticated],
  'beside a guess': [signature([`sha256=${'0'.repeat(64)}`, signed(body)]), unauthenticated],
  'of another secret': [{ body, secret: 'another secret altogether' }, unauthenticated],
  'of the secret with a line end': [{ body, secret: `${webhookSecret}\n` }, unauthenticated],
  'of another body': [signature(signed(`${body} `)), unauthenticated],
  'of the body before a bit of it flipped': [
    { body: flipped, headers: { 'x-hub-signature-256': signed(body) } },
    unauthenticated,
  ],
  'of the body as it is read and written again': [
    {
      body: JSON.stringify(pushOf('main'), null, 2),
      headers: { 'x-hub-signature-256': signed(body) },
    },
    unauthenticated,
  ],
  'of an empty body over a full one': [signature(signed('')), unauthenticated],
  'of a full body over an empty one': [
    { body: '', headers: { 'x-hub-signature-256': signed(body) } },
    unauthenticated,
  ],
  'of the uncompressed bytes of a compressed body': [
    {
      body: gzipSync(body),
      headers: { 'x-hub-signature-256': signed(body), 'content-encoding': 'gzip' },
    },
    unsupported,
  ],
};

const eventHeader = (value: string | readonly string[] | null) => header('x-github-event', value);
const guidHeader = (value: string | readonly string[] | null) => header('x-github-delivery', value);
const headers: Rows = {
  'no event': [eventHeader(null), invalid],
  'an empty event': [eventHeader(''), invalid],
  'an event in capitals': [eventHeader('PUSH'), invalid],
  'an event of 65 letters': [eventHeader('a'.repeat(65)), invalid],
  'an event of the prototype': [eventHeader('__proto__'), invalid],
  'a constructor for an event': [eventHeader('constructor'), ignored],
  'the event twice': [eventHeader(['push', 'push']), invalid],
  'an event that is a path': [eventHeader('../push'), invalid],
  'an event nobody knows': [eventHeader('brand_new_event'), ignored],
  'an event of an organisation': [eventHeader('organization'), ignored],
  'a ping': [eventHeader('ping'), ignored],
  'no GUID': [guidHeader(null), invalid],
  'an empty GUID': [guidHeader(''), invalid],
  'a GUID of 7 letters': [guidHeader('a'.repeat(7)), invalid],
  'a GUID of 65 letters': [guidHeader('a'.repeat(65)), invalid],
  'a GUID with a colon, which parts workflow ids': [guidHeader(`${randomUUID()}:x`), invalid],
  'a GUID that is a path': [guidHeader('../../../../etc/passwd'), invalid],
  'a GUID with a percent sign': [guidHeader('aaaa%2Fbbbb'), invalid],
  'two GUIDs': [guidHeader([randomUUID(), randomUUID()]), invalid],
  'a host that is a lie': [header('host', 'evil.example'), accepted],
  'a forwarded address': [header('x-forwarded-for', '140.82.112.1, 10.0.0.1'), accepted],
  'a method written over': [header('x-http-method-override', 'DELETE'), accepted],
  'an unknown expectation': [header('expect', 'a miracle'), [417, '']],
};

const typeHeader = (value: string | null) => header('content-type', value);
const types: Rows = {
  'with the charset': [typeHeader('application/json; charset=utf-8'), accepted],
  'with the charset in capitals and quotes': [
    typeHeader('Application/JSON;Charset="UTF-8"'),
    accepted,
  ],
  'with another parameter': [typeHeader('application/json; version=1'), accepted],
  'with an empty parameter': [typeHeader('application/json ;'), accepted],
  'in Latin-1': [typeHeader('application/json; charset=iso-8859-1'), unsupported],
  'in UTF-16': [typeHeader('application/json; charset=utf-16le'), unsupported],
  'in no charset there is': [typeHeader('application/json; charset=klingon'), unsupported],
  'that is missing': [typeHeader(null), unsupported],
  'that is empty': [typeHeader(''), unsupported],
  'of text': [typeHeader('text/plain'), unsupported],
  'of text that is JSON': [typeHeader('text/json'), unsupported],
  'of a media type of GitHub': [typeHeader('application/vnd.github+json'), unsupported],
  'that only begins like JSON': [typeHeader('application/jsonp'), unsupported],
  'of a list of types': [typeHeader('text/html, application/json'), unsupported],
  'of a form, which GitHub sends when it is not told otherwise': [
    {
      body: `payload=${encodeURIComponent(body)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    unsupported,
  ],
  'of a form in parts': [typeHeader('multipart/form-data; boundary=x'), unsupported],
};

const encoded = (encoding: string, given: string | Buffer = body): Sending => ({
  body: given,
  headers: { 'content-encoding': encoding },
});
const encodings: Rows = {
  identity: [encoded('identity'), accepted],
  'IDENTITY in capitals': [encoded('IDENTITY'), accepted],
  gzip: [encoded('gzip', gzipSync(body)), unsupported],
  'gzip of what is none': [encoded('gzip'), unsupported],
  'gzip of a bomb': [encoded('gzip', gzipSync(Buffer.alloc(50_000_000))), unsupported],
  deflate: [encoded('deflate', deflateSync(body)), unsupported],
  br: [encoded('br', brotliCompressSync(body)), unsupported],
  'gzip twice': [encoded('gzip, gzip', gzipSync(gzipSync(body))), unsupported],
  'nothing anybody knows': [encoded('zip'), unsupported],
};

const text = (given: string | Uint8Array): Sending => ({ body: given });
const bodies: Rows = {
  'that is empty': [text(''), invalid],
  'of spaces': [text('   '), invalid],
  'that breaks off': [text(body.slice(0, -1)), invalid],
  'with more behind it': [text(`${body}x`), invalid],
  'of two values': [text('{} {}'), invalid],
  'in single quotes': [text("{'a': 1}"), invalid],
  'with a comment': [text('{} // a'), invalid],
  'of NaN': [text('NaN'), invalid],
  'with a bare line end in a text': [text('{"a":"\n"}'), invalid],
  'with a zero byte': [text('{"a":"\0"}'), invalid],
  'that is not UTF-8': [text(Buffer.from('{"a":"\xff\xfe"}', 'latin1')), invalid],
  'with an overlong letter': [text(Buffer.from('{"a":"\xc0\xaf"}', 'latin1')), invalid],
  'with half a surrogate in bytes': [text(Buffer.from('{"a":"\xed\xa0\x80"}', 'latin1')), invalid],
  'cut inside a letter': [text(Buffer.from('{"a":"ü').subarray(0, -1)), invalid],
  'in UTF-16': [text(Buffer.from(body, 'utf16le')), invalid],
  'with a mark of order': [text(`\uFEFF${body}`), accepted],
  'with two marks of order': [text(`\uFEFF\uFEFF${body}`), invalid],
  'with spaces all over': [text(`\r\n ${JSON.stringify(pushOf('main'), null, '\t')} \n`), accepted],
  'with escapes for letters': [text(body.replace('refs', '\\u0072efs')), accepted],
  'with half a surrogate as an escape': [text('{"ref":"\\ud800"}'), ignored],
  'with the same key twice': [text(body.replace('{', '{"ref":"refs/heads/other",')), accepted],
  'of null': [text('null'), ignored],
  'of a number': [text('-0'), ignored],
  'of a number beyond all bounds': [text('1e999999'), ignored],
  'of a text': [text('"refs/heads/main"'), ignored],
  'of a list': [text(`[${body}]`), ignored],
  'of lists in lists, 100,000 deep': [
    text(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    ignored,
  ],
  'of objects in objects, 50,000 deep': [
    text(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`),
    ignored,
  ],
  'that reaches for the prototype': [
    text('{"__proto__":{"repository":{"full_name":"acme/shop"},"ref":"refs/heads/main"}}'),
    ignored,
  ],
  'of a repository outside': [
    text(JSON.stringify({ ...pushOf('main'), repository: { full_name: '../../etc' } })),
    ignored,
  ],
  'of a repository whose name is a list': [
    text(JSON.stringify({ ...pushOf('main'), repository: { full_name: ['acme/shop'] } })),
    ignored,
  ],
  'of a branch with letters of everywhere': [
    text(JSON.stringify(pushOf('日本語/ünï-🚀'))),
    accepted,
  ],
  'of 100,000 keys': [
    text(
      JSON.stringify({
        ...pushOf('main'),
        more: Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n])),
      }),
    ),
    accepted,
  ],
  'in pieces of one byte, without a length': [
    { body, chunked: 1, headers: { 'content-length': null } },
    accepted,
  ],
};

const methods: Rows = Object.fromEntries(
  ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].map((method) => [
    method,
    [{ body, method }, method === 'HEAD' ? [405, ''] : wrongMethod] as const,
  ]),
);

const groups = { signatures, headers, types, encodings, bodies, methods } as const;
const words: Readonly<Record<keyof typeof groups, string>> = {
  signatures: 'a signature',
  headers: 'a webhook with',
  types: 'a content type',
  encodings: 'an encoding of',
  bodies: 'a body',
  methods: 'the method',
};

export const webhookCases: readonly WebhookCase[] = (
  Object.keys(groups) as (keyof typeof groups)[]
).flatMap((group) =>
  Object.entries(groups[group]).map(([name, [sending, want]]) => ({
    ...{ name: `${words[group]} ${name}`, sending, want },
  })),
);
