/** What counts in a cluster calls a revision, told to whoever reads the counters. */
import type { RevisionPlaces } from '../../ports/metric-source.js';
import type { Cluster } from './cluster.js';
import { annotations, labelText, objectName } from './names.js';
import { listDeployments } from './revisions.js';

export function createRevisionPlaces(cluster: Cluster): RevisionPlaces {
  return async (target, revisions, withDeployments) => {
    const found = withDeployments ? await listDeployments(cluster, target) : [];
    return revisions.map((revision) => {
      // An adopted one keeps the name that it had.
      const deployments = found
        .filter(({ metadata }) => metadata.annotations?.[annotations.revision] === revision)
        .map(({ metadata }) => metadata.name);
      const service = objectName(target, revision);
      const { namespace } = cluster;
      return { target, namespace, service, deployments, revision: labelText(revision) };
    });
  };
}
