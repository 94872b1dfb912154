/** Which adapter stands behind which port. */
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { ActivityPorts } from '../activities/ports.js';
import { createGitIssueTree } from '../adapters/git/issue-tree.js';
import { createMergeTrees } from '../adapters/git/merge-trees.js';
import { createMirrors } from '../adapters/git/mirror.js';
import { createGit } from '../adapters/gitops/git.js';
import { accessOf as gitAccessOf, type RepositoryOptions } from '../adapters/gitops/git-access.js';
import { createCloudwatchSeries } from '../adapters/cloudwatch/series-source.js';
import { createDatadogSeries } from '../adapters/datadog/series-source.js';
import { createGitopsPlatform } from '../adapters/gitops/platform.js';
import { createGuardedWeb } from '../adapters/http/guarded-web.js';
import { createGithubCodeHost } from '../adapters/github/code-host.js';
import { createGithubGitAccess } from '../adapters/github/git-access.js';
import { createGithubIssueTree } from '../adapters/github/issue-tree.js';
import type { GithubClientOptions } from '../adapters/github/client.js';
import { proxiedFetch } from '../adapters/github/proxied-fetch.js';
import { createHttpGate } from '../adapters/http/http-gate.js';
import { createJsonSeries } from '../adapters/json/series-source.js';
import { createFileAnswers } from '../adapters/jsonl/file-answers.js';
import { createFileEvidence } from '../adapters/jsonl/file-evidence.js';
import { connectCluster } from '../adapters/kubernetes/cluster.js';
import { createKubernetesPlatform, type GatewayScrape } from '../adapters/kubernetes/platform.js';
import { createNewRelicSeries } from '../adapters/newrelic/series-source.js';
import { openLedger } from '../adapters/open-ledger.js';
import { createPlaygroundPlatform } from '../adapters/playground/platform.js';
import { createPrometheusMetrics } from '../adapters/prometheus/metric-source.js';
import { createPrometheusSeries } from '../adapters/prometheus/series-source.js';
import { shareMetrics } from '../adapters/sampler/shared-metrics.js';
import { createSharedReads } from '../adapters/sampler/shared-reads.js';
import { shareSeries } from '../adapters/sampler/shared-series.js';
import { createTemporalFlows } from '../adapters/temporal/temporal-flows.js';
import { createTemporalPhaseLog } from '../adapters/temporal/phase-log.js';
import { createTemporalOrchestrator } from '../adapters/temporal/temporal-orchestrator.js';
import { createReleaseDesk } from '../adapters/temporal/temporal-releases.js';
import { createWorkerFleet } from '../adapters/temporal/worker-fleet.js';
import { createHmacTickets } from '../adapters/tickets/hmac-ticket.js';
import { dialectOf } from '../config/counters-schema.js';
import { readAuthorization, readCredential } from '../config/credential.js';
import { withFileLock } from '../config/file-lock.js';
import { githubIdentity } from '../config/github-identity.js';
import type { GithubSettings } from '../config/github-schema.js';
import type { MetricSourceSettings } from '../config/metric-source-schema.js';
import { type HeaderSettings, readHeaders } from '../config/request-headers.js';
import { createPolicyBook } from '../config/policy-book.js';
import { loadProject, type Project } from '../config/project.js';
import type { PlatformSettings } from '../config/project-schema.js';
import { resolvePipeline } from '../config/resolve-pipeline.js';
import type { Settings } from '../config/settings.js';
import { temporalLink } from '../config/temporal-link.js';
import type { RolloutPlace } from '../domain/deployment-mirror/rollout.js';
import { Failure } from '../domain/failures.js';
import { environmentOfPath, parseRolloutWorkflowId } from '../domain/names.js';
import { parseRepository } from '../domain/repository/names.js';
import type { CodeHost } from '../ports/code-host/code-host.js';
import type { ConnectMetrics } from '../ports/metric-source.js';
import type { Platform } from '../ports/platform.js';
import type { SeriesSource } from '../ports/series-source.js';
import type { SharedReads } from '../ports/shared-reads.js';
import type { CountReads } from './read-metrics.js';

/** Where the counters of a cluster lie as a rule. */
const usualNetworks = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '127.0.0.0/8'],
  ...['fc00::/7', '::1/128'],
];

/** @throws InvalidInput for a platform that this worker is not told how to reach */
export function connectAdapters(
  settings: Settings,
  project: Project,
  client: Client,
  countReads: CountReads = () => () => undefined,
): ActivityPorts {
  const sample = createSamplers(countReads);
  const platforms: Record<string, Platform> = {};
  for (const [name, platform] of Object.entries(project.platforms)) {
    switch (platform.kind) {
      case 'playground':
        platforms[name] = connectPlayground(settings, name, sample);
        break;
      case 'kubernetes':
        platforms[name] = connectKubernetes(settings, name, platform, project, sample);
        break;
      case 'gitops':
        platforms[name] = connectGitops(settings, name, platform);
        break;
    }
  }
  const ledger = openLedger({
    ...{ project: project.project, folder: settings.dataDir, alone: withFileLock },
    ...{ urlFile: settings.ledgerUrlFile, readUrl: (file) => readCredential({ file }, {}) },
  });
  return {
    platforms,
    series: Object.fromEntries(
      Object.entries(project.metricSources).map(([name, source]) => [
        name,
        shareSeries(connectSeries(settings, source), sample(`metrics/${name}`, source)),
      ]),
    ),
    policies: createPolicyBook(project),
    flows: createTemporalFlows(client),
    // Read for every release: an edit counts from the next one on, without a restart.
    releases: createReleaseDesk({
      client,
      resolvePipeline: async (service) =>
        resolvePipeline(await loadProject(settings.configPath), service, {
          embedded: settings.embedded,
        }),
      repositoryOf: async (service) =>
        (await loadProject(settings.configPath)).services[service]?.repository ?? null,
    }),
    ...(project.github && {
      codeHost: connectGithub(settings, project.github),
      ...connectTrees(settings, project.github),
      placeOfRollout: (rolloutId: string) => placeOfRollout(settings, rolloutId),
    }),
    gate: createHttpGate(),
    evidence: createFileEvidence({ folder: join(settings.dataDir, 'evidence') }),
    ...{ ledger, trail: ledger, project: project.project },
    orchestrator: createTemporalOrchestrator(client),
    workerFleet: createWorkerFleet(client, Date.now),
    phaseLog: createTemporalPhaseLog(client),
    tickets: createHmacTickets({ keyFile: settings.approvalKeyFile, clock: Date.now }),
    now: Date.now,
  };
}

/** Read for every rollout, as {@link createReleaseDesk} does for releases. */
async function placeOfRollout(settings: Settings, rolloutId: string): Promise<RolloutPlace | null> {
  const { service, environment } = parseRolloutWorkflowId(rolloutId).target;
  const project = await loadProject(settings.configPath);
  if (!Object.hasOwn(project.services, service)) return null;
  const repository = project.services[service]?.repository;
  if (repository === undefined) return null;
  const { environments } = resolvePipeline(project, service, { embedded: settings.embedded });
  const last = environments.at(-1)?.environment;
  return {
    repository: parseRepository(repository),
    isProduction: last !== undefined && environmentOfPath(last) === environment,
    logUrl: temporalLink(settings.temporalUiUrl, rolloutId),
  };
}

function githubAccess(github: GithubSettings): GithubClientOptions {
  const fetch = proxiedFetch(process.env);
  const identity = githubIdentity(github, process.env);
  return { url: github.url, identity, ...(fetch && { fetch }) };
}

function connectGithub({ dataDir }: Settings, github: GithubSettings): CodeHost {
  return createGithubCodeHost({
    ...githubAccess(github),
    answers: createFileAnswers({ folder: join(dataDir, 'github-answers') }),
  });
}

/** Both at work in the same mirrors, so that a commit comes here once. */
function connectTrees({ dataDir }: Settings, github: GithubSettings) {
  const access = githubAccess(github);
  const { urlOf, authorization } = createGithubGitAccess(access);
  const mirrors = createMirrors({
    ...{ folder: join(dataDir, 'mirrors'), urlOf },
    gitIn: (folder) => createGit({ program: 'git', folder, environment: process.env }),
    accessTo: (repository) =>
      gitAccessOf({
        ...{ url: urlOf(repository), branch: 'HEAD' },
        authorization: () => authorization(repository),
      }),
  });
  return {
    mergeTrees: createMergeTrees(mirrors),
    issueTree: createGitIssueTree(mirrors),
    issueTreeOverApi: createGithubIssueTree(access),
  };
}

/** By the name of the source; what several platforms and metrics read is one source with one budget. */
type Sample = (
  source: string,
  settings?: { readonly readsPerSecond?: number | undefined },
) => SharedReads;

const usualReadsPerSecond = 20;

function createSamplers(countReads: CountReads): Sample {
  const bySource = new Map<string, SharedReads>();
  return (source, { readsPerSecond: perSecond = usualReadsPerSecond } = {}) => {
    const known = bySource.get(source);
    if (known !== undefined) return known;
    const made = createSharedReads({ source, perSecond, onRead: countReads(source) });
    bySource.set(source, made);
    return made;
  };
}

type KubernetesSettings = PlatformSettings & { readonly kind: 'kubernetes' };

function connectKubernetes(
  settings: Settings,
  name: string,
  platform: KubernetesSettings,
  { metricSources }: Project,
  sample: Sample,
): Platform {
  const { namespace, kubeconfig, context, router } = platform;
  const metrics = connectMetrics(settings, router, metricSources);
  const connected = createKubernetesPlatform({
    ...{
      namespace,
      router: {
        ...router,
        metrics:
          typeof metrics === 'function'
            ? metrics
            : { ...metrics, shared: sample(`platform/${name}`) },
      },
    },
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
  const { prometheus } = typeof router.metrics === 'string' ? {} : router.metrics;
  if (prometheus === undefined) return { ...connected, namespace };
  const shared = sample(`metrics/${prometheus}`, metricSources[prometheus]);
  return { ...connected, namespace, metrics: shareMetrics(connected.metrics, shared) };
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
  { privateNetworks }: Settings,
  { kind, metrics }: KubernetesSettings['router'],
  sources: Project['metricSources'],
): GatewayScrape | ConnectMetrics {
  const dialect = dialectOf(kind, metrics);
  if (typeof metrics === 'string') return { scrape: [metrics], counters: dialect };
  const { scrape, prometheus: name = '' } = metrics;
  if (scrape !== undefined) return { scrape: [scrape].flat(), counters: dialect };
  const source = sources[name];
  if (source?.kind !== 'prometheus') {
    throw new Failure('InvalidInput', `there is no Prometheus "${name}"`, { where: name });
  }
  const { url, tls } = source;
  const headers = () => readHeaders(source, process.env);
  const networks = privateNetworks ?? usualNetworks;
  const maxBodyBytes = 16 * 1024 * 1024;
  return (places) => {
    const web = createGuardedWeb({ networks, maxBodyBytes, tls });
    return createPrometheusMetrics({ url, web, headers, dialect, places });
  };
}

/** What is asked over the internet may take longer than what is next door. */
const distantTimeoutMs = 10_000;

function connectSeries({ privateNetworks }: Settings, source: MetricSourceSettings): SeriesSource {
  const networks = privateNetworks ?? [];
  const distant = () => createGuardedWeb({ networks, timeoutMs: distantTimeoutMs });
  const headersOf = (headers: HeaderSettings['headers']) => () =>
    readHeaders({ headers }, process.env);
  switch (source.kind) {
    case 'prometheus': {
      const web = createGuardedWeb({ networks, tls: source.tls });
      const headers = () => readHeaders(source, process.env);
      return createPrometheusSeries({ url: source.url, web, headers });
    }
    case 'json': {
      const web = createGuardedWeb({ networks, tls: source.tls });
      return createJsonSeries({
        ...{ url: source.url, web },
        headers: () => readHeaders(source, process.env),
      });
    }
    case 'datadog': {
      const { site, apiKey, applicationKey } = source;
      const headers = headersOf({ 'DD-API-KEY': apiKey, 'DD-APPLICATION-KEY': applicationKey });
      return createDatadogSeries({ url: `https://api.${site}`, web: distant(), headers });
    }
    case 'newrelic': {
      const { account, region, apiKey } = source;
      const host = region === 'eu' ? 'api.eu.newrelic.com' : 'api.newrelic.com';
      const headers = headersOf({ 'API-Key': apiKey });
      return createNewRelicSeries({ url: `https://${host}`, account, web: distant(), headers });
    }
    case 'cloudwatch': {
      const { region, keys } = source;
      return createCloudwatchSeries({
        ...{ region, web: distant() },
        keys: keys && (() => readKeys(keys)),
      });
    }
  }
}

type WrittenKeys = NonNullable<(MetricSourceSettings & { readonly kind: 'cloudwatch' })['keys']>;

async function readKeys({ accessKeyId, secretAccessKey, sessionToken }: WrittenKeys) {
  return {
    accessKeyId: await readCredential(accessKeyId, process.env),
    secretAccessKey: await readCredential(secretAccessKey, process.env),
    ...(sessionToken && { sessionToken: await readCredential(sessionToken, process.env) }),
  };
}

function connectPlayground({ playground }: Settings, name: string, sample: Sample): Platform {
  const { url, tokenFile } = playground;
  if (url !== null && tokenFile !== null) {
    return createPlaygroundPlatform({ url, tokenFile }, sample(`platform/${name}`));
  }
  throw new Failure('InvalidInput', `the worker is not told where the playground "${name}" is`, {
    where: url === null ? 'SLUICE_PLAYGROUND_URL' : 'SLUICE_PLAYGROUND_TOKEN_FILE',
    next: 'start everything together with: sluice up',
  });
}
