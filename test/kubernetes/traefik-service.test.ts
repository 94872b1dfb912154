/** A TraefikService and its IngressRoute under real traffic, written with the rights of the shipped Roles alone. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKubernetesPlatform } from '../../src/adapters/kubernetes/platform.js';
import { type TargetKey, targetPath } from '../../src/domain/names.js';
import type { Workload } from '../../src/ports/workload.js';
import { gateway, startBed } from '../bed/bed.js';
import { trafficRouterContract } from '../contract/traffic-router.contract.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { accountOf, createNamespace, createService, shippedRules } from '../support/kubernetes.js';
import { openDoor } from '../support/kubernetes-platform.js';
import type { PlatformUnderTest } from '../support/platform-under-test.js';
import { createTraefikRoutes, traefikRules } from '../support/traefik-routes.js';

const named = '{service}-{environment}';

/** Traefik says of no object that it has taken it. */
const settleMs = 700;

describeOnBed('a TraefikService under traffic', function () {
  this.timeout(120_000);
  trafficRouterContract({
    ...{ name: 'Traefik', noDoorBecause: null, copies: true },
    create: startTraefikPlatform,
  });
});

async function startTraefikPlatform(): Promise<PlatformUnderTest> {
  const bed = await startBed();
  const namespace = await createNamespace(bed, 'traefik');
  const image = 'sluice.test/checkout:1.0.0';
  await createService(bed, { namespace, name: 'checkout', image, replicas: 0 });
  const rules = [...traefikRules(), ...shippedRules()];
  const { kubeConfig } = await accountOf(bed, namespace, 'sluice', rules);
  const kubeconfig = join(bed.folder, `${namespace}.kubeconfig`);
  writeFileSync(kubeconfig, kubeConfig.exportConfig(), { mode: 0o600 });
  const door = await openDoor(namespace);
  const platform = createKubernetesPlatform({
    ...{ namespace, kubeconfig },
    router: {
      ...{ kind: 'traefik-service', route: named, ingressRoute: named, backend: '{service}' },
      ...{ url: `${door.url}/${named}`, metrics: gateway.metricsUrl },
    },
  });
  const routesOf = ({ service, environment }: TargetKey) =>
    createTraefikRoutes(bed, namespace, `${service}-${environment}`, 'checkout');
  const routed = new Map<string, Promise<void>>();
  const workload: Workload = {
    ...platform.workload,
    async applyRevision(request) {
      const path = targetPath(request.target);
      if (!routed.has(path)) routed.set(path, routesOf(request.target));
      await routed.get(path);
      const ours = { ...request.workload, deployment: 'checkout' };
      await platform.workload.applyRevision({ ...request, workload: ours });
    },
  };
  const unused = () => Promise.reject(new Error('the contract of routers has no use for it'));
  return {
    ...{ workload, metrics: platform.metrics, send: unused, crash: unused },
    router: {
      ...platform.router,
      async applySplit(request) {
        const before = await platform.router.applySplit(request);
        await sleep(settleMs);
        return before;
      },
    },
    pass: (ms) => sleep(ms),
    async dispose() {
      door.close();
      await platform.close();
    },
  };
}
