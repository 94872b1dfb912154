/** How each role of a Temporal server is configured: a process for each, mutual TLS between all, PostgreSQL beneath. */

export const roles = ['frontend', 'history', 'matching', 'worker'] as const;
export type Role = (typeof roles)[number];

export interface ClusterPlan {
  /** gRPC and membership, by role. */
  readonly ports: Readonly<Record<`${Role}${'Grpc' | 'Membership'}`, number>>;
  readonly postgres: { readonly port: number; readonly user: string };
  /** Paths. */
  readonly authority: string;
  readonly dynamicConfig: string;
}

/** Paths of what a role shows of itself. */
export interface Pass {
  readonly certificate: string;
  readonly key: string;
}

const address = '127.0.0.1';

/** Of `dynamicConfig`: as the embedded server is told. */
export const dynamicConfig = {
  'history.timerProcessorMaxTimeShift': [{ value: '10ms' }],
  'matching.enableFairness': [{ value: true }],
  'system.forceSearchAttributesCacheRefreshOnRead': [{ value: true }],
};

/** The configuration of one process, to be written as YAML or JSON. */
export function roleConfig(plan: ClusterPlan, pass: Pass): object {
  const { ports, authority } = plan;
  const client = { serverName: address, rootCaFiles: [authority] };
  const server = {
    ...{ certFile: pass.certificate, keyFile: pass.key },
    ...{ requireClientAuth: true, clientCaFiles: [authority] },
  };
  const store = (databaseName: string, maxConns: number) => ({
    sql: {
      ...{ pluginName: 'postgres12', databaseName, connectProtocol: 'tcp' },
      ...{ connectAddr: `${address}:${plan.postgres.port}`, user: plan.postgres.user },
      ...{ maxConns, maxIdleConns: maxConns, maxConnLifetime: '1h' },
      tls: {
        ...{ enabled: true, certFile: pass.certificate, keyFile: pass.key },
        ...{ caFile: authority, enableHostVerification: true, serverName: address },
      },
    },
  });
  const service = (role: Role) => ({
    rpc: {
      grpcPort: ports[`${role}Grpc`],
      membershipPort: ports[`${role}Membership`],
      bindOnLocalHost: true,
    },
  });
  const frontend = `${address}:${ports.frontendGrpc}`;
  return {
    log: { stdout: false, level: 'warn' },
    persistence: {
      ...{ defaultStore: 'default', visibilityStore: 'visibility', numHistoryShards: 4 },
      datastores: { default: store('temporal', 20), visibility: store('temporal_visibility', 5) },
    },
    global: {
      membership: { maxJoinDuration: '30s', broadcastAddress: address },
      tls: {
        internode: { server, client },
        frontend: { server, client },
        systemWorker: { certFile: pass.certificate, keyFile: pass.key, client },
      },
    },
    services: Object.fromEntries(roles.map((role) => [role, service(role)])),
    clusterMetadata: {
      ...{ enableGlobalNamespace: false, failoverVersionIncrement: 10 },
      ...{ masterClusterName: 'active', currentClusterName: 'active' },
      clusterInformation: {
        active: {
          ...{ enabled: true, initialFailoverVersion: 1, rpcName: 'frontend' },
          rpcAddress: frontend,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
    publicClient: { hostPort: frontend },
    dynamicConfigClient: { filepath: plan.dynamicConfig, pollInterval: '10s' },
  };
}
