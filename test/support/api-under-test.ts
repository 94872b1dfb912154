/** The API's application with stand-ins for what it asks of others, served on a free port. */
import type { Client } from '@temporalio/client';
import { createMemoryLedger } from '../../src/adapters/memory/ledger.js';
import { createJobIdentity } from '../../src/adapters/jwt/job-identity.js';
import { createUiIdentity } from '../../src/adapters/jwt/ui-identity.js';
import { createPayloadCodec } from '../../src/adapters/temporal/payload-codec.js';
import { createHmacTickets } from '../../src/adapters/tickets/hmac-ticket.js';
import { createShortTokens } from '../../src/adapters/tickets/short-tokens.js';
import { createApp } from '../../src/api/app.js';
import type { AlertRules, ApiDeps } from '../../src/api/deps.js';
import { defaultLimits } from '../../src/api/limits.js';
import { createApiLogger } from '../../src/api/logger.js';
import { serve } from '../../src/api/server.js';
import { shareViews } from '../../src/api/shared-views.js';
import { identifyIn } from '../../src/api/tokens.js';
import { hashToken, type StoredToken } from '../../src/config/token-file.js';
import { type TokenScope } from '../../src/domain/access/scope.js';
import { defaultHealthPolicy } from '../../src/domain/analysis/health-policy.js';
import { Failure } from '../../src/domain/failures.js';
import type { EnvironmentPlan, PipelineSnapshot } from '../../src/domain/release/release.js';
import { placeStrategy } from '../../src/domain/rollout/place-strategy.js';
import { strategySchema } from '../../src/domain/rollout/schema.js';

export const digestA = `sha256:${'a'.repeat(64)}`;
export const digestB = `sha256:${'b'.repeat(64)}`;

export const secrets = {
  all: 'slc_all-scopes-of-them',
  read: 'slc_read-and-nothing-else',
  staging: 'slc_operates-staging-only',
  expired: 'slc_expired-long-ago',
  alerts: 'slc_alerts-of-staging',
} as const;

function token(secret: string, scopes: TokenScope[], more: Partial<StoredToken> = {}): StoredToken {
  return {
    id: secret.slice(4, 10).replace(/-+$/, ''),
    owner: 'ci',
    sha256: hashToken(secret),
    scopes,
    expiresAt: '2999-01-01T00:00:00Z',
    ...more,
  };
}

const storedTokens: readonly StoredToken[] = [
  token(secrets.all, ['admin']),
  token(secrets.read, ['read']),
  token(secrets.staging, ['read', 'release', 'approve', 'operate'], { environments: ['staging'] }),
  token(secrets.alerts, ['alert'], { environments: ['staging'] }),
  token(secrets.expired, ['admin'], { expiresAt: '2001-01-01T00:00:00Z' }),
];

function environment(
  name: string,
  promotion: 'auto' | 'manual',
  strategy: unknown,
): EnvironmentPlan {
  const webhooks = { allowedHosts: [], allowInsecure: false };
  return {
    environment: name,
    platform: 'local',
    workload: {
      command: ['node', 'service.js'],
      env: {},
      artifact: null,
      directory: '/srv',
      instances: 3,
      healthPath: '/healthz',
    },
    strategy: placeStrategy(strategySchema.parse(strategy), { healthPath: '/healthz', webhooks }),
    health: defaultHealthPolicy,
    promotion,
    approvals: {
      required: promotion === 'manual' ? 1 : 0,
      approvers: promotion === 'manual' ? ['team:release'] : [],
      minimumWaitMs: 0,
      deadlineMs: null,
      acceptClaims: false,
    },
    soakMs: 0,
    verification: null,
    onFailure: 'rollBackAndStop',
    queuePolicy: 'queue',
  };
}

/** Knows `checkout` alone, through staging (rolling) and production (canary, approved by the release team). */
async function resolvePipeline(
  service: string,
  override?: { readonly environment: string; readonly strategy: unknown },
): Promise<PipelineSnapshot> {
  if (service !== 'checkout') {
    throw new Failure('NotFound', `there is no service "${service}"`, { where: 'service' });
  }
  const production = environment('production', 'manual', 'canary');
  const environments = [environment('staging', 'auto', 'rolling'), production].map((stage) =>
    stage.environment === override?.environment
      ? { ...stage, strategy: override.strategy as EnvironmentPlan['strategy'] }
      : stage,
  );
  return { project: 'shop', service, environments, sha256: 'c'.repeat(64) };
}

export const alertSecret = 'shared with whoever signs';
export const webhookSecret = 'shared with the code host';

const alertRules: AlertRules = {
  labels: {
    service: 'sluice_service',
    environment: 'sluice_environment',
    region: 'sluice_region',
    action: 'sluice_action',
  },
  action: 'rollback',
  signature: { readSecret: async () => alertSecret, toleranceMs: 300_000 },
};

export interface ApiUnderTest {
  readonly url: string;
  readonly log: readonly string[];
  readonly stopping: AbortController;
  /** A request with JSON in and out; `body` may be raw text. */
  call(
    method: string,
    path: string,
    options?: {
      readonly token?: string | null;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly body: never }>;
  stop(): Promise<void>;
}

export async function serveApi(
  client: Client,
  given: Partial<ApiDeps> = {},
  serving: Pick<Parameters<typeof serve>[1], 'requestMs' | 'connections'> = {},
): Promise<ApiUnderTest> {
  const log: string[] = [];
  const stopping = new AbortController();
  const app = createApp({
    client,
    resolvePipeline,
    mirroredIn: async () => null,
    alerts: async () => alertRules,
    webhookSecrets: async () => [webhookSecret],
    ledger: { read: async () => [], append: async () => {} },
    audit: createMemoryLedger(),
    evidence: { get: async () => null },
    tickets: createHmacTickets({ key: Buffer.alloc(32, 7), clock: Date.now }),
    jobs: {
      access: async () => null,
      identity: createJobIdentity({ clock: Date.now, fetch }),
      tokens: createShortTokens({ key: Buffer.alloc(32, 7), clock: Date.now }),
    },
    codec: {
      payloads: createPayloadCodec(async () => []),
      access: async () => null,
      identity: createUiIdentity({ clock: Date.now, fetch }),
    },
    tokens: { identify: async (secret) => identifyIn(storedTokens, secret, Date.now()) },
    // However busy the machine of the tests is.
    lag: () => 0,
    clock: Date.now,
    logger: createApiLogger('debug', { write: (line) => void log.push(line) }),
    views: shareViews({ client, limits: given.limits ?? defaultLimits }),
    limits: defaultLimits,
    temporalUiUrl: 'http://127.0.0.1:8233/namespaces/default',
    stopping: stopping.signal,
    ...given,
  });
  const { url, stop } = await serve(app, { host: '127.0.0.1', port: 0, ...serving });
  return {
    url,
    log,
    stopping,
    stop: () => stop({ lingerMs: 0, drainMs: 1000 }),
    async call(method, path, { token: secret = secrets.all, body, headers } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      const answer = isJson && text !== '' ? JSON.parse(text) : text;
      return { status: response.status, headers: response.headers, body: answer as never };
    },
  };
}
