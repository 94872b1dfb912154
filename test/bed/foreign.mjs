/** Tests against a user's own cluster: looked at first, and left without the namespaces of this run. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { ApiextensionsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { chatter, SetupFault, stopWatchingSignals } from '../../scripts/setup/run.mjs';

const needed = ['httproutes.gateway.networking.k8s.io', 'grpcroutes.gateway.networking.k8s.io'];

/**
 * Runs the command with SLUICE_TEST_KUBECONFIG, and deletes every namespace that it labelled with the run's name.
 * @param {string} kubeconfig path of the file, of a user who may create namespaces and roles
 * @param {readonly string[]} command
 * @returns {Promise<number>} exit code
 */
export async function runOn(kubeconfig, command) {
  const config = load(resolve(kubeconfig));
  const definitions = await definitionsOf(config, kubeconfig);
  const missing = needed.filter((name) => !definitions.includes(name));
  if (missing.length > 0) {
    throw new SetupFault(
      `the cluster of ${kubeconfig} does not have ${missing.join(' and ')}`,
      'apply the standard CRDs of the Gateway API 1.1 or newer to it (kubectl apply --server-side -f standard-install.yaml)',
    );
  }
  const cluster = config.getCurrentCluster()?.server;
  chatter.say(`tests run in fresh namespaces of ${cluster}; suites that need the bed are skipped`);
  const run = randomUUID().slice(0, 8);
  const env = {
    ...process.env,
    SLUICE_TEST_KUBECONFIG: resolve(kubeconfig),
    SLUICE_TEST_DEFINITIONS: definitions.join(','),
    SLUICE_TEST_RUN: run,
  };
  try {
    return await ended(command, env);
  } finally {
    await forget(config, run);
  }
}

/** @param {string} file */
function load(file) {
  if (!existsSync(file)) {
    throw new SetupFault(
      `there is no kubeconfig ${file}`,
      'name one that is there: npm run test:kubernetes -- --kubeconfig ~/.kube/config',
    );
  }
  const config = new KubeConfig();
  config.loadFromFile(file);
  if (config.getCurrentCluster() !== null) return config;
  throw new SetupFault(
    `${file} has no current context`,
    'choose one: kubectl config use-context NAME',
  );
}

/** @param {KubeConfig} config @param {string} file @returns {Promise<string[]>} names of those that are served */
async function definitionsOf(config, file) {
  try {
    const { items } = await config.makeApiClient(ApiextensionsV1Api).listCustomResourceDefinition();
    return items.map(({ metadata }) => metadata?.name ?? '');
  } catch (error) {
    const said = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new SetupFault(
      `the cluster of ${file} does not tell its CRDs: ${said}`,
      `see whether it answers, and what the user may do: kubectl --kubeconfig ${file} get crd`,
    );
  }
}

/** @param {readonly string[]} command @param {NodeJS.ProcessEnv} env @returns {Promise<number>} */
function ended([file = '', ...args], env) {
  const child = spawn(file, args, { stdio: 'inherit', env });
  stopWatchingSignals();
  // Gently, because the namespaces are to be deleted afterwards; the terminal has told the child itself.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill('SIGKILL'));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 9)),
    );
  });
}

/** Asks for the deletion; the cluster needs a while for it. @param {KubeConfig} config @param {string} run */
async function forget(config, run) {
  const core = config.makeApiClient(CoreV1Api);
  const { items } = await core.listNamespace({ labelSelector: `sluice.test/run=${run}` });
  const names = items.map(({ metadata }) => metadata?.name ?? '');
  for (const name of names) await core.deleteNamespace({ name });
  chatter.say(`${names.length} namespaces of this run are being deleted`);
}
