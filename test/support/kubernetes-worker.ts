/** A worker as a process of its own, told by a sluice.yaml where the cluster is, with the rights of the shipped Role. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCredentials } from '../../src/embedded/credentials.js';
import { startGuard } from '../../src/embedded/guard.js';
import { ownProgram } from '../../src/embedded/program.js';
import { stackSpecs } from '../../src/embedded/stack-specs.js';
import type { ScenarioBed } from './kubernetes-scenarios.js';
import { createLocalProcess, type LocalProcess } from './local-process.js';

export interface KubernetesWorker {
  readonly process: LocalProcess;
  stop(): Promise<void>;
}

/**
 * Takes over from the workers in this process.
 * @param metrics where the gateway's counters are read
 */
export async function startKubernetesWorker(
  { bed, engine, namespace, platform }: ScenarioBed,
  metrics: string,
): Promise<KubernetesWorker> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-worker-'));
  for (const folder of ['logs', 'artifacts']) mkdirSync(join(dataDir, folder));
  const configPath = join(dataDir, 'sluice.yaml');
  writeFileSync(configPath, configOf({ bed, namespace, platform, metrics }));
  const guard = await startGuard(randomUUID());
  guard.tell({ removeFolder: dataDir });
  const address = engine.environment.connection.options.address ?? '';
  const { processes } = stackSpecs({
    ...{ cli: '', dataDir, isTemporary: true, configPath, env: process.env, workerEnv: {} },
    credentials: await ensureCredentials(dataDir, 'ann'),
    ports: { temporal: Number(address.split(':').at(-1)), ui: 0, api: 0, playground: 0 },
    programs: { playground: [], worker: ownProgram('workers/main'), api: [] },
  });
  const worker = createLocalProcess(processes.worker, guard);
  await engine.stopWorkers();
  await worker.start();
  return {
    process: worker,
    async stop() {
      await worker.stop();
      await guard.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function configOf(
  where: Pick<ScenarioBed, 'bed' | 'namespace' | 'platform'> & { readonly metrics: string },
): string {
  const { bed, namespace, platform, metrics } = where;
  return `apiVersion: sluice/v1
project: shop
platforms:
  ${platform}:
    kind: kubernetes
    namespace: ${namespace}
    kubeconfig: ${join(bed.folder, `${namespace}.kubeconfig`)}
    router: { kind: gateway-api, route: "{service}", backend: "{service}", metrics: "${metrics}" }
services:
  checkout: { workload: { deployment: checkout, instances: 2 } }
environments:
  production: { platform: ${platform}, strategy: rolling }
`;
}
