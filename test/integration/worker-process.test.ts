/** The worker as a process of its own: one address shows what it counts beside what Temporal's SDK counts. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parsePrometheusText } from '../../src/domain/analysis/prometheus-text.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { until } from '../support/operator.js';
import { startSilentPostgres } from '../support/silent-postgres.js';
import { compiledProgram } from '../support/compiled-program.js';

describe('the worker process', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  const folder = mkdtempSync(join(tmpdir(), 'worker-'));
  const started: ChildProcess[] = [];
  before(async () => {
    engine = await startEngine();
    writeFileSync(join(folder, 'token'), 'not used', { mode: 0o600 });
    writeFileSync(join(folder, 'approval.key'), randomBytes(32).toString('hex'), { mode: 0o600 });
  });
  after(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const child of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  /** It polls no queue that the engine's own workers poll but the one of its platform. */
  function start(metricsAddress: string, env: Readonly<Record<string, string>> = {}) {
    const [program = '', ...args] = compiledProgram('workers/main');
    const child = spawn(program, args, {
      env: {
        ...process.env,
        TEMPORAL_ADDRESS: engine.environment.address,
        SLUICE_CONFIG: 'examples/checkout/sluice.yaml',
        SLUICE_DATA_DIR: folder,
        SLUICE_PLAYGROUND_URL: 'http://127.0.0.1:9',
        SLUICE_PLAYGROUND_TOKEN_FILE: join(folder, 'token'),
        SLUICE_TASK_QUEUES: 'actuate-local',
        SLUICE_WORKER_METRICS_ADDRESS: metricsAddress,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const firstLine = Promise.race([
      once(createInterface(child.stdout), 'line'),
      once(child, 'exit').then(() => assert.fail(said)),
    ]).then(([line]) => JSON.parse(line as string) as { ready: boolean; metrics?: string });
    firstLine.catch(() => undefined);
    return { child, firstLine, said: () => said };
  }

  it('shows both at one address and stops when told', async () => {
    const { child, firstLine, said } = start('127.0.0.1:0');
    const { ready, metrics: url = '' } = await firstLine;
    assert.ok(ready, said());
    const names = await until(
      'the SDK has counted something',
      async () => {
        const lines = parsePrometheusText(await (await fetch(url)).text(), url);
        const error = lines.filter(
          ({ name, value }) => name === 'sluice_scrape_error' && value > 0,
        );
        assert.deepEqual(error, []);
        return new Set(lines.map(({ name }) => name));
      },
      (seen) => seen.has('temporal_num_pollers'),
    );
    assert.ok(names.has('sluice_commands_total') && names.has('temporal_request'));
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  it('has no listener unless it is told an address', async () => {
    const { ready, metrics } = await start('').firstLine;
    assert.deepEqual({ ready, metrics }, { ready: true, metrics: undefined });
  });

  it('starts and stops while the database of the ledger never answers', async () => {
    const database = await startSilentPostgres();
    try {
      const file = join(folder, 'ledger.url');
      writeFileSync(file, database.url, { mode: 0o600 });
      const { child, firstLine, said } = start('', { SLUICE_LEDGER_URL_FILE: file });
      assert.ok((await firstLine).ready, said());
      await database.asked;
      assert.ok(!database.wasLeft(), 'it waited for an answer');
      child.kill('SIGTERM');
      const signal = AbortSignal.timeout(10_000);
      assert.deepEqual(await once(child, 'exit', { signal }), [0, null]);
    } finally {
      await database.stop();
    }
  });

  it('ends with the reason when Temporal denies its namespace, so that it is started again', async () => {
    const { child, said } = start('127.0.0.1:0', {
      TEMPORAL_NAMESPACE: 'nowhere',
      // It begins threads, which would keep a process that has failed.
      SLUICE_TASK_QUEUES: 'workflows',
    });
    const [code] = await once(child, 'exit');
    assert.equal(code, 1);
    assert.match(said(), /nowhere/);
  });

  it('ends with the reason when the address is none or is taken', async () => {
    const taken = new URL(`http://${engine.environment.address}`).port;
    for (const [address, reason] of [
      ['9464', /SLUICE_WORKER_METRICS_ADDRESS: allowed: an address and a port, such as 127.0/],
      [`127.0.0.1:${taken}`, /EADDRINUSE \(seen 127.*, at SLUICE_WORKER_METRICS_ADDRESS\nnext: /],
    ] as const) {
      const { child, said } = start(address);
      assert.deepEqual(await once(child, 'close'), [1, null], said());
      assert.match(said(), reason);
    }
  });
});
