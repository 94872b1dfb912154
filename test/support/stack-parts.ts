/** The parts of an embedded stack as processes that a test starts, kills and starts again, on free ports. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Credentials, ensureCredentials } from '../../src/embedded/credentials.js';
import { choosePorts } from '../../src/embedded/free-port.js';
import { type Guard, startGuard } from '../../src/embedded/guard.js';
import { type PartName, type StackSpecs, stackSpecs } from '../../src/embedded/stack-specs.js';
import { findTemporalCli } from '../../src/embedded/temporal-cli.js';
import type { ProcessSpec } from '../../src/embedded/supervised-process.js';
import { compiledProgram } from './compiled-program.js';
import { createLocalProcess, type LocalProcess } from './local-process.js';

export interface StackParts {
  readonly dataDir: string;
  readonly credentials: Credentials;
  readonly addresses: StackSpecs['addresses'];
  readonly guard: Guard;
  /** Not started yet; asked twice for the same part, the two are processes of their own. */
  prepare(
    name: PartName,
    env?: Readonly<Record<string, string>>,
    other?: Partial<Pick<ProcessSpec, 'stopWithinMs' | 'command'>>,
  ): LocalProcess;
  /** Ends everything that was prepared and removes the data directory. */
  stop(): Promise<void>;
}

/** @param configOf path of the `sluice.yaml`, which may be written into the data directory */
export async function prepareStack(options: {
  readonly keepsHistory: boolean;
  readonly configOf: (dataDir: string) => string;
}): Promise<StackParts> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-local-'));
  for (const folder of ['logs', 'artifacts']) mkdirSync(join(dataDir, folder));
  const guard = await startGuard(randomUUID());
  guard.tell({ removeFolder: dataDir });
  const any = { port: 0, strict: false };
  const ports = await choosePorts({ temporal: any, ui: any, api: any, playground: any });
  const credentials = await ensureCredentials(dataDir, 'ann');
  const { processes, addresses } = stackSpecs({
    cli: findTemporalCli(process.env),
    dataDir,
    isTemporary: !options.keepsHistory,
    configPath: options.configOf(dataDir),
    env: process.env,
    workerEnv: {},
    credentials,
    ports,
    programs: {
      playground: compiledProgram('playground/main'),
      worker: compiledProgram('workers/main'),
      api: compiledProgram('api/main'),
    },
  });
  const prepared: LocalProcess[] = [];
  return {
    ...{ dataDir, credentials, addresses, guard },
    prepare(name, env = {}, other = {}) {
      const spec = processes[name];
      const part = createLocalProcess({ ...spec, ...other, env: { ...spec.env, ...env } }, guard);
      prepared.push(part);
      return part;
    },
    async stop() {
      await Promise.all(prepared.map((part) => part.stop()));
      await guard.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
