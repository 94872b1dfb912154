/** Tokens: made once, kept as hashes, limited in scope, place and time, and read again when their file changes. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  identifyIn,
  openTokenBook,
  requireEnvironment,
  requireScope,
  requireService,
} from '../../../src/api/tokens.js';
import {
  createTicketKey,
  createTokenFile,
  issueToken,
  readTokenFile,
  revokeToken,
} from '../../../src/config/token-file.js';
import { Failure } from '../../../src/domain/failures.js';

const failsWith = (code: string) => (error: unknown) =>
  error instanceof Failure && error.code === code;

describe('tokens', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tokens-'));
    file = join(folder, 'deep', 'tokens.json');
    await createTokenFile(file);
  });
  afterEach(() => rm(folder, { recursive: true }));
  const grant = { owner: 'ann', scopes: ['read', 'approve'], expiresAtMs: 10_000 } as const;

  it('are 256 bits, kept only as a hash in a file for its owner alone', async () => {
    const { secret, token } = await issueToken(file, grant);
    assert.match(secret, /^slc_[A-Za-z0-9_-]{43}$/);
    const text = await readFile(file, 'utf8');
    assert.ok(!text.includes(secret));
    assert.ok(text.includes(token.sha256));
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it('making the file again keeps what is in it, and so does the ticket key', async () => {
    await issueToken(file, grant);
    await createTokenFile(file);
    assert.equal((await readTokenFile(file)).length, 1);
    const key = join(folder, 'approval.key');
    await createTicketKey(key);
    const first = await readFile(key);
    await createTicketKey(key);
    assert.deepEqual(await readFile(key), first);
    assert.equal(first.length, 32);
  });

  it('identify their owner until they expire, and nobody else', async () => {
    const { secret } = await issueToken(file, { ...grant, environments: ['staging'] });
    await issueToken(file, { ...grant, owner: 'bob' });
    const tokens = await readTokenFile(file);
    const bearer = identifyIn(tokens, secret, 9999);
    assert.deepEqual([bearer.owner, bearer.environments], ['ann', ['staging']]);
    assert.throws(() => identifyIn(tokens, secret, 10_000), failsWith('Unauthenticated'));
    assert.throws(() => identifyIn(tokens, `${secret}x`, 1), failsWith('Unauthenticated'));
    assert.throws(() => identifyIn([], secret, 1), failsWith('Unauthenticated'));
  });

  it('do what their scopes say, where they say', () => {
    const bearer = {
      tokenId: 't',
      owner: 'ann',
      scopes: ['read'],
      environments: ['staging'],
      services: ['checkout'],
    } as const;
    requireScope(bearer, 'read');
    requireEnvironment(bearer, 'staging');
    assert.throws(() => requireScope(bearer, 'operate'), failsWith('Forbidden'));
    assert.throws(() => requireEnvironment(bearer, 'production'), failsWith('Forbidden'));
    requireScope({ ...bearer, scopes: ['admin'] }, 'operate');
    requireEnvironment({ ...bearer, environments: null }, 'production');
    requireService(bearer, 'checkout');
    assert.throws(() => requireService(bearer, 'cart'), failsWith('Forbidden'));
    assert.throws(() => requireService(bearer, null), failsWith('Forbidden'));
    requireService({ ...bearer, services: null }, null);
  });

  it('are all there when many are made and revoked at once, and no lock is left', async () => {
    const { token: old } = await issueToken(file, grant);
    const [revoked, ...issued] = await Promise.all([
      revokeToken(file, old.id),
      ...Array.from({ length: 20 }, () => issueToken(file, grant)),
    ]);
    assert.equal(revoked.id, old.id);
    const kept = (await readTokenFile(file)).map(({ id }) => id).sort();
    assert.deepEqual(kept, issued.map(({ token }) => token.id).sort());
    assert.deepEqual(await readdir(join(folder, 'deep')), ['tokens.json']);
    await assert.rejects(revokeToken(file, old.id), failsWith('NotFound'));
  });

  it('wait for whoever changes them, and not for a lock that was left behind', async () => {
    await writeFile(`${file}.lock`, '');
    await utimes(`${file}.lock`, new Date(0), new Date(0));
    await issueToken(file, grant);
    await writeFile(`${file}.lock`, '');
    const waiting = issueToken(file, grant);
    assert.equal((await readTokenFile(file)).length, 1);
    await rm(`${file}.lock`);
    await waiting;
    assert.equal((await readTokenFile(file)).length, 2);
  });

  it('are read again after a change; a broken change leaves the last in force and is told', async () => {
    let nowMs = 0;
    const faults: unknown[] = [];
    const book = await openTokenBook({
      path: file,
      clock: () => nowMs,
      onBadFile: (error) => faults.push(error),
    });
    const { secret } = await issueToken(file, grant);
    await assert.rejects(book.identify(secret), failsWith('Unauthenticated'));
    nowMs += 600;
    assert.equal((await book.identify(secret)).owner, 'ann');
    await writeFile(file, '{"tokens": [{}]}');
    nowMs += 600;
    assert.equal((await book.identify(secret)).owner, 'ann');
    assert.equal(faults.length, 1);
    await writeFile(file, '{"tokens": []}   ');
    nowMs += 600;
    await assert.rejects(book.identify(secret), failsWith('Unauthenticated'));
  });
});
