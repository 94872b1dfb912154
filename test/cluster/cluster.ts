/** A Temporal cluster on PostgreSQL: four roles and a database as processes of their own, which a test starts, kills and cuts off. */
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { choosePorts } from '../../src/embedded/free-port.js';
import type { Guard } from '../../src/embedded/guard.js';
import type { ProcessSpec } from '../../src/embedded/supervised-process.js';
import { createAuthority } from '../support/certificates.js';
import { createLocalProcess, type LocalProcess } from '../support/local-process.js';
import { makeNamespace } from './namespace.js';
import { preparePostgres } from './postgres.js';
import {
  type ClusterPlan,
  dynamicConfig,
  type Pass,
  type Role,
  roleConfig,
  roles,
  servicesOf,
} from './roles.js';
import { createTokenIssuer } from './tokens.js';

const run = promisify(execFile);
const namespace = 'sluice';
const readyWithinMs = 120_000;

export interface Caller {
  /** What its certificate and its token say who it is. */
  readonly name: string;
  /** As Temporal's claim mapper reads them, such as `sluice:write`; none: it has no token. */
  readonly permissions: readonly string[];
  /** Where it finds the frontend, when not at its own port. */
  readonly frontendPort?: number;
}

export interface Cluster {
  readonly processes: Readonly<Record<Role | 'postgres', LocalProcess>>;
  readonly namespace: string;
  readonly ports: { readonly postgres: number; readonly frontend: number };
  /** What a client of the cluster is started with: Temporal's own variables, and nothing of ours. */
  envOf(caller: Caller): Promise<Readonly<Record<string, string>>>;
  connectionOf(caller: Caller): Promise<ConnectionOptions>;
  /** Of a database in the cluster's PostgreSQL, with what its server asks to see; a secret. */
  databaseUrl(database: string, user?: string, port?: number): string;
  /** Starts everything, and makes the namespace with its search attributes. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param options.folder of this cluster alone
 * @param options.postgresPortOf where a role finds PostgreSQL, when not at its own port
 */
export async function prepareCluster(options: {
  readonly folder: string;
  readonly guard: Guard;
  readonly postgresPortOf?: (role: Role, port: number) => Promise<number>;
}): Promise<Cluster> {
  const { folder, guard, postgresPortOf = async (_role, port) => port } = options;
  const programs = programsBuilt();
  for (const name of ['tls', 'roles', 'logs', 'profiles'])
    mkdirSync(join(folder, name), { recursive: true });
  const authority = createAuthority('authority of a test');
  const authorityFile = join(folder, 'tls', 'ca.pem');
  writeFileSync(authorityFile, authority.certificate);
  const tokens = await createTokenIssuer(join(folder, 'tls', 'token-keys.json'));
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
  const ports = await chooseLowPorts([
    'postgres' as const,
    ...services.flatMap((each) => [`${each}Grpc`, `${each}Membership`] as const),
  ]);
  const postgres = await preparePostgres({
    port: ports.postgres,
    authority: authority.certificate,
    server: authority.issue('postgres'),
  });
  const dynamicFile = join(folder, 'dynamic.yaml');
  writeFileSync(dynamicFile, JSON.stringify(dynamicConfig));
  const plan = {
    ...{ ports, authority: authorityFile, dynamicConfig: dynamicFile, keysUrl: tokens.keysUrl },
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
  const rolePart = async (role: Role) => {
    const file = join(folder, 'roles', `${role}.yaml`);
    const config = roleConfig(
      plan,
      passOf(`temporal-${role}`),
      await postgresPortOf(role, ports.postgres),
    );
    writeFileSync(file, JSON.stringify(config));
    const served = servicesOf[role].flatMap((each) => ['--service', each]);
    return part(role, {
      command: [programs.server, '--config-file', file, 'start', ...served],
      isReady: (_line, signal) => isListening(ports[`${role}Grpc`], signal),
    });
  };
  const processes = {
    postgres: part('postgres', postgres.spec),
    frontend: await rolePart('frontend'),
    history: await rolePart('history'),
    matching: await rolePart('matching'),
    worker: await rolePart('worker'),
  };
  const envOf = async ({ name, permissions, frontendPort = ports.frontendGrpc }: Caller) => {
    const address = `127.0.0.1:${frontendPort}`;
    const token = permissions.length > 0 ? await tokens.issue(name, permissions) : null;
    const profile = join(folder, 'profiles', `${name}.toml`);
    writeFileSync(profile, profileOf(address, authorityFile, passOf(name), token), { mode: 0o600 });
    return {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      TEMPORAL_CONFIG_FILE: profile,
    };
  };
  const connectionOf = async (caller: Caller) =>
    loadClientConnectConfig({ overrideEnvVars: await envOf(caller) })
      .connectionOptions as ConnectionOptions;
  return {
    ...{ processes, namespace, envOf, connectionOf },
    ports: { postgres: ports.postgres, frontend: ports.frontendGrpc },
    databaseUrl(database, user = postgres.user, port = ports.postgres) {
      const pass = passOf(user);
      const tls = new URLSearchParams({
        ...{ sslmode: 'verify-full', sslrootcert: authorityFile },
        ...{ sslcert: pass.certificate, sslkey: pass.key },
      });
      return `postgres://${user}@127.0.0.1:${port}/${database}?${tls.toString()}`;
    },
    async start() {
      await processes.postgres.start();
      const pass = passOf('schema');
      await Promise.all(
        ['temporal', 'temporal_visibility'].map((database) =>
          makeSchema(programs.sqlTool, plan, pass, database),
        ),
      );
      // On an empty database each role writes the cluster's name, and one that finds it half written ends.
      await processes.frontend.start();
      const others = roles.filter((role) => role !== 'frontend');
      await Promise.all(others.map((role) => processes[role].start()));
      const permissions = ['temporal-system:admin'];
      await makeNamespace(await connectionOf({ name: 'administrator', permissions }), namespace);
    },
    async stop() {
      await Promise.all(Object.values(processes).map((each) => each.kill()));
      postgres.remove();
    },
  };
}

const services = Object.values(servicesOf).flat();

/**
 * Temporal keeps the ports of its roles in a column of 15 bits, and what a restart needs is not given to others down there:
 * the playground's instances have theirs from 20,000.
 */
async function chooseLowPorts<Name extends string>(names: readonly Name[]) {
  for (;;) {
    const wishes = names.map((name) => [name, { port: randomInt(10_000, 20_000), strict: true }]);
    const chosen = await choosePorts(
      Object.fromEntries(wishes) as Record<Name, { port: number; strict: true }>,
    ).catch(() => null);
    if (chosen !== null) return chosen;
  }
}

function programsBuilt(): { readonly server: string; readonly sqlTool: string } {
  const told = process.env.SLUICE_CLUSTER_PROGRAMS;
  if (told === undefined) throw new Error('started without its programs: npm run test:production');
  const paths = JSON.parse(told) as Record<string, string>;
  return { server: paths['temporal-server'] ?? '', sqlTool: paths['temporal-sql-tool'] ?? '' };
}

async function makeSchema(
  sqlTool: string,
  plan: Pick<ClusterPlan, 'postgres' | 'authority'>,
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
function profileOf(address: string, authority: string, pass: Pass, token: string | null): string {
  return [
    ...['[profile.default]', `address = "${address}"`, `namespace = "${namespace}"`],
    ...(token === null ? [] : [`api_key = "${token}"`]),
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
