/** The bed for scenarios: one engine and one namespace for many services, with the rights of the shipped Role and no more. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHttpGate } from '../../src/adapters/http/http-gate.js';
import { createKubernetesPlatform } from '../../src/adapters/kubernetes/platform.js';
import { Failure } from '../../src/domain/failures.js';
import type { Revision } from '../../src/domain/rollout/revision.js';
import { type Bed, gateway, startBed } from '../bed/bed.js';
import type { ImageBehaviour } from '../bed/images.js';
import { type EngineUnderTest, startEngine } from './engine-under-test.js';
import { canary, createShop, type Shop } from './kubernetes-shop.js';
import {
  accountOf,
  createNamespace,
  createRoute,
  createService,
  shippedRules,
} from './kubernetes.js';
import { createOperator, type Operator } from './operator.js';
import { checkoutRevision } from './platform-under-test.js';
import { createTraefikRoutes, traefikRules } from './traefik-routes.js';

export interface ScenarioBed {
  readonly bed: Bed;
  readonly engine: EngineUnderTest;
  readonly operator: Operator;
  readonly namespace: string;
  /** Name of the platform that requests go to. */
  readonly platform: string;
  /** Services whose metrics nobody can read now. */
  readonly blind: Set<string>;
  /** Of a version of the example or one that was published. */
  revision(version: string): Revision;
  publish(version: string, behaviour?: ImageBehaviour): Revision;
  /** A service with a route, and a Deployment of no pods that revisions are made from. */
  create(service: string): Promise<Shop>;
  /** Services that have 1.0.0 as their stable revision, twice. */
  open(...services: readonly string[]): Promise<void>;
  /** One that was opened. */
  shop(service: string): Shop;
  stop(): Promise<void>;
}

export interface ScenarioDoors {
  /** Where the worker finds the API server; default: where it is. */
  readonly apiServer?: string;
  /** Where it finds the gateway's metrics; default: where they are. */
  readonly metricsUrl?: string;
  /** What divides the traffic: a TraefikService, or else an HTTPRoute. */
  readonly traefikService?: true;
}

export async function startScenarios(doors: ScenarioDoors = {}): Promise<ScenarioBed> {
  const bed = await startBed();
  const namespace = await createNamespace(bed, 'scenario');
  const { kubeConfig } = await accountOf(bed, namespace, 'sluice', [
    ...shippedRules(),
    ...(doors.traefikService ? traefikRules() : []),
  ]);
  if (doors.apiServer !== undefined) {
    // Plain HTTP is only allowed where nothing is verified.
    kubeConfig.clusters = kubeConfig.clusters.map(({ name }) => {
      return { name, server: doors.apiServer ?? '', skipTLSVerify: true };
    });
  }
  const kubeconfig = join(bed.folder, `${namespace}.kubeconfig`);
  writeFileSync(kubeconfig, kubeConfig.exportConfig(), { mode: 0o600 });
  const cluster = createKubernetesPlatform({
    ...{ namespace, kubeconfig },
    router: {
      ...(doors.traefikService
        ? { kind: 'traefik-service', route: '{service}' }
        : { kind: 'gateway-api', routeKind: 'HTTPRoute', route: '{service}' }),
      backend: '{service}',
      metrics: doors.metricsUrl ?? gateway.metricsUrl,
    },
  });
  const blind = new Set<string>();
  const platform = {
    ...cluster,
    metrics: {
      ...cluster.metrics,
      async readCounters(...[target, revisions]: Parameters<typeof cluster.metrics.readCounters>) {
        if (blind.has(target.service))
          throw new Failure('Unavailable', 'no metrics, as the test asks');
        return cluster.metrics.readCounters(target, revisions);
      },
    },
  };
  const engine = await startEngine({ gate: createHttpGate(), platforms: { eu: platform } });
  const published = new Map<string, Revision>();
  const shops = new Map<string, Shop>();

  const scenarios: ScenarioBed = {
    ...{ bed, engine, namespace, blind, operator: createOperator(engine), platform: 'eu' },
    revision(version) {
      const known = published.get(version);
      if (known) return known;
      const { name: _, ...revision } = checkoutRevision(version);
      return revision;
    },
    publish(version, behaviour = {}) {
      const revision = { version, digest: bed.images.publish(version, behaviour) };
      published.set(version, revision);
      return revision;
    },
    async create(service) {
      const image = 'sluice.test/checkout:1.0.0';
      // As in deploy/kubernetes: the gateway hears of an end before it comes, also of one that others bring about.
      const container = { lifecycle: { preStop: { sleep: { seconds: 1 } } } };
      await createService(bed, { namespace, name: service, image, replicas: 0, container });
      if (doors.traefikService) await createTraefikRoutes(bed, namespace, service, service);
      else await createRoute(bed, namespace, service, { [service]: 1 });
      return createShop(scenarios, { service, environment: 'production' });
    },
    async open(...services) {
      await Promise.all(
        services.map(async (service) => {
          const shop = await scenarios.create(service);
          // Many begin at once, and nothing is tried here.
          const result = await shop.roll('1.0.0', canary([], { progressDeadlineMs: 45_000 }));
          assert.equal(result.outcome, 'promoted', result.reason);
          await shop.idle();
          await shop.leadsTo('1.0.0');
          shops.set(service, shop);
        }),
      );
    },
    shop: (service) => shops.get(service) ?? assert.fail(`${service} is not open`),
    async stop() {
      await engine.stop();
      await cluster.close();
    },
  };
  return scenarios;
}
