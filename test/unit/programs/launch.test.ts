/** Programs by way of the launcher: what they say comes back whole, and neither side outlives the other by mistake. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LaunchFault, launch } from '../../../src/programs/launch.js';
import type { ProgramCall } from '../../../src/programs/launch-messages.js';
import { isAlive } from '../../support/is-alive.js';
import { within } from '../../support/kubernetes.js';

const env = { PATH: process.env['PATH'] ?? '' };
const sh = (script: string, more: Partial<ProgramCall> = {}) =>
  launch({ program: 'sh', args: ['-c', script], env, ...more });

/** Who started the program: the launcher. */
const launcherPid = async () => Number((await sh('echo $PPID')).stdout.toString());

const isFault = (kind: LaunchFault['kind'], says: RegExp) => (error: unknown) =>
  error instanceof LaunchFault && error.kind === kind && says.test(error.message);

describe('a program that is launched', () => {
  it('gets its input, its environment alone and its folder, and answers byte by byte', async () => {
    const input = Buffer.from([0, 255, 10, 128]);
    const echo = await launch({ program: 'cat', args: [], env, input });
    assert.deepEqual(echo, { code: 0, stdout: input, stderr: Buffer.alloc(0) });
    const { code, stdout, stderr } = await sh('env; pwd; echo no >&2; exit 7', {
      ...{ env: { ...env, SAID: 'grüezi' }, folder: '/' },
    });
    assert.equal(code, 7);
    assert.equal(stderr.toString(), 'no\n');
    const lines = stdout.toString().trim().split('\n');
    assert.ok(lines.includes('SAID=grüezi') && lines.includes('/'), stdout.toString());
    const names = lines.flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
    // The shell's own beside what was given.
    assert.deepEqual(
      names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).sort(),
      ['PATH', 'SAID'],
    );
  });

  it('runs beside others', async () => {
    const pairs = Array.from({ length: 50 }, (_, n) => n);
    const answers = await Promise.all(pairs.map((n) => sh(`sleep 0.${n % 5}; echo ${n}`)));
    assert.deepEqual(
      answers.map(({ stdout }) => Number(stdout.toString())),
      pairs,
    );
  });

  it('says as much as is gathered, and its input may be left unread', async () => {
    const mebibyte = 1024 * 1024;
    const { code, stdout } = await sh(`head -c ${70 * mebibyte} /dev/zero`, {
      input: Buffer.alloc(mebibyte),
    });
    assert.deepEqual([code, stdout.length], [0, 64 * mebibyte]);
  });

  it('is asked to end at its limit, and made to when it does not', async () => {
    const asked = await sh('trap "exit 3" TERM; sleep 30 & wait', { forMs: 300 });
    assert.equal(asked.code, 3);
    const since = Date.now();
    const { code } = await sh('trap "" TERM; while :; do sleep 0.1; done', { forMs: 300 });
    assert.equal(code, null);
    assert.ok(Date.now() - since < 5_000);
  });

  it('is refused when there is none, or no such folder', async () => {
    const missing = launch({ program: 'no-such-program', args: [], env });
    await assert.rejects(missing, isFault('refused', /ENOENT/));
    await assert.rejects(sh('true', { folder: '/no/such/folder' }), isFault('refused', /ENOENT/));
  });

  it('is lost with the launcher, and the next one gets another', async () => {
    const first = await launcherPid();
    const waiting = sh('sleep 30');
    await sleep(100);
    process.kill(first, 'SIGKILL');
    await assert.rejects(waiting, isFault('lost', /launcher has gone/));
    assert.notEqual(await launcherPid(), first);
  });

  it('does not lose its launcher to the signals of a terminal or of a service', async () => {
    const pid = await launcherPid();
    const waiting = sh('sleep 0.5; echo done');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
    assert.equal((await waiting).stdout.toString(), 'done\n');
    assert.equal(await launcherPid(), pid);
  });
});

describe('a launcher', () => {
  const module = fileURLToPath(new URL('../../../src/programs/launch.ts', import.meta.url));
  /** A process that has launched `script`, and what it printed first. */
  async function another(script: string) {
    const text = `const { launch } = await import(${JSON.stringify(module)});
      const call = (script) => launch({ program: 'sh', args: ['-c', script], env: process.env });
      console.log((await call('echo $PPID')).stdout.toString());
      ${script}`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', text];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, pid: Number(line.toString()) };
  }

  it('keeps nobody alive who has nothing to do, and goes with them', async () => {
    const { child, pid } = await another('');
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
    await within('the launcher has gone', 5_000, async () => !isAlive(pid));
  });

  it('goes when who started it is killed', async () => {
    const { child, pid } = await another('await call("sleep 20")');
    assert.ok(isAlive(pid));
    child.kill('SIGKILL');
    await within('the launcher has gone', 5_000, async () => !isAlive(pid));
  });

  it('keeps alive who waits for an answer', async () => {
    const { child } = await another(
      'console.log((await call("sleep 0.5; echo late")).stdout.toString())',
    );
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    assert.equal(line.toString().trim(), 'late');
  });
});
