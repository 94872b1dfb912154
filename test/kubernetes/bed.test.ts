/** The test bed itself: what the other suites on it take for granted. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiextensionsV1Api, CoreV1Api, VersionApi } from '@kubernetes/client-node';
import { type Bed, gateway, prometheusUrl, startBed } from '../bed/bed.js';
import { foreignDefinitions, readDefinitions } from '../bed/definitions.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import {
  accountOf,
  createNamespace,
  createRoute,
  createService,
  ready,
  setWeights,
  within,
} from '../support/kubernetes.js';
import { ask, countAnswers } from '../support/kubernetes-requests.js';

describeOnBed('the Kubernetes bed', () => {
  let bed: Bed;
  let core: CoreV1Api;
  let namespace: string;
  let host: string;

  before(async function startShared() {
    this.timeout(120_000);
    bed = await startBed();
    core = bed.admin.makeApiClient(CoreV1Api);
    namespace = await createNamespace(bed, 'bed');
  });

  it('starts in 15 s where nothing else runs, and in a minute wherever it is', () => {
    console.log(`      started in ${bed.startedInMs} ms`);
    assert.ok(bed.startedInMs <= 60_000, `${bed.startedInMs} ms`);
  });

  it('answers as the API server of the pinned release', async function pinned() {
    // Then it is of whatever release the folder has.
    if (process.env['KUBEBUILDER_ASSETS']) this.skip();
    const { gitVersion } = await bed.admin.makeApiClient(VersionApi).getCode();
    const pins = readFileSync(join(import.meta.dirname, '../bed/go/kubernetes/go.mod'), 'utf8');
    assert.ok(pins.includes(`k8s.io/kubernetes ${gitVersion}\n`), gitVersion);
  });

  it('serves every definition of its folders, the Gateway API first', async () => {
    const { items } = await bed.admin
      .makeApiClient(ApiextensionsV1Api)
      .listCustomResourceDefinition();
    const served = items.filter(({ status }) =>
      status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True'),
    );
    const names = new Set(served.map(({ metadata }) => metadata?.name));
    assert.ok(names.has('httproutes.gateway.networking.k8s.io'));
    for (const { metadata } of readDefinitions(foreignDefinitions)) {
      assert.ok(names.has(metadata?.name), metadata?.name);
    }
  });

  it('refuses what the token may not, and nothing else', async () => {
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }];
    const { kubeConfig } = await accountOf(bed, namespace, 'reader', rules);
    const mine = kubeConfig.makeApiClient(CoreV1Api);
    assert.deepEqual((await mine.listNamespacedPod({ namespace })).items, []);
    await assert.rejects(mine.listNamespacedSecret({ namespace }), { code: 403 });
    await assert.rejects(mine.listNamespacedPod({ namespace: 'default' }), { code: 403 });
    const forged = bed.control.kubeConfig('nobody').makeApiClient(CoreV1Api);
    await assert.rejects(forged.listNamespacedPod({ namespace }), { code: 401 });
  });

  it('makes the pods of two Deployments ready', async () => {
    const version = (name: string, tag: string) =>
      createService(bed, { namespace, name, image: `sluice.test/checkout:${tag}`, replicas: 2 });
    await Promise.all([version('stable', '1.0.0'), version('candidate', '1.1.0')]);
    await Promise.all([ready(bed, namespace, 'stable'), ready(bed, namespace, 'candidate')]);
    const pods = await core.listNamespacedPod({ namespace });
    assert.equal(new Set(pods.items.map(({ status }) => status?.podIP)).size, 4);
  });

  it('splits 200 requests 80 to 20 as the route says', async () => {
    host = await createRoute(bed, namespace, 'checkout', { stable: 80, candidate: 20 });
    await within('the route answers', 5000, async () => (await ask(host)).status === 200);
    const counts = await countAnswers(host, 200);
    assert.ok(Math.abs((counts['1.0.0'] ?? 0) - 160) <= 2, JSON.stringify(counts));
    assert.ok(Math.abs((counts['1.1.0'] ?? 0) - 40) <= 2, JSON.stringify(counts));
  });

  it('follows a change of weights within 1 s', async () => {
    await setWeights(bed, namespace, 'checkout', { stable: 0, candidate: 100 });
    const writtenAtMs = Date.now();
    let lastStableAtMs = writtenAtMs;
    while (Date.now() < writtenAtMs + 2000) {
      const { status, version } = await ask(host);
      assert.equal(status, 200);
      if (version === '1.0.0') lastStableAtMs = Date.now();
    }
    console.log(`      effective after ${lastStableAtMs - writtenAtMs} ms`);
    assert.ok(lastStableAtMs - writtenAtMs <= 1000, `${lastStableAtMs - writtenAtMs} ms`);
  });

  it('counts the requests of each backend in metrics', async () => {
    const metrics = await (await fetch(gateway.metricsUrl)).text();
    const service = `${namespace}-candidate-http-8080@kubernetesgateway`;
    const lines = metrics
      .split('\n')
      .filter((line) => line.startsWith('traefik_service_requests_total{'));
    assert.ok(
      lines.some((line) => line.includes(service)),
      lines.join('\n'),
    );
  });

  it('answers queries about the gateway a second later', async () => {
    const service = `${namespace}-candidate-http-8080@kubernetesgateway`;
    const query = `sum(traefik_service_requests_total{service="${service}"})`;
    const url = `${prometheusUrl}/api/v1/query?query=${encodeURIComponent(query)}`;
    await within('Prometheus has counted the requests', 3000, async () => {
      const { data } = (await (await fetch(url)).json()) as {
        data: { result: readonly { value: readonly [number, string] }[] };
      };
      return Number(data.result[0]?.value[1] ?? 0) >= 40;
    });
  });

  it('restarts a process that was killed, and reports it as a kubelet does', async () => {
    const pods = await core.listNamespacedPod({ namespace, labelSelector: 'app=stable' });
    const name = pods.items[0]?.metadata?.name ?? '';
    const read = async () =>
      (await core.readNamespacedPod({ namespace, name })).status?.containerStatuses?.[0];
    const kill = () => bed.kubelet.pod(namespace, name).containers[0]?.signal('SIGKILL');
    assert.equal(kill(), true);
    await within('it is back', 10_000, async () => {
      const status = await read();
      return status?.restartCount === 1 && status.ready;
    });
    const terminated = (await read())?.lastState?.terminated;
    assert.equal(terminated?.exitCode, 137);
    assert.equal(terminated?.reason, 'Error');
    assert.equal(kill(), true);
    await within('it backs off', 10_000, async () => {
      return (await read())?.state?.waiting?.reason === 'CrashLoopBackOff';
    });
    await within('it is back again', 10_000, async () => (await read())?.ready === true);
  });

  it('says why a container does not start, and hands out its log', async () => {
    const crash = `console.log('first line'); console.log('cannot find the ledger'); process.exit(3)`;
    const broken = { command: [process.execPath, '-e', crash] };
    const image = 'sluice.test/checkout:1.0.0';
    await Promise.all([
      createService(bed, {
        namespace,
        name: 'absent',
        image: 'sluice.test/checkout:9.9.9',
        replicas: 1,
      }),
      createService(bed, { namespace, name: 'broken', image, replicas: 1, container: broken }),
    ]);
    const only = async (app: string) =>
      (await core.listNamespacedPod({ namespace, labelSelector: `app=${app}` })).items[0];
    await within('the pull fails', 10_000, async () => {
      const reason = (await only('absent'))?.status?.containerStatuses?.[0]?.state?.waiting?.reason;
      return reason === 'ErrImagePull' || reason === 'ImagePullBackOff';
    });
    await within('the crash is told', 10_000, async () => {
      const status = (await only('broken'))?.status?.containerStatuses?.[0];
      return status?.lastState?.terminated?.exitCode === 3;
    });
    const name = (await only('broken'))?.metadata?.name ?? '';
    const log = await core.readNamespacedPodLog({ namespace, name, previous: true, tailLines: 1 });
    assert.equal(log, 'cannot find the ledger\n');
  });

  it('goes on after the API server was restarted', async () => {
    const { apiServer } = bed.control;
    await apiServer.signal('SIGKILL');
    const service = bed.kubelet.pods().find((pod) => pod.name.startsWith('candidate'));
    assert.equal((await ask(host)).status, 200);
    assert.equal(service?.containers[0]?.signal('SIGKILL'), true);
    await apiServer.start();
    const name = service?.name ?? '';
    await within('what happened meanwhile is told', 10_000, async () => {
      const { status } = await core.readNamespacedPod({ namespace, name });
      return status?.containerStatuses?.[0]?.restartCount === 1;
    });
    await createService(bed, {
      namespace,
      name: 'late',
      image: 'sluice.test/checkout:1.0.0',
      replicas: 1,
    });
    await ready(bed, namespace, 'late');
  });

  it('ends every process of a pod that is deleted', async () => {
    const mine = bed.kubelet.pods().filter((pod) => pod.namespace === namespace);
    const processes = () => mine.flatMap(({ ip }) => processesWith(`POD_IP=${ip}`));
    assert.ok(processes().length >= 5, processes().join('\n'));
    await core.deleteNamespace({ name: namespace });
    await within('its namespace is gone', 60_000, async () => {
      const { items } = await core.listNamespace();
      return items.every(({ metadata }) => metadata?.name !== namespace);
    });
    assert.deepEqual(processes(), []);
  }).timeout(90_000);

  it('leaves nothing when the namespace ends', async () => {
    const mark = `SLUICE_BED_MARK=${randomUUID()}`;
    const [name = '', value = ''] = mark.split('=');
    const program = join(import.meta.dirname, '../bed/alone.mjs');
    const run = join(import.meta.dirname, '../bed/run.mjs');
    const nested = spawn(
      process.execPath,
      [run, '--', process.execPath, '--import', 'tsx', program],
      {
        env: { ...process.env, [name]: value },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    nested.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await within('a second bed is up', 60_000, async () => said.includes('up\n'));
    const programs = processesWith(mark).join(' ');
    for (const part of ['etcd', 'kube-apiserver', 'traefik', 'unshare', 'server.mjs']) {
      assert.ok(programs.includes(part), programs);
    }
    nested.kill('SIGTERM');
    await within('all of it is gone', 5000, async () => processesWith(mark).length === 0);
  }).timeout(90_000);
});

/** Command lines of the processes that have this in their environment, in this namespace and those within it. */
function processesWith(mark: string): string[] {
  return readdirSync('/proc').flatMap((id) => {
    if (!/^\d+$/.test(id)) return [];
    try {
      if (!readFileSync(`/proc/${id}/environ`, 'latin1').split('\0').includes(mark)) return [];
      return [readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      return [];
    }
  });
}
