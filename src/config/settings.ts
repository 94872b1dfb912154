/** What a process is told by its environment, checked once at its start. Temporal's own names are read by its SDK. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { Failure } from '../domain/failures.js';
import { deepFreeze } from './deep-freeze.js';

const portText = z
  .string()
  .regex(/^\d{1,5}$/, { error: 'a port from 0 to 65535' })
  .transform(Number)
  .refine((port) => port <= 65_535, { error: 'a port from 0 to 65535' });

/** `127.0.0.1:9464`, `[::1]:9464`, `worker.internal:9464`. */
const addressText = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):\d{1,5}$/, {
    error: 'an address and a port, such as 127.0.0.1:9464',
  })
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    const host = text.slice(0, colon).replace(/^\[|\]$/g, '');
    return { host, port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65_535, { error: 'a port from 0 to 65535 after the address' });

const flagText = z.enum(['true', 'false']).transform((word) => word === 'true');

const filePath = z.string().transform((path) => resolve(path));

/** `10.0.0.0/8`, `fd00::/8`. */
const networkText = z.union([z.cidrv4(), z.cidrv6()], {
  error: 'networks such as 10.0.0.0/8 with commas between them',
});

/** Every variable with its meaning; `.env.example` is checked against it. */
export const settingsSchema = z.object({
  SLUICE_CONFIG: filePath
    .prefault('sluice.yaml')
    .describe('sluice.yaml, or a folder that holds it'),
  SLUICE_DATA_DIR: filePath.prefault('.sluice').describe('evidence, ledger and local state'),
  SLUICE_CACHE_DIR: filePath
    .prefault(join(homedir(), '.cache', 'sluice'))
    .describe('what can be made again at any time: bundled workflows, fetched programs'),
  SLUICE_API_HOST: z.string().min(1).default('127.0.0.1').describe('address the API listens on'),
  SLUICE_API_PORT: portText
    .prefault('7400')
    .describe('port the API listens on; 0 takes a free one'),
  SLUICE_PLAYGROUND_URL: z
    .url({ protocol: /^https?$/, error: 'an http(s) URL' })
    .optional()
    .describe("the playground's control API; `sluice up` sets it"),
  SLUICE_PLAYGROUND_TOKEN_FILE: filePath
    .optional()
    .describe("file with the playground's token; `sluice up` sets it"),
  SLUICE_TEMPORAL_UI_URL: z
    .url({ protocol: /^https?$/, error: 'an http(s) URL' })
    .optional()
    .describe('the Temporal UI with its namespace path, for links'),
  SLUICE_TOKENS_FILE: filePath
    .optional()
    .describe('hashed API tokens and their scopes; default: tokens.json in the data directory'),
  SLUICE_APPROVAL_KEY_FILE: filePath
    .optional()
    .describe('key that signs approvals; default: approval.key in the data directory'),
  SLUICE_LEDGER_URL_FILE: filePath
    .optional()
    .describe("file with the URL of the ledger's PostgreSQL; default: a file as ledger"),
  SLUICE_PAYLOAD_KEYS_FILE: filePath
    .optional()
    .describe('keys that encrypt what Temporal keeps; default: it is not encrypted'),
  SLUICE_TASK_QUEUES: z
    .string()
    .regex(/^[a-z0-9-]+(,[a-z0-9-]+)*$/, { error: 'queue names with commas between them' })
    .transform((text) => text.split(','))
    .optional()
    .describe('task queues this worker polls, with commas; default: all'),
  SLUICE_WORKER_METRICS_ADDRESS: addressText
    .optional()
    .describe('address and port where this worker shows its Prometheus metrics; default: nowhere'),
  SLUICE_API_METRICS_ADDRESS: addressText
    .optional()
    .describe('address and port where this API shows its Prometheus metrics; default: nowhere'),
  SLUICE_PRIVATE_NETWORKS: z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(networkText))
    .optional()
    .describe(
      'private networks where metric sources may be asked, with commas; see docs/metrics.md',
    ),
  SLUICE_EMBEDDED: flagText
    .prefault('false')
    .describe('true in the embedded stack: approvals typed into the Temporal UI count by default'),
  SLUICE_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('fatal, error, warn, info, debug, trace or silent'),
});

/** All paths are absolute. Secrets are never held here, only the files they lie in. */
export interface Settings {
  readonly configPath: string;
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly api: { readonly host: string; readonly port: number };
  readonly playground: { readonly url: string | null; readonly tokenFile: string | null };
  readonly temporalUiUrl: string | null;
  readonly tokensFile: string;
  readonly approvalKeyFile: string;
  /** Null: the ledger is a file in the data directory. */
  readonly ledgerUrlFile: string | null;
  /** Null: payloads are not encrypted. */
  readonly payloadKeysFile: string | null;
  /** Null: all. */
  readonly taskQueues: readonly string[] | null;
  /** Null: no listener. Port 0 takes a free one. */
  readonly workerMetrics: { readonly host: string; readonly port: number } | null;
  /** As those of workers. */
  readonly apiMetrics: { readonly host: string; readonly port: number } | null;
  /** Null: not told. */
  readonly privateNetworks: readonly string[] | null;
  readonly embedded: boolean;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

/** @throws InvalidInput with every fault at once, naming variables and never their values */
export function loadSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  // An empty variable is one that was not set: compose files and shells cannot always leave it out.
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(set);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => ({
      where: String(issue.path[0]),
      message: `${String(issue.path[0])}: allowed: ${allowed(issue)}`,
    }));
    throw new Failure(
      'InvalidInput',
      `the environment has faults: ${faults.map(({ where }) => where).join(', ')}`,
      {
        where: faults[0]?.where ?? 'environment',
        next: 'correct the variables named; .env.example describes them all',
        faults,
      },
    );
  }
  const read = parsed.data;
  return deepFreeze({
    configPath: read.SLUICE_CONFIG,
    dataDir: read.SLUICE_DATA_DIR,
    cacheDir: read.SLUICE_CACHE_DIR,
    api: { host: read.SLUICE_API_HOST, port: read.SLUICE_API_PORT },
    playground: {
      url: read.SLUICE_PLAYGROUND_URL ?? null,
      tokenFile: read.SLUICE_PLAYGROUND_TOKEN_FILE ?? null,
    },
    temporalUiUrl: read.SLUICE_TEMPORAL_UI_URL ?? null,
    tokensFile: read.SLUICE_TOKENS_FILE ?? resolve(read.SLUICE_DATA_DIR, 'tokens.json'),
    approvalKeyFile: read.SLUICE_APPROVAL_KEY_FILE ?? resolve(read.SLUICE_DATA_DIR, 'approval.key'),
    ledgerUrlFile: read.SLUICE_LEDGER_URL_FILE ?? null,
    payloadKeysFile: read.SLUICE_PAYLOAD_KEYS_FILE ?? null,
    taskQueues: read.SLUICE_TASK_QUEUES ?? null,
    workerMetrics: read.SLUICE_WORKER_METRICS_ADDRESS ?? null,
    apiMetrics: read.SLUICE_API_METRICS_ADDRESS ?? null,
    privateNetworks: read.SLUICE_PRIVATE_NETWORKS ?? null,
    embedded: read.SLUICE_EMBEDDED,
    logLevel: read.SLUICE_LOG_LEVEL,
  });
}

function allowed(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_value' ? issue.values.map(String).join(', ') : issue.message;
}
