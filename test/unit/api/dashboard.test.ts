/** The dashboard's files over HTTP: small, of one origin, and nothing in them that a policy would have to allow. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import type { Me } from '../../../src/api/schemas/me.js';
import { type ApiUnderTest, secrets, serveApi } from '../../support/api-under-test.js';

const paths = ['/ui', '/ui/main.js', '/ui/style.css', '/ui/icon.svg'];
const mostBytes = 60_000;

describe('the dashboard over HTTP', () => {
  let api: ApiUnderTest;
  before(async () => {
    api = await serveApi({} as Client);
  });
  after(() => api.stop());

  it('is at most 60 kB in all, compressed', async () => {
    let bytes = 0;
    for (const path of paths) {
      const { status, body } = await api.call('GET', path, { token: null });
      assert.equal(status, 200, path);
      assert.ok((body as string).length > 100, path);
      bytes += gzipSync(body).length;
    }
    assert.ok(bytes < mostBytes, `${bytes} bytes`);
  });

  it('allows nothing inline and nothing from elsewhere, and its page needs none of it', async () => {
    const { headers, body } = await api.call('GET', '/ui', { token: null });
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self'/);
    assert.match(policy, /require-trusted-types-for 'script'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.doesNotMatch(
      body as string,
      /<script(?![^>]* src="\/ui\/)|style=|<style| on\w+=|https?:/,
    );
  });

  it('is sent again only when it is another one', async () => {
    const { headers } = await api.call('GET', '/ui/main.js', { token: null });
    const etag = headers.get('etag') ?? '';
    const again = await api.call('GET', '/ui/main.js', {
      token: null,
      headers: { 'if-none-match': etag },
    });
    assert.equal(again.status, 304);
    const { status } = await api.call('POST', '/ui', { token: null });
    assert.equal(status, 405);
  });

  it('learns from /v1/me what a token may do', async () => {
    const { status, body } = await api.call('GET', '/v1/me', { token: secrets.staging });
    assert.equal(status, 200);
    const { owner, scopes, environments } = body as Me;
    assert.deepEqual(
      { owner, scopes, environments },
      {
        owner: 'ci',
        scopes: ['read', 'release', 'approve', 'operate'],
        environments: ['staging'],
      },
    );
    const refused = await api.call('GET', '/v1/me', { token: secrets.alerts });
    assert.equal(refused.status, 403);
  });
});
