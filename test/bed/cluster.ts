/** The cluster that tests write to: the bed when one is built, else the one that a user's kubeconfig names. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { startBed } from './bed.js';

/** Of a cluster only this is asked by tests that write objects and read them back. */
export interface TestCluster {
  /** Of a user who may do everything; never hand it to what is under test. */
  readonly admin: KubeConfig;
  /** For files of this run. */
  readonly folder: string;
  /** The same cluster with nothing but this token. */
  kubeConfig(token: string): KubeConfig;
}

/** Set by `npm run test:kubernetes -- --kubeconfig FILE`; see run.mjs. */
const foreignFile = process.env['SLUICE_TEST_KUBECONFIG'] ?? '';

/** Whether the cluster is somebody's own, so that it has no pods as processes, no gateway and no Prometheus of ours. */
export const isForeign = foreignFile !== '';

/** Namespaces with this label are deleted when the run has ended, however it ended. */
export const runLabel = { 'sluice.test/run': process.env['SLUICE_TEST_RUN'] ?? 'bed' };

let foreign: TestCluster | null = null;

/** @throws when it cannot be started, or its kubeconfig cannot be read */
export async function startCluster(): Promise<TestCluster> {
  if (!isForeign) return startBed();
  foreign ??= connect(foreignFile);
  return foreign;
}

function connect(file: string): TestCluster {
  const admin = new KubeConfig();
  admin.loadFromFile(file);
  const cluster = admin.getCurrentCluster();
  if (cluster === null) throw new Error(`${file} has no current context`);
  return {
    admin,
    folder: mkdtempSync(join(tmpdir(), 'sluice-cluster-')),
    kubeConfig(token) {
      const config = new KubeConfig();
      config.loadFromClusterAndUser(cluster, { name: 'user', token });
      return config;
    },
  };
}
