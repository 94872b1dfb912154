/** The edge for webhooks over real HTTP and a real Temporal server: signatures, sizes, encodings, replays, silence. */
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import fc from 'fast-check';
import { defaultLimits } from '../../src/api/limits.js';
import { createPolicyBook } from '../../src/config/policy-book.js';
import type { RoutedDelivery } from '../../src/domain/webhook/routed.js';
import { type ApiUnderTest, serveApi, webhookSecret } from '../support/api-under-test.js';
import { startEngine, type EngineUnderTest } from '../support/engine-under-test.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { until } from '../support/operator.js';
import { pushOf, type Sending, type Sent, send, signed } from '../support/webhook-sender.js';

let engine: EngineUnderTest;
let api: ApiUnderTest;
let github: GithubUnderTest;
let secrets: readonly string[] = [webhookSecret];

before(async () => {
  github = await startGithub();
  const policies = createPolicyBook({ file: '/etc/sluice.yaml', repository: null });
  engine = await startEngine({ repositories: { codeHost: github.codeHost, policies } });
  // A machine with much else to do must not make these tests fail; how fast it is, one of them looks at.
  const limits = { ...defaultLimits, deliveryMs: 10_000 };
  api = await serveApi(engine.client, { webhookSecrets: async () => secrets, limits });
});
after(async () => {
  await api.stop();
  await engine.stop();
  await github.stop();
});
beforeEach(() => {
  secrets = [webhookSecret];
});

const to = (sending?: Sending): Promise<Sent> => send(api.url, sending);
const body = JSON.stringify(pushOf('main'));
const runsOf = async (guid: string): Promise<number> => {
  const handle = engine.client.workflow.getHandle(`delivery:acme/shop:${guid}`);
  return handle.describe().then(
    () => 1,
    () => 0,
  );
};

async function refused(sending: Sending, status: number, code: string): Promise<Sent> {
  const guid = sending.guid ?? randomUUID();
  const answer = await to({ ...sending, guid });
  assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
  assert.equal(await runsOf(guid), 0);
  return answer;
}

describe('a webhook that is signed', () => {
  it('is kept under its GUID and answered with 202 within a second', async () => {
    const guid = randomUUID();
    const { status, body: said } = await to({ guid });
    assert.deepEqual([status, said], [202, { delivery: guid, result: 'accepted' }]);
    const times: number[] = [];
    for (let n = 0; n < 9; n++) times.push((await to()).ms);
    const median = times.sort((a, b) => a - b)[4] ?? 0;
    assert.ok(median < 1_000, `${times.join(', ')} ms`);
    const handle = engine.client.workflow.getHandle(`delivery:acme/shop:${guid}`);
    const { told, begun } = (await handle.result()) as RoutedDelivery;
    assert.deepEqual([told, begun], [[], []]);
  });

  it('does nothing when it is sent again, at once or later', async () => {
    const guid = randomUUID();
    const first = await Promise.all(Array.from({ length: 8 }, () => to({ guid })));
    const results = first.map(({ body: { result } }) => result);
    assert.equal(results.filter((result) => result === 'accepted').length, 1);
    assert.equal(results.filter((result) => result === 'duplicate').length, 7);
    await engine.client.workflow.getHandle(`delivery:acme/shop:${guid}`).result();
    assert.equal((await to({ guid })).body.result, 'duplicate');
  });

  it('is another one under another GUID', async () => {
    const both = await Promise.all([to(), to()]);
    assert.deepEqual(
      both.map(({ body: { result } }) => result),
      ['accepted', 'accepted'],
    );
  });

  for (const event of ['ping', 'star', 'gollum', 'brand_new_event', 'workflow_run']) {
    it(`is accepted and ignored as ${event}`, async () => {
      const guid = randomUUID();
      const { status, body: said } = await to({ event, guid, body: '{"zen": "Keep it."}' });
      assert.deepEqual([status, said.result], [202, 'ignored']);
      assert.equal(await runsOf(guid), 0);
    });
  }

  it('is ignored without what makes it its event', async () => {
    const { status, body: said } = await to({ body: '{}' });
    assert.deepEqual([status, said.result], [202, 'ignored']);
  });

  it('may be an installation of several repositories', async () => {
    const guid = randomUUID();
    const names = ['acme/a', 'acme/b'];
    const repositories = names.map((full_name) => ({ full_name }));
    const payload = JSON.stringify({ action: 'created', repositories });
    assert.equal((await to({ event: 'installation', guid, body: payload })).status, 202);
    for (const name of names) {
      await engine.client.workflow.getHandle(`delivery:${name}:${guid}`).result();
    }
    assert.equal(
      (await to({ event: 'installation', guid, body: payload })).body.result,
      'duplicate',
    );
  });
});

describe('signatures of webhooks', () => {
  const bad: Readonly<Record<string, string>> = {
    'of another secret': signed(body, 'another secret altogether'),
    'of another body': signed(`${body} `),
    'of the parsed and rewritten body': signed(JSON.stringify(pushOf('main'), null, 2)),
    'of nothing': signed(''),
    'with one digit changed': signed(body).replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    'too short': signed(body).slice(0, -2),
    'too long': `${signed(body)}00`,
    'not hexadecimal': `sha256=${'g'.repeat(64)}`,
    'by SHA-1': `sha1=${createHmac('sha1', webhookSecret).update(body).digest('hex')}`,
    'without its prefix': signed(body).slice(7),
    'with a longer prefix': signed(body).replace('sha256=', 'sha256=sha256='),
    'in base64': `sha256=${createHmac('sha256', webhookSecret).update(body).digest('base64')}`,
    'of the empty secret': `sha256=${createHmac('sha256', '').update(body).digest('hex')}`,
    'twice in one header': `${signed(body)}, ${signed(body)}`,
  };
  for (const [name, signature] of Object.entries(bad)) {
    it(`${name} is refused`, async () => {
      await refused(
        { body, headers: { 'x-hub-signature-256': signature } },
        401,
        'Unauthenticated',
      );
    });
  }

  it('that is empty is refused', async () => {
    await refused({ headers: { 'x-hub-signature-256': '' } }, 401, 'Unauthenticated');
  });

  it('in capital digits is the same', async () => {
    const upper = signed(body).replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase());
    assert.equal((await to({ body, headers: { 'x-hub-signature-256': upper } })).status, 202);
  });

  it('by the old header alone is none', async () => {
    const headers = { 'x-hub-signature-256': null, 'x-hub-signature': signed(body) };
    await refused({ body, headers }, 401, 'Unauthenticated');
  });

  it('is not replaced by a token', async () => {
    const headers = { 'x-hub-signature-256': null, authorization: 'Bearer slc_all-scopes-of-them' };
    await refused({ headers }, 401, 'Unauthenticated');
  });

  it('of either secret counts while it is changed, and of no third', async () => {
    secrets = ['the old secret of it', 'the new secret of it'];
    assert.equal((await to({ secret: 'the old secret of it' })).status, 202);
    assert.equal((await to({ secret: 'the new secret of it' })).status, 202);
    await refused({ secret: webhookSecret }, 401, 'Unauthenticated');
    secrets = ['the new secret of it'];
    await refused({ secret: 'the old secret of it' }, 401, 'Unauthenticated');
  });

  it('are not known where no secret is configured, and nothing is said to a short one', async () => {
    secrets = [];
    await refused({}, 404, 'NotFound');
    secrets = ['short'];
    await refused({ secret: 'short' }, 503, 'NotReady');
  });

  it('are never in the log, nor is the secret or the body', async () => {
    await to({ body: JSON.stringify({ ...pushOf('main'), hidden: 'in-the-payload' }) });
    await refused({ secret: 'another secret altogether' }, 401, 'Unauthenticated');
    const log = api.log.join('\n');
    for (const word of [webhookSecret, signed(body).slice(7), 'in-the-payload']) {
      assert.ok(!log.includes(word));
    }
  });
});

describe('headers of webhooks', () => {
  for (const [name, status, code] of [
    ['x-github-event', 400, 'InvalidInput'],
    ['x-github-delivery', 400, 'InvalidInput'],
    ['x-hub-signature-256', 401, 'Unauthenticated'],
  ] as const) {
    it(`${name} must be there`, async () => {
      const { body: said } = await refused({ headers: { [name]: null } }, status, code);
      assert.equal(String(said.where).toLowerCase(), name);
    });
  }

  for (const type of [
    null,
    'application/x-www-form-urlencoded',
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/vnd.github+json',
    'multipart/form-data; boundary=application/json',
  ]) {
    it(`a content type of ${type} is refused`, async () => {
      await refused({ headers: { 'content-type': type } }, 415, 'UnsupportedMediaType');
    });
  }

  for (const type of [
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/json ;',
  ]) {
    it(`a content type of "${type}" is taken`, async () => {
      assert.equal((await to({ headers: { 'content-type': type } })).status, 202);
    });
  }

  for (const event of ['Push', 'push;', 'a'.repeat(65), '__proto__', '1', 'push push']) {
    it(`an event named "${event.slice(0, 10)}" is refused`, async () => {
      await refused({ event }, 400, 'InvalidInput');
    });
  }

  for (const guid of ['', 'x', 'a'.repeat(65), '../../etc/passwd', 'a b c d e f', 'ab:cdefgh']) {
    it(`a GUID of "${guid.slice(0, 10)}" is refused`, async () => {
      const { status, body: said } = await to({ guid });
      assert.deepEqual([status, said.code], [400, 'InvalidInput']);
    });
  }

  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
    it(`${method} is not a way to bring one`, async () => {
      const { status, headers } = await to({ method });
      assert.deepEqual([status, headers.allow], [405, 'POST']);
    });
  }
});

describe('bodies of webhooks', () => {
  const junk: Readonly<Record<string, string | Uint8Array>> = {
    'that is empty': '',
    'that is no JSON': '{"ref": ',
    'with two values': '{} {}',
    'in single quotes': "{'ref': 1}",
    'that is not UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    'in UTF-16': Buffer.from('{"a":1}', 'utf16le'),
    'as a form': `payload=${encodeURIComponent(body)}`,
    'that is NaN': 'NaN',
  };
  for (const [name, bytes] of Object.entries(junk)) {
    it(`${name} is refused after its signature was checked`, async () => {
      await refused({ body: bytes }, 400, 'InvalidInput');
      await refused({ body: bytes, secret: 'another secret altogether' }, 401, 'Unauthenticated');
    });
  }

  for (const [name, text] of Object.entries({
    null: 'null',
    'a number': '42',
    'a list': '[]',
    'a text': '"x"',
    'a key of the prototype': '{"__proto__": {"repository": {"full_name": "acme/shop"}}}',
    'a deep nest': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    'an odd repository': '{"ref":"refs/heads/x","repository":{"full_name":"../../x"}}',
  })) {
    it(`${name} is accepted and ignored`, async () => {
      const { status, body: said } = await to({ body: text });
      assert.deepEqual([status, said.result], [202, 'ignored']);
    });
  }

  it('are signed as bytes: a mark of order, spaces and unusual letters change nothing', async () => {
    const spaced = `  ${JSON.stringify(pushOf('日本語/ünï-🚀'), null, 3)}\n\n`;
    const guid = randomUUID();
    assert.equal((await to({ body: spaced, guid })).body.result, 'accepted');
    const escaped = JSON.stringify(pushOf('x')).replace('refs', '\\u0072efs');
    assert.equal((await to({ body: escaped })).body.result, 'accepted');
    assert.equal((await to({ body: `\uFEFF${body}` })).status, 202);
  });

  it('may come without a length, in pieces', async () => {
    const headers = { 'content-length': null };
    assert.equal((await to({ body, chunked: 7, headers })).body.result, 'accepted');
  });

  for (const encoding of ['gzip', 'br', 'deflate', 'nonsense']) {
    it(`encoded as ${encoding} are refused`, async () => {
      await refused({ headers: { 'content-encoding': encoding } }, 415, 'UnsupportedMediaType');
    });
  }

  it('of 24 MB are taken', async () => {
    const large = JSON.stringify({ ...pushOf('main'), more: 'x'.repeat(24 * 1024 * 1024) });
    assert.equal((await to({ body: large })).body.result, 'accepted');
  });

  it('that say they are longer than 25 MB are refused unread', async () => {
    const { hostname, port } = new URL(api.url);
    const lines = [
      'POST /v1/webhooks/github HTTP/1.1',
      `Host: ${hostname}`,
      'Content-Type: application/json',
      'X-GitHub-Event: push',
      `X-GitHub-Delivery: ${randomUUID()}`,
      `X-Hub-Signature-256: ${signed('')}`,
      `Content-Length: ${25 * 1024 * 1024 + 1}`,
    ];
    const socket = connect(Number(port), hostname);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const [data] = (await once(socket, 'data')) as [Buffer];
    const answer = data.toString('latin1');
    socket.destroy();
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });
});

describe('whatever is sent', () => {
  it('is answered with 202 or a problem, never with a fault of ours', async function () {
    this.timeout(60_000);
    const header = fc.oneof(
      fc.constantFrom('push', 'pull_request', 'application/json', signed(body), randomUUID()),
      fc.string({ unit: fc.constantFrom(...'abz019-_=;,./ '.split('')), maxLength: 80 }),
    );
    const names = ['content-type', 'x-github-event', 'x-github-delivery', 'x-hub-signature-256'];
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...names), fc.option(header)),
        fc.oneof(fc.json(), fc.string(), fc.uint8Array({ maxLength: 300 })),
        async (headers, bytes) => {
          const { status, body: said } = await to({ body: bytes, headers });
          assert.ok([202, 400, 401, 415].includes(status), `${status} ${JSON.stringify(said)}`);
          if (status !== 202) assert.equal(said.status, status);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds the edge still at work afterwards', async () => {
    assert.equal((await to()).body.result, 'accepted');
    assert.ok(!api.log.some((line) => line.includes('unforeseen fault')));
  });
});

describe('Temporal that does not answer', () => {
  it('is told within a second, with the time to ask again', async () => {
    // Takes connections and says nothing, as a machine that hangs.
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const asked = [`127.0.0.1:${port}`, '127.0.0.1:1'].map(async (address) => {
      const connection = Connection.lazy({ address, connectTimeout: '1s' });
      const alone = await serveApi(new Client({ connection }));
      const { status, body: said, headers, ms } = await send(alone.url);
      assert.deepEqual([status, said.code], [503, 'Unavailable']);
      assert.ok(Number(headers['retry-after']) > 0);
      assert.ok(ms < 1_500, `${ms} ms`);
      // The client tries on for a while, and a connection must not be closed under it.
      await until(
        'it gives up',
        async () => alone.log.join(),
        (log) => log.includes('not kept'),
      );
      await alone.stop();
      await connection.close();
    });
    await Promise.all(asked);
    silent.close();
  });
});
