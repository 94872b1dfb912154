/** The lock file between processes: whose it is, when it is taken over, and what its former owner learns. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from '../../../src/config/file-lock.js';

describe('a file lock', () => {
  let folder: string;
  let locks = 0;
  const fresh = () => join(folder, `${locks++}.lock`);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('lets one after the other work, in the order in which they came', async () => {
    const path = fresh();
    const seen: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        withFileLock(path, async (isMine) => {
          seen.push(name);
          await new Promise((resolve) => setImmediate(resolve));
          seen.push(`${name} ${await isMine()}`);
        }),
      ),
    );
    assert.deepEqual(seen, ['a', 'a true', 'b', 'b true', 'c', 'c true']);
    await assert.rejects(stat(path), { code: 'ENOENT' });
  });

  it('goes to the next one when the work fails', async () => {
    const path = fresh();
    const failing = withFileLock(path, async () => {
      throw new Error('no');
    });
    await assert.rejects(failing, /no/);
    assert.equal(await withFileLock(path, async () => 'yes'), 'yes');
  });

  const dead = spawnSync(process.execPath, ['--version']).pid;
  for (const [whose, mark] of [
    ['a process that is dead', `${hostname()}:${dead}:one`],
    ['a process that was dead before this one got its number', `${hostname()}:${process.pid}:one`],
  ] as const) {
    it(`is taken over at once from ${whose}`, async () => {
      const path = fresh();
      await writeFile(path, mark);
      const startedAtMs = performance.now();
      await withFileLock(path, async () => {});
      assert.ok(performance.now() - startedAtMs < 8_000);
    });
  }

  it('is taken over from another machine only when nothing was heard of it for long', async () => {
    const path = fresh();
    await writeFile(path, 'elsewhere:1:one');
    let isTaken = false;
    const taking = withFileLock(path, async () => {
      isTaken = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(isTaken, false);
    await utimes(path, 1, 1);
    await taking;
    assert.equal(isTaken, true);
  });

  it('says to whom it was taken away that it is no longer his, and stays with its new owner', async () => {
    const path = fresh();
    await withFileLock(path, async (isMine) => {
      assert.equal(await isMine(), true);
      await writeFile(path, 'elsewhere:1:two');
      assert.equal(await isMine(), false);
    });
    assert.equal(await readFile(path, 'utf8'), 'elsewhere:1:two');
  });
});
