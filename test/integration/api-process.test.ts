/** The API as a process of its own: nobody who is served waits for a ledger. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureCredentials } from '../../src/embedded/credentials.js';
import { digestA } from '../support/api-under-test.js';
import { type SilentPostgres, startSilentPostgres } from '../support/silent-postgres.js';
import { compiledProgram } from '../support/compiled-program.js';

describe('the API process', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'api-'));
  let database: SilentPostgres;
  let child: ChildProcess | null = null;
  before(async () => {
    database = await startSilentPostgres();
    writeFileSync(join(folder, 'ledger.url'), database.url, { mode: 0o600 });
  });
  after(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts, answers a plan and stops while the database of the ledger never answers', async () => {
    const { tokensFile, userTokenFile } = await ensureCredentials(folder, 'ann');
    const [program = '', ...args] = compiledProgram('api/main');
    const started = spawn(program, args, {
      env: {
        ...process.env,
        // Nobody listens there: a plan is made without what runs.
        TEMPORAL_ADDRESS: '127.0.0.1:9',
        SLUICE_CONFIG: 'examples/checkout/sluice.yaml',
        SLUICE_DATA_DIR: folder,
        SLUICE_TOKENS_FILE: tokensFile,
        SLUICE_API_PORT: '0',
        SLUICE_LEDGER_URL_FILE: join(folder, 'ledger.url'),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    const [line] = await once(createInterface(started.stdout), 'line');
    const { ready, url } = JSON.parse(line as string) as { ready: boolean; url: string };
    assert.ok(ready);
    await database.asked;
    assert.ok(!database.wasLeft(), 'it waited for an answer');
    const answer = await fetch(`${url}/v1/plan`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${readFileSync(userTokenFile, 'utf8').trim()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ service: 'checkout', version: '1.2.3', digest: digestA }),
    });
    assert.equal(answer.status, 200, await answer.text());
    assert.ok(!database.wasLeft(), 'the plan waited for it');
    started.kill('SIGTERM');
    assert.deepEqual(await once(started, 'exit'), [0, null]);
  });
});
