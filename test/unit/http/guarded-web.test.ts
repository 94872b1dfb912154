/** Metric sources are asked nowhere but where the operator allows it, however their URL is written and their names resolve. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classifyAddress } from '../../../src/adapters/http/address-rules.js';
import {
  createGuardedWeb,
  type GuardedWebOptions,
} from '../../../src/adapters/http/guarded-web.js';
import { createAuthority } from '../../support/certificates.js';
import { attemptsDuring, startServer } from './local-server.js';
import { deniedHosts, deniedUrls } from './url-corpus.js';

const asked = { source: 'json', query: '$.lag', secrets: ['canary-secret'] };

/** What it said, and which addresses were tried. */
async function askAt(url: string, options: Partial<GuardedWebOptions> = {}) {
  const web = createGuardedWeb({ networks: [], timeoutMs: 300, ...options });
  let said = 'answered';
  const attempts = await attemptsDuring(async () => {
    await web.ask({ url, method: 'GET', headers: {} }, asked).catch((error: Error) => {
      said = error.message;
    });
  });
  await web.close();
  return { said, attempts };
}

const resolved = (...addresses: string[]) => ({
  resolve: async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
});

describe('where a metric source may be asked', () => {
  it(`not at ${deniedHosts.length} hosts that are no public address`, async () => {
    for (const host of deniedHosts) {
      for (const scheme of ['https', 'http']) {
        const url = `${scheme}://${host}:9/query`;
        const { said, attempts } = await askAt(url, resolved('127.0.0.1'));
        assert.notEqual(said, 'answered', url);
        assert.deepEqual(attempts, [], url);
      }
    }
  });

  it('not at other URLs, whose secrets are not repeated', async () => {
    for (const url of deniedUrls) {
      // Which host is asked for is not this one's to say; the names lead to this machine.
      const { said, attempts } = await askAt(url, resolved('127.0.0.1'));
      assert.notEqual(said, 'answered', url);
      assert.deepEqual(attempts, [], url);
      assert.doesNotMatch(said, /secret|passwd/, url);
    }
  });

  it('not where a name leads to such an address, also among others', async () => {
    for (const addresses of [['127.0.0.1'], ['1.1.1.1', '10.0.0.1'], ['169.254.169.254'], []]) {
      const { said, attempts } = await askAt('https://metrics.test:9/', resolved(...addresses));
      assert.match(said, /^json resolves to an address that may not be called; asked: \$\.lag$/);
      assert.deepEqual(attempts, []);
    }
  });

  it('in the networks named, and in no other; never at a metadata service', async () => {
    const server = await startServer((_request, response) => response.end('{"lag": 1}'));
    const networks = ['127.0.0.0/8', '10.1.0.0/16', 'fd12::/16'];
    assert.equal((await askAt(server.base, { networks })).said, 'answered');
    assert.equal((await askAt(server.base, { networks: ['10.0.0.0/8'] })).attempts.length, 0);
    const outside = ['http://10.2.0.1:9/', 'http://[fd13::1]:9/', 'http://192.168.0.1:9/'];
    for (const url of outside) assert.deepEqual((await askAt(url, { networks })).attempts, [], url);
    const everything = ['0.0.0.0/0', '::/0'];
    for (const host of deniedHosts.filter((one) => URL.canParse(`http://${one}/`))) {
      const bare = new URL(`http://${host}/`).hostname.replace(/[[\]]/g, '');
      if (classifyAddress(bare) !== 'never') continue;
      const { attempts } = await askAt(`http://${host}:9/`, {
        ...{ networks: everything, timeoutMs: 100 },
        ...resolved('169.254.169.254'),
      });
      assert.deepEqual(attempts, [], host);
    }
    await server.close();
  });

  it('by plain http only in those networks', async () => {
    const literal = await askAt('http://1.1.1.1:9/');
    assert.match(literal.said, /a public address needs https/);
    const named = await askAt('http://metrics.test:9/', resolved('1.1.1.1'));
    assert.deepEqual([literal.attempts, named.attempts], [[], []]);
  });

  it('at the very address that was checked, and no redirect is followed', async () => {
    const other = await startServer((_request, response) => response.end('{}'));
    const server = await startServer((_request, response) =>
      response.writeHead(307, { location: `${other.base}/` }).end(),
    );
    const networks = ['127.0.0.0/8'];
    const options = { networks, ...resolved('127.0.0.1') };
    const { said, attempts } = await askAt(`http://metrics.test:${server.port}/`, options);
    assert.match(said, /answered 307/);
    assert.deepEqual([attempts, other.connections()], [['127.0.0.1'], 0]);
    await Promise.all([server.close(), other.close()]);
  });
});

describe('certificates', () => {
  const authority = createAuthority('test authority');
  const ours = authority.issue('worker');
  const theirs = authority.issue('metrics');
  let folder: string;
  let server: Server;
  let base: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
    const files = { ca: authority.certificate, cert: ours.certificate, key: ours.key };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const options = { cert: theirs.certificate, key: theirs.key, ca: authority.certificate };
    server = createServer(
      { ...options, requestCert: true, rejectUnauthorized: true },
      (_request, response) => response.end('{"lag": 1}'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  const networks = ['127.0.0.0/8'];
  const files = (...names: ('ca' | 'cert' | 'key')[]) => ({
    networks,
    tls: Object.fromEntries(names.map((name) => [name, join(folder, name)])),
  });

  it('are shown and checked: with ours and its authority it answers', async () => {
    assert.equal((await askAt(base, files('ca', 'cert', 'key'))).said, 'answered');
  });

  it('are needed by both sides', async () => {
    assert.match((await askAt(base, { networks })).said, /does not answer \(.*CERT/i);
    assert.match((await askAt(base, files('ca'))).said, /does not answer/);
  });

  it('that are not there are named, and nothing is asked', async () => {
    const tls = { ca: join(folder, 'nothing.pem') };
    const { said, attempts } = await askAt(base, { networks, tls });
    assert.match(said, /was not asked: the file .*nothing\.pem cannot be read/);
    assert.deepEqual(attempts, []);
  });
});

describe('a busy server', () => {
  const rows: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
    ['says seconds', { 'retry-after': '12' }, /left alone for 12 s/],
    ['says a date', { 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' }, /left alone for 30 s/],
    ['says it in its own header', { 'x-ratelimit-reset': '9' }, /left alone for 9 s/],
    ['asks for too long', { 'retry-after': '86400' }, /left alone for 300 s/],
    ['says nothing', {}, /left alone for 5 s/],
    ['says nonsense', { 'retry-after': 'soon' }, /left alone for 5 s/],
  ];
  for (const [name, headers, message] of rows) {
    it(name, async () => {
      const server = await startServer((_request, response) =>
        response.writeHead(429, headers).end('{"error": "canary-secret"}'),
      );
      const now = () => Date.parse('2026-03-01T12:00:00Z');
      const { said } = await askAt(server.base, { networks: ['127.0.0.0/8'], now });
      assert.match(said, message);
      assert.doesNotMatch(said, /canary/);
      await server.close();
    });
  }
});
