/** What a cluster lets us do, asked of an API server that answers as it is told. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { inspectAccess } from '../../../src/adapters/kubernetes/inspect-access.js';

describe('access to a cluster', () => {
  let folder: string;
  let server: Server;
  let kubeconfig: string;
  /** Plurals that are refused. */
  let forbidden: readonly string[] = [];
  let asked: string[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'access-'));
    server = createServer(({ method, url = '' }, response) => {
      asked.push(`${method} ${url.split('?')[0]}`);
      const isOne = url.endsWith('/sluice-doctor');
      const code = forbidden.some((plural) => url.includes(`/${plural}`)) ? 403 : isOne ? 404 : 200;
      const status = { kind: 'Status', code, reason: 'Forbidden', message: 'no' };
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify(code === 200 ? { items: [] } : status));
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      {
        name: 'one',
        server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        skipTLSVerify: true,
      },
      { name: 'user', token: 't' },
    );
    kubeconfig = join(folder, 'config');
    writeFileSync(kubeconfig, config.exportConfig());
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    forbidden = [];
    asked = [];
  });

  const look = (router: string) => inspectAccess({ namespace: 'shop', kubeconfig }, router);

  const routes = [
    ['gateway-api', 'httproutes'],
    ['istio', 'virtualservices'],
    ['ingress-nginx', 'ingresses'],
    ['aws-alb', 'ingresses'],
    ['traefik-service', 'traefikservices'],
  ] as const;
  for (const [router, plural] of routes) {
    it(`reads ${plural} for ${router}, and writes nothing`, async () => {
      const findings = await look(router);
      assert.deepEqual([...new Set(findings.map(({ state }) => state))], ['ok']);
      assert.equal(findings.at(-1)?.subject, `read ${plural}`);
      assert.ok(asked.every((one) => one.startsWith('GET ')));
    });
  }

  it('asks for no route where pods are the share', async () => {
    const subjects = (await look('replica-share')).map(({ subject }) => subject);
    assert.deepEqual(subjects, ['list deployments', 'list services', 'list endpointslices']);
  });

  it('names the Role that is missing', async () => {
    forbidden = ['services', 'httproutes'];
    const faults = (await look('gateway-api')).filter(({ state }) => state === 'fault');
    assert.deepEqual(
      faults.map(({ subject, next }) => [subject, next]),
      ['list services', 'read httproutes'].map((subject) => [
        subject,
        'kubectl apply -n shop -f deploy/kubernetes/rbac.yaml',
      ]),
    );
  });

  it('says once that nobody answers, and what is wrong with a kubeconfig', async () => {
    const dead = join(folder, 'dead');
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'one', server: 'http://127.0.0.1:1', skipTLSVerify: false },
      { name: 'user' },
    );
    writeFileSync(dead, config.exportConfig());
    const [only, ...more] = await inspectAccess({ namespace: 'shop', kubeconfig: dead }, 'istio');
    assert.match(only?.seen ?? '', /does not answer/);
    assert.deepEqual(more, []);
    const none = await inspectAccess({ namespace: 'shop', kubeconfig: '/nowhere' }, 'istio');
    assert.deepEqual(
      none.map(({ subject, state }) => [subject, state]),
      [['kubeconfig', 'fault']],
    );
  });
});
