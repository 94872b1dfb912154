/** The other ways to run these suites: against somebody's own cluster, and what is said where nothing can run. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  ApiextensionsV1Api,
  CoreV1Api,
  type V1CustomResourceDefinition,
} from '@kubernetes/client-node';
import { type Bed, startBed } from '../bed/bed.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { within } from '../support/kubernetes.js';

const run = join(import.meta.dirname, '../bed/run.mjs');
const suites = ['written-objects', 'platform'].map((name) => `test/kubernetes/${name}.test.ts`);

interface Outcome {
  readonly code: number | null;
  readonly said: string;
}

function runWith(args: readonly string[], change: Record<string, string> = {}): Promise<Outcome> {
  const { SLUICE_BED_PROGRAMS: _, SLUICE_COUNTS_FILE: __, ...env } = process.env;
  const child = spawn(process.execPath, [run, ...args], { env: { ...env, ...change } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}

/** Its deletion takes a moment, in which it cannot be created. */
async function createAgain(api: ApiextensionsV1Api, body: V1CustomResourceDefinition) {
  await within('the definition is there again', 10_000, async () => {
    await api.createCustomResourceDefinition({ body });
    return true;
  });
}

describeOnBed('the ways to run the Kubernetes suites', function () {
  this.timeout(90_000);
  let bed: Bed;
  let folder: string;
  before(async () => {
    bed = await startBed();
    folder = mkdtempSync(join(tmpdir(), 'sluice-modes-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are a kubeconfig: what needs no pods passes in namespaces that are deleted, the rest says why not', async () => {
    const { code, said } = await runWith(['--kubeconfig', bed.control.adminKubeconfig, ...suites]);
    assert.equal(code, 0, said);
    assert.match(said, /are a Deployment and a Service for each revision/);
    assert.match(said, /skipped: it needs pods that run as processes/);
    assert.match(said, /tests: [1-9]\d* passed, 0 failed, [1-9]\d* skipped/);
    const core = bed.admin.makeApiClient(CoreV1Api);
    const { items } = await core.listNamespace({ labelSelector: 'sluice.test/run!=bed' });
    const left = items.filter(({ metadata }) => metadata?.labels?.['sluice.test/run']);
    const staying = left.filter(({ status }) => status?.phase !== 'Terminating');
    assert.deepEqual(
      staying.map(({ metadata }) => metadata?.name),
      [],
    );
  });

  it('name the kubeconfig that is not there', async () => {
    const { code, said } = await runWith(['--kubeconfig', '/nowhere/config']);
    assert.equal(code, 1);
    assert.match(said, /there is no kubeconfig \/nowhere\/config\n.*--kubeconfig/);
  });

  it('name the definitions that a cluster does not have', async () => {
    const api = bed.admin.makeApiClient(ApiextensionsV1Api);
    const name = 'grpcroutes.gateway.networking.k8s.io';
    const { metadata, spec } = await api.readCustomResourceDefinition({ name });
    await api.deleteCustomResourceDefinition({ name });
    try {
      const { code, said } = await runWith(['--kubeconfig', bed.control.adminKubeconfig]);
      assert.equal(code, 1, said);
      assert.match(said, /does not have grpcroutes\.gateway\.networking\.k8s\.io\n.*apply/);
    } finally {
      await createAgain(api, {
        metadata: { name, annotations: metadata?.annotations ?? {} },
        spec,
      });
    }
  });

  it('name Go, the folder of envtest and the kubeconfig where none of them is there', async () => {
    const path = mkdtempSync(join(folder, 'path-'));
    for (const name of ['node', 'bash', 'setpriv', 'unshare', 'ip']) {
      const found = name === 'node' ? process.execPath : `/usr/bin/${name}`;
      symlinkSync(found, join(path, name));
    }
    const { code, said } = await runWith([], {
      PATH: path,
      SLUICE_CACHE_DIR: join(folder, 'empty'),
    });
    assert.equal(code, 1, said);
    assert.match(said, /Go is not on PATH, and the test bed still needs etcd, .*kube-apiserver/);
    for (const way of [/install Go 1\.\d+/, /KUBEBUILDER_ASSETS=/, /--kubeconfig FILE/]) {
      assert.match(said, way);
    }
  });

  it('take etcd and the API server from KUBEBUILDER_ASSETS', async () => {
    const assets = mkdtempSync(join(folder, 'assets-'));
    const programs = JSON.parse(process.env['SLUICE_BED_PROGRAMS'] ?? '{}') as Record<
      string,
      string
    >;
    for (const name of ['etcd', 'kube-apiserver']) {
      const note = join(folder, `${name}.ran`);
      const script = `#!/bin/sh\n: > ${note}\nexec ${programs[name]} "$@"\n`;
      writeFileSync(join(assets, name), script, { mode: 0o755 });
    }
    const alone = join(dirname(run), 'alone.mjs');
    const child = spawn(process.execPath, [run, '--', process.execPath, '--import', 'tsx', alone], {
      env: { ...process.env, KUBEBUILDER_ASSETS: assets },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [said] = (await Promise.race([
        new Promise((resolve) => child.stdout.once('data', (data) => resolve([data]))),
        new Promise((_, reject) => setTimeout(reject, 60_000, new Error('it is not up in 60 s'))),
      ])) as [Buffer];
      assert.equal(said.toString(), 'up\n');
      for (const name of ['etcd', 'kube-apiserver']) {
        assert.doesNotThrow(() => rmSync(join(folder, `${name}.ran`)), `${name} is not from there`);
      }
    } finally {
      child.kill('SIGTERM');
    }
  });
});
