/** A TraefikService and the IngressRoute before it, as people make them, and the rights that Sluice has there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CustomObjectsApi,
  loadAllYaml,
  type V1PolicyRule,
  type V1Role,
} from '@kubernetes/client-node';
import type { TestCluster } from '../bed/cluster.js';

const roleFile = join(import.meta.dirname, '../../deploy/kubernetes/rbac-traefik-service.yaml');
const api = { group: 'traefik.io', version: 'v1alpha1' } as const;

/** What the shipped Role lets a worker do beside the first one. */
export function traefikRules(): readonly V1PolicyRule[] {
  const objects = loadAllYaml(readFileSync(roleFile, 'utf8')) as V1Role[];
  return objects.find(({ kind }) => kind === 'Role')?.rules ?? [];
}

/** For the host `<name>.<namespace>.test`; all of its requests go to the Service. */
export async function createTraefikRoutes(
  { admin }: Pick<TestCluster, 'admin'>,
  namespace: string,
  name: string,
  service: string,
): Promise<void> {
  const custom = admin.makeApiClient(CustomObjectsApi);
  const create = (plural: string, kind: string, spec: object) =>
    custom.createNamespacedCustomObject({
      ...{ ...api, namespace, plural },
      body: { apiVersion: `${api.group}/${api.version}`, kind, metadata: { name }, spec },
    });
  await create('traefikservices', 'TraefikService', {
    weighted: { services: [{ name: service, port: 8080 }] },
  });
  const services = [{ name, kind: 'TraefikService' }];
  const match = `Host(\`${name}.${namespace}.test\`)`;
  await create('ingressroutes', 'IngressRoute', {
    entryPoints: ['web'],
    routes: [{ match, kind: 'Rule', services }],
  });
}
