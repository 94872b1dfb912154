/** Which adapter stands behind which port. */
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { ActivityPorts } from '../activities/ports.js';
import type { RepositoryOptions } from '../adapters/gitops/git-access.js';
import { createGitopsPlatform } from '../adapters/gitops/platform.js';
import { createHttpGate } from '../adapters/http/http-gate.js';
import { createFileEvidence } from '../adapters/jsonl/file-evidence.js';
import { createJsonlLedger } from '../adapters/jsonl/jsonl-ledger.js';
import { connectCluster } from '../adapters/kubernetes/cluster.js';
import { createKubernetesPlatform, type GatewayScrape } from '../adapters/kubernetes/platform.js';
import { createPlaygroundPlatform } from '../adapters/playground/platform.js';
import { createPrometheusMetrics } from '../adapters/prometheus/metric-source.js';
import { createTemporalOrchestrator } from '../adapters/temporal/temporal-orchestrator.js';
import { createHmacTickets } from '../adapters/tickets/hmac-ticket.js';
import { dialectOf } from '../config/counters-schema.js';
import { readAuthorization } from '../config/credential.js';
import type { Project } from '../config/project.js';
import type { PlatformSettings } from '../config/project-schema.js';
import type { Settings } from '../config/settings.js';
import { Failure } from '../domain/failures.js';
import type { ConnectMetrics } from '../ports/metric-source.js';
import type { Platform } from '../ports/platform.js';

/** @throws InvalidInput for a platform that this worker is not told how to reach */
export function connectAdapters(
  settings: Settings,
  project: Project,
  client: Client,
): ActivityPorts {
  const platforms: Record<string, Platform> = {};
  for (const [name, platform] of Object.entries(project.platforms)) {
    switch (platform.kind) {
      case 'playground':
        platforms[name] = connectPlayground(settings, name);
        break;
      case 'kubernetes':
        platforms[name] = connectKubernetes(platform, project);
        break;
      case 'gitops':
        platforms[name] = connectGitops(settings, name, platform);
        break;
    }
  }
  return {
    platforms,
    gate: createHttpGate(),
    evidence: createFileEvidence({ folder: join(settings.dataDir, 'evidence') }),
    ledger: createJsonlLedger({ file: join(settings.dataDir, 'ledger.jsonl') }),
    orchestrator: createTemporalOrchestrator(client),
    tickets: createHmacTickets({ keyFile: settings.approvalKeyFile, clock: Date.now }),
    now: Date.now,
  };
}

type KubernetesSettings = PlatformSettings & { readonly kind: 'kubernetes' };

function connectKubernetes(platform: KubernetesSettings, { metrics }: Project): Platform {
  const { namespace, kubeconfig, context, router } = platform;
  return createKubernetesPlatform({
    ...{ namespace, router: { ...router, metrics: connectMetrics(router, metrics) } },
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
}

type GitopsSettings = PlatformSettings & { readonly kind: 'gitops' };

function connectGitops({ dataDir }: Settings, name: string, platform: GitopsSettings): Platform {
  const { change, follow, kubeconfig, context, url } = platform;
  const cluster = connectCluster({
    namespace: follow.namespace,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
  return createGitopsPlatform({
    ...{ name, change, follow, url, now: Date.now },
    repository: accessOf(platform.repository),
    readObject: (kind, object) => cluster.read(kind, object),
    folder: join(dataDir, 'gitops'),
    environment: process.env,
  });
}

/** Over ssh the credential is a key, which is ssh's to read. */
function accessOf({ url, branch, auth }: GitopsSettings['repository']): RepositoryOptions {
  if (auth === undefined) return { url, branch };
  if (!/^https?:/.test(url)) return { url, branch, ...('file' in auth && { keyFile: auth.file }) };
  const user = 'username' in auth ? auth : { username: 'x-access-token', password: auth };
  return { url, branch, authorization: () => readAuthorization(user, process.env) };
}

function connectMetrics(
  { kind, metrics }: KubernetesSettings['router'],
  entries: Project['metrics'],
): GatewayScrape | ConnectMetrics {
  const dialect = dialectOf(kind, metrics);
  if (typeof metrics === 'string') return { scrape: [metrics], counters: dialect };
  const { scrape, prometheus: name = '' } = metrics;
  if (scrape !== undefined) return { scrape: [scrape].flat(), counters: dialect };
  const entry = entries[name];
  if (entry === undefined) {
    throw new Failure('InvalidInput', `there is no entry "${name}" of metrics`, { where: name });
  }
  const { url, auth } = entry;
  const authorization = auth && (() => readAuthorization(auth, process.env));
  return (places) => createPrometheusMetrics({ url, authorization, dialect, places });
}

function connectPlayground({ playground }: Settings, name: string): Platform {
  const { url, tokenFile } = playground;
  if (url !== null && tokenFile !== null) return createPlaygroundPlatform({ url, tokenFile });
  throw new Failure('InvalidInput', `the worker is not told where the playground "${name}" is`, {
    where: url === null ? 'SLUICE_PLAYGROUND_URL' : 'SLUICE_PLAYGROUND_TOKEN_FILE',
    next: 'start everything together with: sluice up',
  });
}
