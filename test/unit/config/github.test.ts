/** Who we are at GitHub, read at use from where sluice.yaml says. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { githubIdentity } from '../../../src/config/github-identity.js';
import { githubSchema } from '../../../src/config/github-schema.js';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});

async function keyOf(
  privateKeyAt: { env: string } | { file: string },
  env: Record<string, string>,
) {
  const identity = githubIdentity({ app: { id: 1, privateKey: privateKeyAt } }, env);
  assert.ok(identity.kind === 'app');
  return identity.readPrivateKey();
}

describe('github of sluice.yaml', () => {
  it('takes an App or a token, and not both', () => {
    const app = { id: 'Iv1.a', privateKey: { env: 'KEY' } };
    assert.equal(githubSchema.safeParse({ app }).success, true);
    assert.equal(githubSchema.safeParse({ token: { env: 'T' } }).success, true);
    assert.equal(githubSchema.safeParse({ app, token: { env: 'T' } }).success, false);
    assert.equal(githubSchema.safeParse({}).success, false);
    assert.equal(githubSchema.safeParse({ token: 'ghp_secret' }).success, false);
    assert.equal(githubSchema.parse({ app }).activitiesPerSecond, 10);
    assert.equal(githubSchema.parse({ app }).creationsPerSecond, 1);
  });

  it('reads a key from a file or a variable, at every use anew', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'key-'));
    try {
      const file = join(folder, 'key.pem');
      await writeFile(file, privateKey);
      assert.equal(await keyOf({ file }, {}), privateKey.trim());
      const escaped = privateKey.trim().replaceAll('\n', '\\n');
      assert.equal(await keyOf({ env: 'KEY' }, { KEY: escaped }), privateKey.trim());
      await writeFile(file, 'oops');
      await assert.rejects(keyOf({ file }, {}), (error: Error) => {
        assert.match(error.message, /is no private key in PEM/);
        assert.doesNotMatch(error.message, /oops/);
        return true;
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says which variable is missing', async () => {
    await assert.rejects(keyOf({ env: 'KEY' }, {}), {
      ...{ code: 'InvalidInput', message: /environment variable KEY is not there or empty/ },
    });
    const identity = githubIdentity({ token: { env: 'GITHUB_TOKEN' } }, { GITHUB_TOKEN: 'ghp_1' });
    assert.equal(identity.kind === 'token' && (await identity.readToken()), 'ghp_1');
  });
});
