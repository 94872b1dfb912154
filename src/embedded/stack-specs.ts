/** What each process of the embedded stack is started with, and the addresses that come of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials } from './credentials.js';
import type { ProcessSpec } from './supervised-process.js';
import { temporalCommand, temporalIsReady, temporalNamespace } from './temporal-server.js';

export type PartName = 'temporal' | 'playground' | 'github' | 'worker' | 'api';

export interface StackPlan {
  readonly cli: string;
  readonly dataDir: string;
  readonly isTemporary: boolean;
  readonly configPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workerEnv: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
  readonly ports: Readonly<Record<'temporal' | 'ui' | 'api' | 'playground', number>>;
  readonly programs: Readonly<Record<'playground' | 'worker' | 'api', readonly string[]>>;
  /** The stand-in for GitHub, where one is started. */
  readonly github?: {
    readonly command: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  };
}

export interface StackSpecs {
  readonly processes: Readonly<Record<PartName, ProcessSpec>>;
  readonly addresses: {
    readonly apiUrl: string;
    readonly temporalAddress: string;
    readonly temporalUiUrl: string;
    readonly playgroundUrl: string;
  };
}

const readyWithinMs = 60_000;

export function stackSpecs(plan: StackPlan): StackSpecs {
  const { dataDir, ports, credentials } = plan;
  const temporalAddress = `127.0.0.1:${ports.temporal}`;
  const addresses = {
    apiUrl: `http://127.0.0.1:${ports.api}`,
    temporalAddress,
    temporalUiUrl: `http://127.0.0.1:${ports.ui}/namespaces/${temporalNamespace}`,
    playgroundUrl: `http://127.0.0.1:${ports.playground}`,
  };
  const inherited = withoutOwn(plan.env);
  const shared = {
    ...inherited,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: temporalNamespace,
    TEMPORAL_CONFIG_FILE: writeTemporalProfile(dataDir, temporalAddress),
    SLUICE_CONFIG: plan.configPath,
    SLUICE_DATA_DIR: dataDir,
    SLUICE_EMBEDDED: 'true',
    SLUICE_PRIVATE_NETWORKS: plan.env.SLUICE_PRIVATE_NETWORKS ?? thisMachine,
    SLUICE_PLAYGROUND_URL: addresses.playgroundUrl,
    SLUICE_PLAYGROUND_TOKEN_FILE: credentials.playgroundTokenFile,
    SLUICE_APPROVAL_KEY_FILE: credentials.approvalKeyFile,
    SLUICE_TEMPORAL_UI_URL: addresses.temporalUiUrl,
  };
  const part = (name: PartName) => ({
    name,
    logFile: join(dataDir, 'logs', `${name}.log`),
    readyWithinMs,
    isReady: (line: Promise<unknown>) => line,
  });
  return {
    addresses,
    processes: {
      temporal: {
        ...part('temporal'),
        command: temporalCommand({
          cli: plan.cli,
          port: ports.temporal,
          uiPort: ports.ui,
          databaseFile: plan.isTemporary ? null : join(dataDir, 'temporal.db'),
        }),
        env: inherited,
        isReady: (_line, signal) => temporalIsReady(temporalAddress, signal),
        stopWithinMs: 5000,
      },
      playground: {
        ...part('playground'),
        command: plan.programs.playground,
        env: {
          ...inherited,
          SLUICE_PLAYGROUND_PORT: String(ports.playground),
          SLUICE_PLAYGROUND_DATA: join(dataDir, 'playground'),
          SLUICE_PLAYGROUND_TOKEN_FILE: credentials.playgroundTokenFile,
        },
        stopWithinMs: 9000,
      },
      github: {
        ...part('github'),
        command: plan.github?.command ?? [],
        env: { ...inherited, ...plan.github?.env },
        stopWithinMs: 3000,
      },
      worker: {
        ...part('worker'),
        command: plan.programs.worker,
        env: { ...shared, ...plan.workerEnv },
        stopWithinMs: 6000,
      },
      api: {
        ...part('api'),
        command: plan.programs.api,
        env: {
          ...shared,
          SLUICE_API_HOST: '127.0.0.1',
          SLUICE_API_PORT: String(ports.api),
          SLUICE_TOKENS_FILE: credentials.tokensFile,
        },
        stopWithinMs: 5000,
      },
    },
  };
}

/** A Prometheus beside the stack may be asked. */
const thisMachine = '127.0.0.0/8,::1/128';

/** The caller's own settings for Sluice and Temporal are about another installation. */
function withoutOwn(env: StackPlan['env']): StackPlan['env'] {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !name.startsWith('TEMPORAL_') &&
        !(name.startsWith('SLUICE_') && name !== 'SLUICE_LOG_LEVEL'),
    ),
  );
}

/** Also for people: `TEMPORAL_CONFIG_FILE=<this file> temporal workflow list`. */
function writeTemporalProfile(dataDir: string, address: string): string {
  const file = join(dataDir, 'temporal.toml');
  const lines = [
    '[profile.default]',
    `address = "${address}"`,
    `namespace = "${temporalNamespace}"`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
