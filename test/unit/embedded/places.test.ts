/** Ports and programs that the embedded stack looks for on a machine. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { choosePorts } from '../../../src/embedded/free-port.js';
import { findTemporalCli } from '../../../src/embedded/temporal-cli.js';

describe('choosePorts', () => {
  const taken = createServer();
  let port: number;
  before((done) => {
    taken.listen(0, '127.0.0.1', () => {
      port = (taken.address() as AddressInfo).port;
      done();
    });
  });
  after(() => taken.close());

  it('takes another when the wished one is in use, and never one twice', async () => {
    const wish = { port, strict: false };
    const chosen = await choosePorts({ a: wish, b: null, c: null });
    assert.notEqual(chosen.a, port);
    assert.equal(new Set(Object.values(chosen)).size, 3);
  });

  it('gives a free wish, to the first who has it', async () => {
    const { free } = await choosePorts({ free: null });
    const chosen = await choosePorts({
      a: { port: free, strict: false },
      b: { port: free, strict: false },
    });
    assert.equal(chosen.a, free);
    assert.notEqual(chosen.b, free);
  });

  it('refuses a strict wish that is in use', async () => {
    await assert.rejects(choosePorts({ api: { port, strict: true } }), {
      code: 'Conflict',
      message: `port ${port} is in use`,
    });
  });
});

describe('findTemporalCli', () => {
  let folder: string;
  const program = (path: string): string => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, 0o755);
    return file;
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('prefers the named one, then PATH, then the newest in the cache', () => {
    program('cache/temporal/1.9.1/temporal');
    const newest = program('cache/temporal/1.10.0/temporal');
    const onPath = program('bin/temporal');
    const named = program('mine');
    const cache = { SLUICE_CACHE_DIR: join(folder, 'cache'), PATH: '/nowhere' };
    const path = { ...cache, PATH: `/nowhere:${join(folder, 'bin')}` };
    assert.equal(findTemporalCli({ ...path, SLUICE_TEMPORAL_CLI: named }), named);
    assert.equal(findTemporalCli(path), onPath);
    assert.equal(findTemporalCli(cache), newest);
  });

  it('names the command that fetches it, also when a named one is missing', () => {
    const nothing = { SLUICE_CACHE_DIR: join(folder, 'empty'), PATH: '' };
    for (const env of [nothing, { ...nothing, SLUICE_TEMPORAL_CLI: '/no/temporal' }]) {
      assert.throws(
        () => findTemporalCli(env),
        (error) => (error as { details: { next: string } }).details.next === 'npm run setup',
      );
    }
  });
});
