/** A production around the small shop: a Temporal cluster, workers that share the task queues, two replicas of the API behind a balancer. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDataConverter } from '../../src/adapters/temporal/temporal-access.js';
import { openPayloadKeys } from '../../src/config/payload-keys.js';
import { choosePorts } from '../../src/embedded/free-port.js';
import { startBalancer } from '../support/balancer.js';
import type { ShopSite } from '../support/busy-shop.js';
import type { PlaygroundTap } from '../support/playground-tap.js';
import type { StackParts } from '../support/stack-parts.js';
import { prepareCluster } from './cluster.js';

/** Each queue has two workers, and no worker has all. */
const queues = ['workflows,watch', 'workflows,actuate-local', 'watch,actuate-local'];

export async function openProduction(stack: StackParts, tap: PlaygroundTap): Promise<ShopSite> {
  const { dataDir, guard } = stack;
  const cluster = await prepareCluster({ folder: join(dataDir, 'cluster'), guard });
  const keyFile = join(dataDir, 'payload-keys.json');
  const key = (id: string) => ({ id, secret: randomBytes(32).toString('base64') });
  writeFileSync(keyFile, JSON.stringify({ keys: [key('new'), key('old')] }), { mode: 0o600 });
  const env = { ...cluster.env, SLUICE_PAYLOAD_KEYS_FILE: keyFile };
  const any = { port: 0, strict: false };
  const ports = await choosePorts({ api1: any, api2: any });
  const balancer = await startBalancer();
  const worker = (index: number) =>
    stack.prepare('worker', {
      ...env,
      SLUICE_TASK_QUEUES: queues[index] ?? '',
      SLUICE_PLAYGROUND_URL: tap.url,
    });
  const api = (port: number) => stack.prepare('api', { ...env, SLUICE_API_PORT: String(port) });
  const ours = {
    ...{ worker1: worker(0), worker2: worker(1), worker3: worker(2) },
    ...{ api1: api(ports.api1), api2: api(ports.api2) },
  };
  const { worker: temporalWorker, ...roles } = cluster.processes;
  return {
    parts: { ...roles, temporalWorker, ...ours },
    writingOf: { worker2: tap.nextPassing, worker3: tap.nextPassing },
    apiUrl: balancer.url,
    connection: cluster.connection,
    namespace: cluster.namespace,
    dataConverter: await createDataConverter(await openPayloadKeys(keyFile, Date.now)),
    async start() {
      await cluster.start();
      await Promise.all(Object.values(ours).map((each) => each.start()));
      for (const port of Object.values(ports)) await balancer.add(`http://127.0.0.1:${port}`);
    },
    async stop() {
      balancer.close();
      await Promise.all(Object.values(ours).map((each) => each.kill()));
      await cluster.stop();
    },
  };
}
