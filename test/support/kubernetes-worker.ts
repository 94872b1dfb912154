/** A worker as a process of its own, told by a sluice.yaml where the cluster is, with the rights of the shipped Role. */
import { join } from 'node:path';
import type { ScenarioBed } from './kubernetes-scenarios.js';
import { startWorkerProcess, type WorkerProcess } from './worker-process.js';

export type KubernetesWorker = WorkerProcess;

/**
 * Takes over from the workers in this process.
 * @param metrics where the gateway's counters are read
 */
export function startKubernetesWorker(
  { bed, engine, namespace, platform }: ScenarioBed,
  metrics: string,
): Promise<KubernetesWorker> {
  return startWorkerProcess(
    engine,
    () => `apiVersion: sluice/v1
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
`,
  );
}
