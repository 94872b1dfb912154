/** A real Kubernetes for tests, without containers: real control plane, real gateway, pods as local processes. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCluster } from './cluster.js';
import { type ControlPlane, createControlPlane, type Programs } from './control-plane.js';
import type { Daemon } from './daemon.js';
import type { Front } from './front.js';
import { startGateway } from './gateway.js';
import { createImages, type Images } from './images.js';
import { type Kubelet, startKubelet } from './kubelet.js';
import { startPrometheus } from './prometheus.js';

export { gateway } from './gateway.js';
export { prometheusUrl, targetsFolder } from './prometheus.js';

export interface Bed extends TestCluster {
  readonly control: ControlPlane;
  readonly traefik: Daemon;
  /** What the gateway reaches the API server through. */
  readonly front: Front;
  readonly prometheus: Daemon;
  readonly kubelet: Kubelet;
  readonly images: Images;
  /** Logs, keys and data of the bed; removed when its namespace ends. */
  readonly folder: string;
  /** How long `startBed` took. */
  readonly startedInMs: number;
}

let started: Promise<Bed> | null = null;
/** What all copies of this file share in one process: whether one of them has started the bed. */
const shared: { [mark: symbol]: unknown } = globalThis;
const mark = Symbol.for('sluice.test.bed');

/**
 * Every caller of one test run shares the one bed; it ends with the namespace it was started in.
 * @throws outside of the namespace that `npm run test:kubernetes` makes
 */
export function startBed(): Promise<Bed> {
  started ??= start(process.env['SLUICE_BED_PROGRAMS'], process.env['SLUICE_BED_FOLDER']);
  return started;
}

async function start(programsText: string | undefined, folder: string | undefined): Promise<Bed> {
  if (programsText === undefined || folder === undefined) {
    throw new Error(
      'the test bed runs in a namespace of its own, npm run test:kubernetes; suites that need it say describeOnBed',
    );
  }
  if (shared[mark] !== undefined) {
    throw new Error(
      'this file is loaded twice, by require and by import: some test, or a package that it needs, cannot be required (npm run mocha -- test/check/loading.test.ts names it)',
    );
  }
  shared[mark] = true;
  const startedAtMs = Date.now();
  const programs = JSON.parse(programsText) as Programs;
  mkdirSync(folder, { recursive: true });
  const control = createControlPlane(programs, folder);
  await control.etcd.start();
  await control.apiServer.start();
  const admin = control.kubeConfig(control.adminToken);
  const images = createImages(join(folder, 'images'));
  const [{ traefik, front }, kubelet, prometheus] = await Promise.all([
    startGateway(programs, folder, control),
    startKubelet({ kubeConfig: admin, images, logs: join(folder, 'pods'), tls: control.tls() }),
    startPrometheus(programs, folder),
    control.controllerManager.start(),
    control.scheduler.start(),
  ]);
  const startedInMs = Date.now() - startedAtMs;
  const { kubeConfig } = control;
  return {
    control,
    traefik,
    front,
    prometheus,
    kubelet,
    images,
    admin,
    kubeConfig,
    folder,
    startedInMs,
  };
}
