/** etcd, API server, controller manager and scheduler: the real ones, with RBAC on. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { createDaemon, type Daemon } from './daemon.js';

export const apiServerUrl = 'https://127.0.0.1:6443';
const withinMs = 60_000;

/** Paths of the programs by name; `crds` is the folder of the Gateway API's CRDs. */
export type Programs = Readonly<Record<string, string>>;

export interface ControlPlane {
  readonly etcd: Daemon;
  readonly apiServer: Daemon;
  readonly controllerManager: Daemon;
  readonly scheduler: Daemon;
  /** Of a user who may do everything (system:masters). */
  readonly adminToken: string;
  /** File of the certificate authority that clients trust the API server by. */
  readonly caFile: string;
  /** For `kubectl --kubeconfig` and for programs; may do everything. */
  readonly adminKubeconfig: string;
  /** PEM text of the API server's own certificate and key. */
  tls(): { readonly cert: string; readonly key: string };
  kubeConfig(token: string): KubeConfig;
}

/** Makes keys and names the programs; nothing is started yet. */
export function createControlPlane(programs: Programs, folder: string): ControlPlane {
  const path = (...names: string[]) => join(folder, ...names);
  mkdirSync(path('certificates'), { recursive: true });
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  });
  writeFileSync(path('accounts.key'), privateKey, { mode: 0o600 });
  writeFileSync(path('accounts.pub'), publicKey);
  const adminToken = randomBytes(24).toString('base64url');
  writeFileSync(path('tokens.csv'), `${adminToken},admin,admin,"system:masters"\n`, {
    mode: 0o600,
  });
  const caFile = path('certificates', 'apiserver.crt');
  const adminKubeconfig = path('kubeconfig');

  function kubeConfig(token: string): KubeConfig {
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'bed', server: apiServerUrl, caFile }],
      users: [{ name: 'user', token }],
      contexts: [{ name: 'bed', cluster: 'bed', user: 'user' }],
      currentContext: 'bed',
    });
    return config;
  }
  writeFileSync(adminKubeconfig, kubeConfig(adminToken).exportConfig(), { mode: 0o600 });

  const daemon = (name: string, args: readonly string[], isReady: () => Promise<boolean>) =>
    createDaemon({ name, program: programs[name] ?? name, args, folder, withinMs, isReady });
  const etcd = daemon(
    'etcd',
    [
      ...['--data-dir', path('etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
      ...['--listen-client-urls', 'http://127.0.0.1:2379'],
      ...['--advertise-client-urls', 'http://127.0.0.1:2379'],
      ...['--listen-peer-urls', 'http://127.0.0.1:2380'],
    ],
    async () => (await fetch('http://127.0.0.1:2379/readyz')).ok,
  );
  const apiServer = daemon(
    'kube-apiserver',
    [
      ...['--etcd-servers', 'http://127.0.0.1:2379', '--cert-dir', path('certificates')],
      ...['--bind-address', '127.0.0.1', '--secure-port', '6443'],
      // Not a loopback address, because the API refuses those as endpoints.
      ...['--advertise-address', '10.96.255.1', '--service-cluster-ip-range', '10.96.0.0/16'],
      ...['--service-account-issuer', 'https://kubernetes.default.svc'],
      ...['--service-account-key-file', path('accounts.pub')],
      ...['--service-account-signing-key-file', path('accounts.key')],
      ...['--token-auth-file', path('tokens.csv'), '--authorization-mode', 'RBAC'],
      // Nodes have names that nobody resolves.
      ...['--kubelet-preferred-address-types', 'InternalIP'],
      // Pods are given no tokens, and nodes are ready when they say so: no controller must agree first.
      ...['--disable-admission-plugins', 'ServiceAccount,TaintNodesByCondition'],
    ],
    async () => (await answers(`${apiServerUrl}/readyz`, adminToken)) && existsSync(caFile),
  );
  const common = ['--kubeconfig', adminKubeconfig, '--leader-elect=false'];
  const controllerManager = daemon(
    'kube-controller-manager',
    [
      ...common,
      ...['--bind-address', '127.0.0.1', '--cert-dir', path('certificates')],
      ...['--controllers', '*,-node-lifecycle-controller,-node-ipam-controller'],
      ...['--service-account-private-key-file', path('accounts.key')],
      ...['--concurrent-deployment-syncs', '20', '--concurrent-endpoint-syncs', '1'],
      // 15 s by default.
      ...['--horizontal-pod-autoscaler-sync-period', '1s'],
    ],
    () => answers('https://127.0.0.1:10257/healthz'),
  );
  const scheduler = daemon('kube-scheduler', [...common, '--bind-address', '127.0.0.1'], () =>
    answers('https://127.0.0.1:10259/healthz'),
  );
  return {
    ...{ etcd, apiServer, controllerManager, scheduler, adminToken, caFile, adminKubeconfig },
    kubeConfig,
    tls: () => ({
      cert: readFileSync(caFile, 'utf8'),
      key: readFileSync(path('certificates', 'apiserver.key'), 'utf8'),
    }),
  };
}

/** Whether the address says 200; the certificate is not looked at, because it may not be written yet. */
function answers(url: string, token = ''): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    const options = { rejectUnauthorized: false, headers, timeout: 2000, agent: false };
    const asked = request(url, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
