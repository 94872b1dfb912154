/** A Temporal cluster on PostgreSQL: four roles and a database as processes of their own, which a test starts and kills. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import proto from '@temporalio/proto';
import { choosePorts } from '../../src/embedded/free-port.js';
import type { Guard } from '../../src/embedded/guard.js';
import type { ProcessSpec } from '../../src/embedded/supervised-process.js';
import { searchAttributes } from '../../src/workflows/search-attributes.js';
import { createAuthority } from '../support/certificates.js';
import { createLocalProcess, type LocalProcess } from '../support/local-process.js';
import { preparePostgres } from './postgres.js';
import { dynamicConfig, type Pass, type Role, roleConfig, roles } from './roles.js';

const run = promisify(execFile);
const namespace = 'sluice';
const readyWithinMs = 120_000;

export interface Cluster {
  readonly processes: Readonly<Record<Role | 'postgres', LocalProcess>>;
  /** What a client of the cluster is started with: Temporal's own variables, and nothing of ours. */
  readonly env: Readonly<Record<string, string>>;
  readonly connection: ConnectionOptions;
  readonly namespace: string;
  /** Starts everything, and makes the namespace with its search attributes. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** @param options.folder of this cluster alone */
export async function prepareCluster(options: {
  readonly folder: string;
  readonly guard: Guard;
}): Promise<Cluster> {
  const { folder, guard } = options;
  const programs = programsBuilt();
  for (const name of ['tls', 'roles', 'logs']) mkdirSync(join(folder, name), { recursive: true });
  const authority = createAuthority('authority of a test');
  const authorityFile = join(folder, 'tls', 'ca.pem');
  writeFileSync(authorityFile, authority.certificate);
  const passOf = (name: string): Pass => {
    const { certificate, key } = authority.issue(name);
    const pass = {
      certificate: join(folder, 'tls', `${name}.pem`),
      key: join(folder, 'tls', `${name}.key`),
    };
    writeFileSync(pass.certificate, certificate);
    writeFileSync(pass.key, key, { mode: 0o600 });
    return pass;
  };
  const any = { port: 0, strict: false };
  const ports = await choosePorts({
    ...{ postgres: any, frontendGrpc: any, historyGrpc: any, matchingGrpc: any, workerGrpc: any },
    ...{ frontendMembership: any, historyMembership: any },
    ...{ matchingMembership: any, workerMembership: any },
  });
  const postgres = await preparePostgres({
    port: ports.postgres,
    authority: authority.certificate,
    server: authority.issue('postgres'),
  });
  const dynamicFile = join(folder, 'dynamic.yaml');
  writeFileSync(dynamicFile, JSON.stringify(dynamicConfig));
  const plan = {
    ...{ ports, authority: authorityFile, dynamicConfig: dynamicFile },
    postgres: { port: ports.postgres, user: postgres.user },
  };
  const part = (name: string, spec: Pick<ProcessSpec, 'command' | 'isReady'>) =>
    createLocalProcess(
      {
        ...{ name, ...spec, readyWithinMs, stopWithinMs: 0 },
        env: { PATH: process.env.PATH },
        logFile: join(folder, 'logs', `temporal-${name}.log`),
      },
      guard,
    );
  const rolePart = (role: Role) => {
    const file = join(folder, 'roles', `${role}.yaml`);
    writeFileSync(file, JSON.stringify(roleConfig(plan, passOf(`temporal-${role}`))));
    return part(role, {
      command: [programs.server, '--config-file', file, 'start', '--service', role],
      isReady: (_line, signal) => isListening(ports[`${role}Grpc`], signal),
    });
  };
  const processes = {
    postgres: part('postgres', postgres.spec),
    frontend: rolePart('frontend'),
    history: rolePart('history'),
    matching: rolePart('matching'),
    worker: rolePart('worker'),
  };
  const address = `127.0.0.1:${ports.frontendGrpc}`;
  const profile = join(folder, 'temporal.toml');
  writeFileSync(profile, profileOf(address, authorityFile, passOf('sluice')));
  const env = {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_CONFIG_FILE: profile,
  };
  const connection = loadClientConnectConfig({ overrideEnvVars: env })
    .connectionOptions as ConnectionOptions;
  return {
    ...{ processes, env, connection, namespace },
    async start() {
      await processes.postgres.start();
      const pass = passOf('schema');
      await Promise.all(
        ['temporal', 'temporal_visibility'].map((database) =>
          makeSchema(programs.sqlTool, plan, pass, database),
        ),
      );
      await Promise.all(roles.map((role) => processes[role].start()));
      await makeNamespace(connection);
    },
    async stop() {
      await Promise.all(Object.values(processes).map((each) => each.kill()));
      postgres.remove();
    },
  };
}

function programsBuilt(): { readonly server: string; readonly sqlTool: string } {
  const told = process.env.SLUICE_CLUSTER_PROGRAMS;
  if (told === undefined) throw new Error('started without its programs: npm run test:production');
  const paths = JSON.parse(told) as Record<string, string>;
  return { server: paths['temporal-server'] ?? '', sqlTool: paths['temporal-sql-tool'] ?? '' };
}

async function makeSchema(
  sqlTool: string,
  plan: { readonly postgres: { readonly port: number; readonly user: string }; authority: string },
  pass: Pass,
  database: string,
): Promise<void> {
  const base = [
    ...['--ep', '127.0.0.1', '-p', String(plan.postgres.port), '-u', plan.postgres.user],
    ...['--pl', 'postgres12', '--db', database, '--tls', '--tls-ca-file', plan.authority],
    ...['--tls-cert-file', pass.certificate, '--tls-key-file', pass.key],
    ...['--tls-server-name', '127.0.0.1'],
  ];
  const schema = database === 'temporal' ? 'temporal' : 'visibility';
  await run(sqlTool, [...base, 'create-database']);
  await run(sqlTool, [...base, 'setup-schema', '-v', '0.0']);
  const name = `postgresql/v12/${schema}`;
  await run(sqlTool, [...base, 'update-schema', '--schema-name', name]);
}

/** A profile as Temporal's own tools read it. */
function profileOf(address: string, authority: string, pass: Pass): string {
  return [
    ...['[profile.default]', `address = "${address}"`, `namespace = "${namespace}"`],
    ...['[profile.default.tls]', `server_ca_cert_path = "${authority}"`],
    ...[`client_cert_path = "${pass.certificate}"`, `client_key_path = "${pass.key}"`, ''],
  ].join('\n');
}

async function isListening(port: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (isOpen) return;
    await sleep(50, undefined, { signal });
  }
}

const { IndexedValueType } = proto.temporal.api.enums.v1;
const valueTypes: Readonly<Record<string, number>> = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
};

/** Roles find each other within seconds of their start; until then some of it is refused. */
async function makeNamespace(options: ConnectionOptions): Promise<void> {
  const connection = await untilDone(() => Connection.connect(options));
  const typed = searchAttributes.map(({ name, type }) => [name, valueTypes[type]]);
  const wanted = Object.fromEntries(typed);
  try {
    await untilDone(() =>
      connection.workflowService
        .registerNamespace({
          namespace,
          workflowExecutionRetentionPeriod: msToTs('1 day'),
        })
        .catch((error: Error) => {
          if (!/already/i.test(error.message)) throw error;
        }),
    );
    await untilDone(() =>
      connection.operatorService
        .addSearchAttributes({ namespace, searchAttributes: wanted })
        .catch((error: Error) => {
          if (!/already/i.test(error.message)) throw error;
        }),
    );
    await untilDone(async () => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace,
      });
      if (!searchAttributes.every(({ name }) => Object.hasOwn(customAttributes, name)))
        throw new Error('not all search attributes are known yet');
    });
  } finally {
    await connection.close();
  }
}

async function untilDone<T>(act: () => Promise<T>): Promise<T> {
  for (const untilMs = Date.now() + readyWithinMs; ; await sleep(200)) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > untilMs) throw error;
    }
  }
}
