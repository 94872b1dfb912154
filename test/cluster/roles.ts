/** How each role of a Temporal server is configured: a process for each, mutual TLS between all, tokens for clients, PostgreSQL beneath. */

export const roles = ['frontend', 'history', 'matching', 'worker'] as const;
export type Role = (typeof roles)[number];

/** By role, what its process serves. The other roles ask at a door of their own, where no token is wanted. */
export const servicesOf: Readonly<Record<Role, readonly Service[]>> = {
  frontend: ['frontend', 'internal-frontend'],
  history: ['history'],
  matching: ['matching'],
  worker: ['worker'],
};
export type Service = Role | 'internal-frontend';

export interface ClusterPlan {
  /** gRPC and membership, by service. */
  readonly ports: Readonly<Record<`${Service}${'Grpc' | 'Membership'}`, number>>;
  readonly postgres: { readonly port: number; readonly user: string };
  /** Paths. */
  readonly authority: string;
  readonly dynamicConfig: string;
  /** Of the keys that tokens are checked with. */
  readonly keysUrl: string;
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

/**
 * The configuration of one process, to be written as YAML or JSON.
 * @param postgresPort where this one finds PostgreSQL
 */
export function roleConfig(
  plan: ClusterPlan,
  pass: Pass,
  postgresPort = plan.postgres.port,
): object {
  const { ports, authority } = plan;
  const client = { serverName: address, rootCaFiles: [authority] };
  const server = {
    ...{ certFile: pass.certificate, keyFile: pass.key },
    ...{ requireClientAuth: true, clientCaFiles: [authority] },
  };
  const store = (databaseName: string, maxConns: number) => ({
    sql: {
      ...{ pluginName: 'postgres12', databaseName, connectProtocol: 'tcp' },
      ...{ connectAddr: `${address}:${postgresPort}`, user: plan.postgres.user },
      ...{ maxConns, maxIdleConns: maxConns, maxConnLifetime: '1h' },
      tls: {
        ...{ enabled: true, certFile: pass.certificate, keyFile: pass.key },
        ...{ caFile: authority, enableHostVerification: true, serverName: address },
      },
    },
  });
  const service = (role: Service) => ({
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
      },
      authorization: {
        jwtKeyProvider: { keySourceURIs: [plan.keysUrl], refreshInterval: '1m' },
        ...{ permissionsClaimName: 'permissions', authorizer: 'default', claimMapper: 'default' },
      },
    },
    services: Object.fromEntries(
      Object.values(servicesOf)
        .flat()
        .map((each) => [each, service(each)]),
    ),
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
    dynamicConfigClient: { filepath: plan.dynamicConfig, pollInterval: '10s' },
  };
}
