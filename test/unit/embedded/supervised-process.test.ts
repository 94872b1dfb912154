/** Children of the embedded stack: ready, restarted, ended in order, and ended even when their parent is killed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { askGuard, type Guard, startGuard } from '../../../src/embedded/guard.js';
import { type ProcessSpec, superviseProcess } from '../../../src/embedded/supervised-process.js';
import { Failure } from '../../../src/domain/failures.js';
import { isAlive } from '../../support/is-alive.js';

const never = new AbortController().signal;
const lives = 'console.log(JSON.stringify({ready: true})); setInterval(() => {}, 1000);';
const deaf = `process.on('SIGTERM', () => {}); ${lives}`;

async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 10_000) {
  const endMs = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > endMs) assert.fail(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
}

describe('superviseProcess', () => {
  let folder: string;
  let guard: Guard;
  const said: string[] = [];
  const supervision = () => ({
    guard,
    log: (line: string) => void said.push(line),
    givenUp: never,
  });

  const spec = (script: string, change: Partial<ProcessSpec> = {}): ProcessSpec => ({
    name: 'part',
    command: [process.execPath, '-e', script],
    env: {},
    logFile: join(folder, 'part.log'),
    isReady: (line) => line,
    readyWithinMs: 10_000,
    stopWithinMs: 2000,
    ...change,
  });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
    guard = await startGuard('this-test');
  });
  after(async () => {
    await guard.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is ready after its first line and gone after stop', async () => {
    const part = await superviseProcess(spec(lives), supervision());
    const pid = part.pid() as number;
    assert.ok(isAlive(pid));
    await part.stop();
    assert.ok(!isAlive(pid));
    assert.match(readFileSync(join(folder, 'part.log'), 'utf8'), /"ready":true/);
  });

  it('starts again what was killed', async () => {
    const part = await superviseProcess(spec(lives), supervision());
    const first = part.pid() as number;
    process.kill(first, 'SIGKILL');
    await until('another process', () => said.includes('part is back'));
    assert.notEqual(part.pid(), first);
    assert.ok(isAlive(part.pid() as number));
    assert.match(said.join('\n'), /was ended by SIGKILL, starting it again in 250 ms/);
    await part.stop();
  });

  it('kills what does not listen to SIGTERM', async () => {
    const part = await superviseProcess(spec(deaf, { stopWithinMs: 200 }), supervision());
    const pid = part.pid() as number;
    await part.stop();
    assert.ok(!isAlive(pid));
  });

  it('stops in the middle of a restart', async () => {
    const flag = join(folder, 'started');
    const once = `const fs = require('fs'); if (fs.existsSync('${flag}')) setInterval(() => {}, 1000);
      else { fs.writeFileSync('${flag}', ''); ${lives} }`;
    const part = await superviseProcess(spec(once), supervision());
    const first = part.pid() as number;
    process.kill(first, 'SIGKILL');
    await sleep(500);
    const startedMs = Date.now();
    await part.stop();
    assert.ok(Date.now() - startedMs < 3000, 'did not wait for the readiness deadline');
  });

  it('fails with the log when it ends before it is ready, and when it is too late', async () => {
    const dies = spec('console.error("no such port"); process.exit(3)');
    await assert.rejects(superviseProcess(dies, supervision()), (error) => {
      assert.ok(error instanceof Failure);
      assert.match(error.message, /part ended with code 3\n[^]*no such port/);
      return true;
    });
    const silent = spec('setInterval(() => {}, 1000)', { readyWithinMs: 300 });
    await assert.rejects(superviseProcess(silent, supervision()), /was not ready after 0.3 s/);
  });
});

describe('the guard', () => {
  /** A supervisor in a process of its own, so that it can be killed. */
  async function supervisor(folder: string) {
    const url = (path: string) => pathToFileURL(join(process.cwd(), 'src/embedded', path)).href;
    const script = `
      const { startGuard } = await import('${url('guard.ts')}');
      const { superviseProcess } = await import('${url('supervised-process.ts')}');
      const guard = await startGuard('killed');
      guard.tell({ removeFolder: '${folder}' });
      const part = (script) => superviseProcess({ name: 'part', command: [process.execPath, '-e', script],
        env: {}, logFile: '/dev/null', isReady: (line) => line, readyWithinMs: 10000, stopWithinMs: 500 },
        { guard, log: console.error, givenUp: new AbortController().signal });
      const parts = await Promise.all([part(${JSON.stringify(lives)}), part(${JSON.stringify(deaf)})]);
      console.log(JSON.stringify([guard.pid, guard.port, ...parts.map((one) => one.pid())]));`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [first] = await once(child.stdout, 'data');
    const [guardPid, port, ...pids] = JSON.parse(String(first)) as [number, number, ...number[]];
    return { child, guardPid, port, pids };
  }

  const started: number[] = [];
  after(() => {
    for (const pid of started.filter(isAlive)) process.kill(pid, 'SIGKILL');
  });

  it('ends everything within 10 s after its supervisor was killed, and itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
    mkdirSync(join(folder, 'logs'));
    const { child, guardPid, port, pids } = await supervisor(folder);
    started.push(guardPid, ...pids);
    assert.ok([guardPid, ...pids].every(isAlive));
    assert.equal((await askGuard(port, 'killed'))?.supervised, true);
    assert.equal(await askGuard(port, 'another'), null);
    child.kill('SIGKILL');
    await until('guard knows', async () => (await askGuard(port, 'killed'))?.supervised === false);
    await until('all gone', () => ![guardPid, ...pids].some(isAlive), 10_000);
    assert.ok(!existsSync(folder), 'the temporary folder is gone');
    assert.equal(await askGuard(port, 'killed'), null);
  });
});
