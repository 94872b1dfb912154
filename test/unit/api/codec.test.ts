/** The codec server: what Temporal keeps encrypted is told to those who may see it, by a token of ours or of the UI's sign-on. */
import assert from 'node:assert/strict';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { createUiIdentity } from '../../../src/adapters/jwt/ui-identity.js';
import { createPayloadCodec } from '../../../src/adapters/temporal/payload-codec.js';
import { identifyIn } from '../../../src/api/tokens.js';
import { hashToken, type StoredToken } from '../../../src/config/token-file.js';
import type { TokenScope } from '../../../src/domain/access/scope.js';
import { type ApiUnderTest, serveApi } from '../../support/api-under-test.js';
import { cannedTemporal } from '../../support/canned-temporal.js';
import { type JobIssuer, startJobIssuer } from '../../support/job-issuer.js';

const origin = 'https://temporal.example.test';
const audience = 'temporal';
const codec = createPayloadCodec(async () => [{ id: 'k', secret: new Uint8Array(32).fill(7) }]);
const secret = 'nobody may read this';

const token = (id: string, scopes: TokenScope[], more: Partial<StoredToken> = {}): StoredToken => ({
  ...{ id, owner: id, sha256: hashToken(`slc_${id}`), scopes },
  ...{ expiresAt: '2999-01-01T00:00:00Z', ...more },
});
const stored = [
  ...[token('looks', ['decode']), token('reads', ['read']), token('operates', ['operate'])],
  ...[token('all', ['admin']), token('cart', ['decode'], { services: ['cart'] })],
];

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const written = ({ metadata, data }: Payload) => ({
  metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([n, b]) => [n, text(b)])),
  data: text(data ?? new Uint8Array()),
});

describe('codec server', () => {
  let issuer: JobIssuer;
  let api: ApiUnderTest;
  let sealed: ReturnType<typeof written>;
  let plain: ReturnType<typeof written>;
  before(async () => {
    issuer = await startJobIssuer();
    const trust = { issuer: issuer.url, keysUrl: `${issuer.url}/.well-known/jwks`, audience };
    api = await serveApi(cannedTemporal(), {
      codec: {
        payloads: codec,
        access: async () => ({ ...trust, origin }),
        identity: createUiIdentity({ clock: Date.now, fetch }),
      },
      tokens: { identify: async (given) => identifyIn(stored, given, Date.now()) },
    });
    const payload = defaultPayloadConverter.toPayload({ secret }) as Payload;
    plain = written(payload);
    sealed = written((await codec.encode([payload]))[0] as Payload);
  });
  after(async () => {
    await api.stop();
    await issuer.stop();
  });

  const ask = (act: string, given: string | null, payload: object, headers = {}) =>
    api.call('POST', `/codec/${act}`, { token: given, body: { payloads: [payload] }, headers });
  const signed = (permissions: unknown, more = {}) =>
    issuer.sign({ aud: audience, sub: 'ann@example.test', permissions, ...more });

  it('decodes for a token that may, and passes over what is not encrypted', async () => {
    for (const payload of [sealed, plain]) {
      const answer = await ask('decode', 'slc_looks', payload, { 'x-namespace': 'default' });
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.body, { payloads: [plain] });
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    }
    assert.ok(!api.log.some((line) => line.includes(secret)));
    assert.ok(api.log.some((line) => line.includes('payloads were read')));
  });

  it('encodes for a token that commands, and only for such', async () => {
    const { status, body } = await ask('encode', 'slc_operates', plain);
    assert.equal(status, 200);
    const [first] = (body as { payloads: { data: string }[] }).payloads;
    assert.ok(!Buffer.from(first?.data ?? '', 'base64').includes(secret));
    assert.deepEqual((await ask('decode', 'slc_all', first ?? {})).body, { payloads: [plain] });
    assert.equal((await ask('encode', 'slc_looks', plain)).status, 403);
  });

  for (const [given, status] of [
    [null, 401],
    ['slc_unknown', 401],
    ['slc_reads', 403],
    ['slc_operates', 403],
    ['slc_cart', 403],
    ['not.a.token', 401],
  ] as const) {
    it(`tells nothing to ${given ?? 'no token'}`, async () => {
      const answer = await ask('decode', given, sealed);
      assert.equal(answer.status, status);
      assert.ok(!JSON.stringify(answer.body).includes(Buffer.from(secret).toString('base64')));
    });
  }

  it('knows users of the UI by their role in the namespace', async () => {
    const statusOf = async (act: string, permissions: unknown, more = {}) =>
      (await ask(act, await signed(permissions, more), sealed)).status;
    for (const role of ['default:read', 'default:Write', 'system:admin'])
      assert.equal(await statusOf('decode', [role]), 200, role);
    for (const role of ['default:worker', 'other:read', 'read'])
      assert.equal(await statusOf('decode', [role]), 403, role);
    assert.equal(await statusOf('decode', undefined), 403);
    assert.equal(await statusOf('encode', ['default:write']), 200);
    assert.equal(await statusOf('encode', ['default:read']), 403);
    const late = { exp: Math.floor(Date.now() / 1000) - 3600 };
    for (const wrong of [{ aud: 'others' }, { iss: 'https://others.test' }, late])
      assert.equal(await statusOf('decode', ['default:read'], wrong), 401);
  });

  it('answers for its own namespace alone', async () => {
    const answer = await ask('decode', 'slc_looks', sealed, { 'x-namespace': 'other' });
    assert.equal(answer.status, 404);
  });

  it('lets browsers ask from the UI and from nowhere else', async () => {
    const preflight = async (from: string) => {
      const headers = { origin: from, 'access-control-request-method': 'POST' };
      return fetch(`${api.url}/codec/decode`, { method: 'OPTIONS', headers });
    };
    const allowed = await preflight(origin);
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers.get('access-control-allow-origin'), origin);
    assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /X-Namespace/);
    const other = await preflight('https://evil.example.test');
    assert.equal(other.headers.get('access-control-allow-origin'), null);
    assert.equal(other.status, 405);
    const answer = await ask('decode', 'slc_looks', sealed, { origin });
    assert.equal(answer.headers.get('access-control-allow-origin'), origin);
    const denied = await ask('decode', null, sealed, { origin });
    assert.equal(denied.headers.get('access-control-allow-origin'), origin, 'its reason is shown');
  });

  it('says what is wrong with a body, and which key is missing', async () => {
    const bad = await ask('decode', 'slc_looks', { metadata: { encoding: '?' } });
    assert.equal(bad.status, 400);
    const id = Buffer.from('lost').toString('base64');
    const metadata = { ...sealed.metadata, 'encryption-key-id': id };
    const lost = await ask('decode', 'slc_looks', { ...sealed, metadata });
    assert.equal(lost.status, 503);
    assert.match(JSON.stringify(lost.body), /the key lost, which is not here/);
  });
});
