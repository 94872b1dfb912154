/** Looks whether a cluster lets us do what a rollout does there: answers, credentials, and what the Role allows. */
import { Failure } from '../../domain/failures.js';
import type { Finding } from '../../domain/repository/finding.js';
import { type Cluster, type ClusterOptions, connectCluster } from './cluster.js';
import { kinds } from './objects.js';
import { routeKinds } from './routing/route-kinds.js';

/** No object has this label, so that nothing is carried over. */
const nobody = 'sluice.dev/doctor=looks';

/** Only reads. @param router kind of the router that divides the traffic */
export async function inspectAccess(
  options: ClusterOptions,
  router: string,
): Promise<readonly Finding[]> {
  let cluster: Cluster;
  try {
    cluster = connectCluster(options);
  } catch (error) {
    return [findingOf('kubeconfig', error, options.namespace)];
  }
  try {
    const { namespace } = options;
    const first = await look('list deployments', namespace, () =>
      cluster.list(kinds.deployment, nobody),
    );
    if (first.seen.includes('does not answer')) return [first];
    const found = [
      first,
      await look('list services', namespace, () => cluster.list(kinds.service, nobody)),
      await look('list endpointslices', namespace, () => cluster.list(kinds.endpointSlice, nobody)),
    ];
    const route = routeOf(router);
    if (route === null) return found;
    const seen = await look(`read ${route.plural}`, namespace, () => route.read(cluster));
    return [...found, seen];
  } finally {
    await cluster.close();
  }
}

/** A route that nobody made is looked for: that there is none is an answer. */
function routeOf(router: string) {
  const reading = <Kind extends Parameters<Cluster['read']>[0]>(kind: Kind) => ({
    plural: kind.plural,
    read: (cluster: Cluster) => cluster.read(kind, 'sluice-doctor'),
  });
  switch (router) {
    case 'gateway-api':
      return reading(kinds.httpRoute);
    case 'istio':
      return reading(routeKinds.virtualService);
    case 'ingress-nginx':
    case 'aws-alb':
      return reading(routeKinds.ingress);
    case 'traefik-service':
      return reading(routeKinds.traefikService);
    default:
      return null;
  }
}

async function look(
  subject: string,
  namespace: string,
  ask: () => Promise<unknown>,
): Promise<Finding> {
  try {
    await ask();
    return { subject, state: 'ok', seen: `allowed in ${namespace}` };
  } catch (error) {
    return findingOf(subject, error, namespace);
  }
}

function findingOf(subject: string, error: unknown, namespace: string): Finding {
  if (!(error instanceof Failure)) throw error;
  const role = `kubectl apply -n ${namespace} -f deploy/kubernetes/rbac.yaml`;
  const next = error.code === 'Forbidden' ? role : (error.details.next ?? 'kubectl cluster-info');
  return { subject, state: 'fault', seen: error.message, next };
}
