/** The Kubernetes platform as contract suites see it: on the bed, with the rights of the shipped Role and no more. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadAllYaml, type V1Role } from '@kubernetes/client-node';
import {
  createKubernetesPlatform,
  type KubernetesPlatformOptions,
} from '../../src/adapters/kubernetes/platform.js';
import type { TargetKey } from '../../src/domain/names.js';
import { targetPath } from '../../src/domain/names.js';
import type { ClusterOptions } from '../../src/adapters/kubernetes/cluster.js';
import type { Followers } from '../../src/ports/followers.js';
import type { HandBack } from '../../src/ports/hand-back.js';
import type { Workload } from '../../src/ports/workload.js';
import { type Bed, gateway, startBed } from '../bed/bed.js';
import { accountOf, createNamespace, createRoute, createService } from './kubernetes.js';
import { checkoutRevision, type PlatformUnderTest } from './platform-under-test.js';

const roleFile = join(import.meta.dirname, '../../deploy/kubernetes/rbac.yaml');

const settleMs = 600;

export interface KubernetesUnderTest extends PlatformUnderTest {
  readonly bed: Bed;
  readonly namespace: string;
  readonly followers: Followers;
  readonly handBack: HandBack;
  /** As the worker connects. */
  readonly connection: ClusterOptions;
}

/**
 * @param image of the Deployment that users have, which is named `checkout`
 * @param replicas of that Deployment
 * @param metrics where counters are read
 */
export async function startKubernetesPlatform(
  image = 'sluice.test/checkout:1.0.0',
  replicas = 0,
  metrics: KubernetesPlatformOptions['router']['metrics'] = gateway.metricsUrl,
): Promise<KubernetesUnderTest> {
  const bed = await startBed();
  const namespace = await createNamespace(bed, 'shop');
  await createService(bed, { namespace, name: 'checkout', image, replicas });
  const role = (loadAllYaml(readFileSync(roleFile, 'utf8')) as V1Role[]).find(
    ({ kind }) => kind === 'Role',
  );
  const { kubeConfig } = await accountOf(bed, namespace, 'sluice', role?.rules ?? []);
  const kubeconfig = join(bed.folder, `${namespace}.kubeconfig`);
  writeFileSync(kubeconfig, kubeConfig.exportConfig(), { mode: 0o600 });
  const door = await openDoor(namespace);
  const platform = createKubernetesPlatform({
    ...{ namespace, kubeconfig },
    router: {
      kind: 'gateway-api',
      routeKind: 'HTTPRoute',
      route: '{service}-{environment}',
      backend: '{service}',
      url: `${door.url}/{service}-{environment}`,
      metrics,
    },
  });
  const routed = new Map<string, Promise<string>>();
  const workload: Workload = {
    ...platform.workload,
    async applyRevision(request) {
      const { service, environment } = request.target;
      const path = targetPath(request.target);
      if (!routed.has(path)) {
        routed.set(path, createRoute(bed, namespace, `${service}-${environment}`, { checkout: 1 }));
      }
      await routed.get(path);
      const workload = { deployment: 'checkout', ...request.workload };
      await platform.workload.applyRevision({ ...request, workload });
    },
  };
  return {
    ...{ bed, namespace, workload },
    router: {
      ...platform.router,
      /** Without traffic nothing shows that the gateway goes by a route that it says it has taken, some tenths of a second early. */
      async applySplit(request) {
        const before = await platform.router.applySplit(request);
        await platform.router.readSplit(request.target);
        await sleep(settleMs);
        return before;
      },
    },
    metrics: platform.metrics,
    handBack: platform.handBack,
    followers: platform.followers,
    connection: { namespace, kubeconfig },
    pass: (ms) => sleep(ms),
    async send(target: TargetKey, requests: number) {
      const { url } = await platform.router.readSplit(target);
      for (let n = 0; n < requests; n += 1) await (await fetch(`${url}/`)).text();
    },
    async crash(target: TargetKey, revision: string) {
      const statuses = await platform.workload.readRevisions(target);
      const instance = statuses.find(({ name }) => name === revision)?.instances[0];
      const body = JSON.stringify({ exit: 1 });
      await fetch(`${instance?.url}/admin/behaviour`, { method: 'POST', body }).catch(() => null);
    },
    async dispose() {
      door.close();
      await platform.close();
    },
  };
}

/**
 * `/<route>/…` becomes a request to that route's host, because a URL alone cannot say the host; the answer is named
 * after the revision that gave it, as the example service says in its body.
 */
export async function openDoor(namespace: string) {
  const server = createServer((request, response) => {
    const [, route = '', ...rest] = (request.url ?? '/').split('/');
    const headers = { ...request.headers, host: `${route}.${namespace}.test` };
    const onward = get(new URL(`/${rest.join('/')}`, gateway.url), { headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => {
        const version = /"version":"([^"]+)"/.exec(text)?.[1];
        if (version !== undefined) {
          response.setHeader('x-sluice-revision', checkoutRevision(version).name);
        }
        response.writeHead(answer.statusCode ?? 502).end(text);
      });
    });
    onward.on('error', () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
