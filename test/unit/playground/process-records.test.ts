/** Left-over processes are ended by identity, never by number alone. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimFolder, createProcessRecords } from '../../../src/playground/process-records.js';

describe('process records', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-records-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const startSleeper = () =>
    spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], {
      detached: true,
      stdio: 'ignore',
    });

  it('ends what an earlier run recorded', async () => {
    const sleeper = startSleeper();
    const pid = sleeper.pid as number;
    createProcessRecords(folder).add(pid);
    const exit = once(sleeper, 'exit');
    assert.deepEqual(await createProcessRecords(folder).reap(), [pid]);
    assert.deepEqual(await exit, [null, 'SIGKILL']);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('spares a stranger who got the number of a process that is gone', async () => {
    const stranger = startSleeper();
    const pid = stranger.pid as number;
    try {
      createProcessRecords(folder).add(pid);
      const path = join(folder, `${pid}.json`);
      const record = JSON.parse(readFileSync(path, 'utf8')) as object;
      writeFileSync(path, JSON.stringify({ ...record, startedAs: 'some other time' }));
      assert.deepEqual(await createProcessRecords(folder).reap(), []);
      assert.equal(stranger.exitCode ?? stranger.signalCode, null);
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('passes over half a record', async () => {
    const records = createProcessRecords(folder);
    writeFileSync(join(folder, '1.json'), '{"pid":1,');
    assert.deepEqual(await records.reap(), []);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('gives a folder to one living process at a time', () => {
    assert.equal(claimFolder(folder), null);
    assert.equal(claimFolder(folder), null);
    const path = join(folder, 'owner.json');
    const own = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; startedAs: string };
    const sleeper = startSleeper();
    try {
      createProcessRecords(join(folder, 'other')).add(sleeper.pid as number);
      const living = readFileSync(join(folder, 'other', `${sleeper.pid}.json`), 'utf8');
      writeFileSync(path, living);
      assert.equal(claimFolder(folder), sleeper.pid);
      writeFileSync(path, JSON.stringify({ ...own, pid: sleeper.pid }));
      assert.equal(claimFolder(folder), null);
    } finally {
      sleeper.kill('SIGKILL');
    }
  });
});
