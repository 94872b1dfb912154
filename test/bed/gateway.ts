/** The Gateway API of the bed: its CRDs, Traefik as the data plane, one shared Gateway. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api, CustomObjectsApi, type KubeConfig } from '@kubernetes/client-node';
import type { ControlPlane, Programs } from './control-plane.js';
import { createDaemon, type Daemon } from './daemon.js';
import { applyDefinitions, foreignDefinitions, readDefinitions } from './definitions.js';
import { type Front, frontUrl, startFront } from './front.js';

const group = 'gateway.networking.k8s.io';
const version = 'v1';
const withinMs = 30_000;

/** Where it answers, and what routes name as their parent. */
export const gateway = {
  /** Requests go here with the route's host name in `Host`. */
  url: 'http://127.0.0.1:8000',
  /** Prometheus text: `traefik_service_requests_total{service="<namespace>-<service>-http-<port>@kubernetesgateway"}`. */
  metricsUrl: 'http://127.0.0.1:8001/metrics',
  namespace: 'gateway',
  name: 'shared',
} as const;

interface GatewayObject {
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
}

export async function startGateway(
  programs: Programs,
  folder: string,
  control: ControlPlane,
): Promise<{ readonly traefik: Daemon; readonly front: Front }> {
  const admin = control.kubeConfig(control.adminToken);
  await applyDefinitions(admin, [
    ...readDefinitions(programs['crds'] ?? ''),
    ...readDefinitions(foreignDefinitions),
  ]);
  const front = await startFront();
  const [traefik] = await Promise.all([
    startTraefik(programs['traefik'] ?? 'traefik', folder, control),
    createShared(admin),
  ]);
  await programmed(admin);
  return { traefik, front };
}

async function startTraefik(program: string, folder: string, control: ControlPlane) {
  const daemon = createDaemon({
    name: 'traefik',
    program,
    folder,
    withinMs,
    args: [
      '--providers.kubernetesgateway=true',
      `--providers.kubernetesgateway.endpoint=${frontUrl}`,
      `--providers.kubernetesgateway.token=${control.adminToken}`,
      '--providers.kubernetesgateway.statusaddress.ip=127.0.0.1',
      // TraefikServices and IngressRoutes, of any namespace.
      '--providers.kubernetescrd=true',
      `--providers.kubernetescrd.endpoint=${frontUrl}`,
      `--providers.kubernetescrd.token=${control.adminToken}`,
      // Between two changes Traefik would otherwise rest for 2 s.
      '--providers.providersthrottleduration=50ms',
      '--entrypoints.web.address=127.0.0.1:8000',
      // Never a wildcard address: it would stand before the pods that listen on the same port.
      '--entrypoints.traefik.address=127.0.0.1:8001',
      '--ping=true',
      '--metrics.prometheus=true',
      '--metrics.prometheus.addServicesLabels=true',
      '--global.checknewversion=false',
      '--global.sendanonymoususage=false',
      '--log.level=INFO',
    ],
    isReady: async () => (await fetch('http://127.0.0.1:8001/ping')).ok,
  });
  await daemon.start();
  return daemon;
}

async function createShared(admin: KubeConfig): Promise<void> {
  const api = admin.makeApiClient(CustomObjectsApi);
  const { namespace, name } = gateway;
  const meta = { apiVersion: `${group}/${version}` };
  await admin.makeApiClient(CoreV1Api).createNamespace({ body: { metadata: { name: namespace } } });
  await api.createClusterCustomObject({
    ...{ group, version, plural: 'gatewayclasses' },
    body: {
      ...{ ...meta, kind: 'GatewayClass', metadata: { name } },
      spec: { controllerName: 'traefik.io/gateway-controller' },
    },
  });
  await api.createNamespacedCustomObject({
    ...{ group, version, namespace, plural: 'gateways' },
    body: {
      ...{ ...meta, kind: 'Gateway', metadata: { name, namespace } },
      spec: {
        gatewayClassName: name,
        listeners: [
          {
            name: 'web',
            protocol: 'HTTP',
            port: 8000,
            allowedRoutes: { namespaces: { from: 'All' } },
          },
        ],
      },
    },
  });
}

async function programmed(admin: KubeConfig): Promise<void> {
  const api = admin.makeApiClient(CustomObjectsApi);
  const { namespace, name } = gateway;
  await until('the shared Gateway is programmed', async () => {
    const found: GatewayObject = await api.getNamespacedCustomObject({
      ...{ group, version, namespace, name, plural: 'gateways' },
    });
    return found.status?.conditions?.some(
      (each) => each.type === 'Programmed' && each.status === 'True',
    );
  });
}

async function until(what: string, isTrue: () => Promise<boolean | undefined>): Promise<void> {
  for (const untilMs = Date.now() + withinMs; Date.now() < untilMs; await sleep(50)) {
    if ((await isTrue().catch(() => false)) === true) return;
  }
  throw new Error(`not within ${withinMs} ms: ${what}`);
}
