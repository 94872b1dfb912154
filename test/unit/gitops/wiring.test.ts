/** A worker that is told of a branch in `sluice.yaml` has a platform for it, with the credential that is named there. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { parseProject } from '../../../src/config/project.js';
import { loadSettings } from '../../../src/config/settings.js';
import { connectAdapters } from '../../../src/workers/adapters.js';

const kubeconfig = `apiVersion: v1
kind: Config
current-context: shop
contexts: [{ name: shop, context: { cluster: shop, user: sluice } }]
clusters: [{ name: shop, cluster: { server: "http://127.0.0.1:9" } }]
users: [{ name: sluice, user: {} }]
`;

const project = (folder: string) => `apiVersion: sluice/v1
project: shop
platforms:
  prod-git:
    kind: gitops
    repository: { url: "https://127.0.0.1:9/deployments.git", auth: { env: SLUICE_TEST_GIT_TOKEN } }
    change: { file: "apps/{service}.yaml", path: image.tag }
    follow: { kind: flux }
    kubeconfig: ${join(folder, 'kubeconfig')}
services: { checkout: { workload: { instances: 2 } } }
environments: { production: { platform: prod-git, strategy: rolling } }
`;

describe('a branch in sluice.yaml', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-wiring-'));
    writeFileSync(join(folder, 'kubeconfig'), kubeconfig);
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'approval.key'), 'k'.repeat(64), { mode: 0o600 });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => {
    delete process.env['SLUICE_TEST_GIT_TOKEN'];
  });

  function connect() {
    const settings = loadSettings({ ...process.env, SLUICE_DATA_DIR: join(folder, 'data') });
    const parsed = parseProject(project(folder), join(folder, 'sluice.yaml'));
    const platform = connectAdapters(settings, parsed, {} as Client).platforms['prod-git'];
    assert.ok(platform !== undefined);
    return platform;
  }

  it('is a platform whose credential is asked for when it is used', async () => {
    await assert.rejects(connect().workload.listTargets(), {
      code: 'InvalidInput',
      message: /the credential in environment variable SLUICE_TEST_GIT_TOKEN is not there/,
    });
    process.env['SLUICE_TEST_GIT_TOKEN'] = 'hunter2';
    await assert.rejects(connect().workload.listTargets(), (error: Error) => {
      assert.match(error.message, /^git fetch failed: /);
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /hunter2/);
      return true;
    });
  });
});
