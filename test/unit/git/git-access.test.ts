/** Where repositories are cloned from, by the address of the API. */
import assert from 'node:assert/strict';
import { createGithubGitAccess, webOf } from '../../../src/adapters/github/git-access.js';

describe('git access to GitHub', () => {
  for (const [api, web] of [
    [undefined, 'https://github.com'],
    ['https://api.github.com', 'https://github.com'],
    ['https://git.acme.com/api/v3', 'https://git.acme.com'],
    ['http://127.0.0.1:7480', 'http://127.0.0.1:7480'],
  ] as const) {
    it(`is at ${web} for ${api ?? 'the default'}`, () => assert.equal(webOf(api), web));
  }

  it('holds the token in the header alone', async () => {
    const identity = { kind: 'token', readToken: async () => 'ghp_secret' } as const;
    const access = createGithubGitAccess({ identity });
    const repository = { owner: 'acme', name: 'shop' };
    assert.equal(access.urlOf(repository), 'https://github.com/acme/shop.git');
    const header = await access.authorization(repository);
    const [kind, text = ''] = header.split(' ');
    assert.equal(kind, 'Basic');
    assert.equal(Buffer.from(text, 'base64').toString(), 'x-access-token:ghp_secret');
  });
});
