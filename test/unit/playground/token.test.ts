/** The control API's token: made once, kept private, compared whole. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTokenCheck, loadOrCreateToken } from '../../../src/playground/token.js';

describe('playground token', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-token-'));
    path = join(folder, 'deep', 'token');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is made when missing, for its owner alone, and stays the same', () => {
    const token = loadOrCreateToken(path);
    assert.equal(Buffer.from(token, 'base64url').length, 32);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(loadOrCreateToken(path), token);
  });

  it('is refused where others can read it, and where there is none', () => {
    loadOrCreateToken(path);
    chmodSync(path, 0o640);
    assert.throws(() => loadOrCreateToken(path), { code: 'InvalidInput', message: /others/ });
    chmodSync(path, 0o600);
    writeFileSync(path, '\n');
    assert.throws(() => loadOrCreateToken(path), { code: 'InvalidInput', message: /no token/ });
  });

  it('opens only as the whole bearer header', () => {
    const isAuthorized = createTokenCheck('secret');
    assert.equal(isAuthorized('Bearer secret'), true);
    for (const header of [
      undefined,
      '',
      'secret',
      'Bearer',
      'Bearer secre',
      'Bearer secret ',
      'Basic secret',
    ]) {
      assert.equal(isAuthorized(header), false, String(header));
    }
  });
});
