/** A worker as a process of its own, as the embedded stack starts it, at the Temporal server of an engine under test. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Credentials, ensureCredentials } from '../../src/embedded/credentials.js';
import { startGuard } from '../../src/embedded/guard.js';
import { stackSpecs } from '../../src/embedded/stack-specs.js';
import type { EngineUnderTest } from './engine-under-test.js';
import { compiledProgram } from './compiled-program.js';
import { createLocalProcess, type LocalProcess } from './local-process.js';

export interface WorkerProcess {
  readonly process: LocalProcess;
  /** Of this worker alone; it outlives the process, and goes with `stop`. */
  readonly dataDir: string;
  readonly credentials: Credentials;
  stop(): Promise<void>;
}

/**
 * Takes over from the workers in this process.
 * @param configOf text of its `sluice.yaml`, which may name files in the folder
 */
export async function startWorkerProcess(
  engine: EngineUnderTest,
  configOf: (dataDir: string) => string,
): Promise<WorkerProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-worker-'));
  for (const folder of ['logs', 'artifacts']) mkdirSync(join(dataDir, folder));
  const configPath = join(dataDir, 'sluice.yaml');
  writeFileSync(configPath, configOf(dataDir));
  const guard = await startGuard(randomUUID());
  guard.tell({ removeFolder: dataDir });
  const address = engine.environment.connection.options.address ?? '';
  const credentials = await ensureCredentials(dataDir, 'ann');
  const { processes } = stackSpecs({
    ...{ cli: '', dataDir, isTemporary: true, configPath, env: process.env, workerEnv: {} },
    credentials,
    ports: { temporal: Number(address.split(':').at(-1)), ui: 0, api: 0, playground: 0 },
    programs: { playground: [], worker: compiledProgram('workers/main'), api: [] },
  });
  const worker = createLocalProcess(processes.worker, guard);
  await engine.stopWorkers();
  await worker.start();
  return {
    ...{ process: worker, dataDir, credentials },
    async stop() {
      await worker.stop();
      await guard.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
