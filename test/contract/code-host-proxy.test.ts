/** GitHub through a proxy: what the environment names is used, and only for what it is meant for. */
import assert from 'node:assert/strict';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createGithubCodeHost } from '../../src/adapters/github/code-host.js';
import { proxiedFetch } from '../../src/adapters/github/proxied-fetch.js';
import { Failure } from '../../src/domain/failures.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';

const repository = { owner: 'acme', name: 'shop' };

describe('GitHub through a proxy', () => {
  let github: GithubUnderTest;
  let proxy: Server;
  let proxyUrl: string;
  /** What the proxy was asked for: `CONNECT host:port`, or a method and an address. */
  const asked: string[] = [];

  before(async () => {
    github = await startGithub();
    const { hostname, port } = new URL(github.url);
    github.control.world.url = 'http://github.test';
    proxy = createServer((given, answer) => {
      asked.push(`${given.method} ${new URL(given.url ?? '').host}`);
      const { method, headers } = given;
      const path = given.url?.replace('http://github.test', '') ?? '/';
      const onward = request({ hostname, port, method, headers, path }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      given.pipe(onward);
    });
    proxy.on('connect', ({ url = '' }, client) => {
      asked.push(`CONNECT ${url}`);
      // There is no certificate of github.test: a way there is all that is looked at.
      if (url.endsWith(':443')) return void client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      const onward = connect(Number(port), hostname, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.pipe(client).pipe(onward);
      });
      onward.on('error', () => client.destroy());
      client.on('error', () => onward.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  after(async () => {
    proxy.closeAllConnections();
    proxy.close();
    await github.stop();
  });
  beforeEach(() => {
    asked.length = 0;
  });

  function codeHost(url: string, environment: Record<string, string>) {
    const fetch = proxiedFetch(environment);
    const readPrivateKey = async () => github.app.privateKey;
    const identity = { kind: 'app', id: github.app.id, readPrivateKey } as const;
    return createGithubCodeHost({ url, identity, timeoutMs: 5_000, ...(fetch && { fetch }) });
  }

  it('reads and writes through it, in capital letters and small ones', async () => {
    for (const name of ['HTTP_PROXY', 'http_proxy']) {
      const { items } = codeHost('http://github.test', { [name]: proxyUrl });
      const creation = { marker: `proxy/${name}`, retriedSinceMs: null };
      const issue = { title: name, body: 'x', labels: [], assignees: [] };
      const { number } = await items.createIssue(repository, issue, creation);
      assert.equal((await items.readItem(repository, number))?.title, name);
    }
    assert.ok(asked.length > 0 && asked.every((line) => /github\.test/.test(line)), asked.join());
  });

  it('asks it for a tunnel to GitHub itself, and says when there is none', async () => {
    const { refs } = codeHost('https://github.test', { HTTPS_PROXY: proxyUrl });
    await assert.rejects(
      refs.readRef(repository, 'refs/heads/main'),
      (error) => error instanceof Failure && error.code === 'Unavailable',
    );
    assert.deepEqual([...new Set(asked)], ['CONNECT github.test:443']);
  });

  it('goes around it where NO_PROXY says so, and to this machine', async () => {
    const everywhere = { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl };
    const { refs } = codeHost(github.url, everywhere);
    assert.notEqual(await refs.readRef(repository, 'refs/heads/main'), null);
    const exempt = codeHost('http://github.test:1', { ...everywhere, NO_PROXY: 'github.test' });
    await assert.rejects(exempt.refs.readRef(repository, 'refs/heads/main'));
    assert.deepEqual(asked, []);
    assert.equal(proxiedFetch({ ...everywhere, NO_PROXY: '*' }), undefined);
    assert.equal(proxiedFetch({ HTTP_PROXY: '' }), undefined);
    assert.throws(
      () => proxiedFetch({ HTTPS_PROXY: 'ann:secret@nowhere:x' }),
      (error: Error) => error instanceof Failure && !JSON.stringify(error).includes('secret'),
    );
  });
});
