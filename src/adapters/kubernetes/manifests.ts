/** Builds the objects of a revision from the Deployment and the Service that the user already has. */
import { Failure } from '../../domain/failures.js';
import type { TargetKey } from '../../domain/names.js';
import { formatFence } from '../../domain/rollout/fence.js';
import { type Revision, revisionName } from '../../domain/rollout/revision.js';
import type { WorkloadSpec } from '../../domain/rollout/workload.js';
import type { Intent } from '../../ports/workload.js';
import { followPlacement, keepApart } from './companions/placement.js';
import { annotations, labels, labelText, objectName, targetLabels } from './names.js';
import type { Deployment, Service } from './objects.js';

interface RevisionRequest {
  readonly target: TargetKey;
  readonly revision: Revision;
  readonly instances: number;
  readonly workload?: Pick<WorkloadSpec, 'antiAffinity'>;
}

/** What pods of a revision carry and its Deployment selects by. */
function revisionLabels(target: TargetKey, revision: Revision): Record<string, string> {
  return { ...targetLabels(target), [labels.revision]: labelText(revisionName(revision)) };
}

export function deploymentMarks(target: TargetKey, revision: Revision) {
  return {
    labels: { ...revisionLabels(target, revision), [labels.version]: labelText(revision.version) },
    annotations: {
      [annotations.revision]: revisionName(revision),
      [annotations.version]: revision.version,
      [annotations.digest]: revision.digest,
    },
  };
}

/** Notes of the last write on an object. */
export function intentNotes({ fence, key }: Intent): Record<string, string> {
  return { [annotations.fence]: formatFence(fence), [annotations.intent]: key };
}

/** @example imageRepository('registry:5000/shop/checkout:1.0') === 'registry:5000/shop/checkout' */
export function imageRepository(image: string): string {
  const [untagged = image] = image.split('@');
  const colon = untagged.lastIndexOf(':');
  return colon > untagged.lastIndexOf('/') ? untagged.slice(0, colon) : untagged;
}

/** True when the first container of the template is pinned to this digest. */
export function runsDigest(template: Deployment, digest: string): boolean {
  return template.spec.template.spec.containers[0]?.image.endsWith(`@${digest}`) ?? false;
}

/**
 * The template with the revision's image in its first container. Pods lose the labels that the template's own
 * selector goes by, otherwise the user's Service would send them traffic outside of every split.
 * @throws InvalidInput for a template that selects by nothing or has no container
 */
export function revisionDeployment(template: Deployment, request: RevisionRequest): Deployment {
  const { target, revision, instances } = request;
  const [main, ...beside] = template.spec.template.spec.containers;
  const selected = template.spec.selector.matchLabels ?? {};
  if (main === undefined || Object.keys(selected).length === 0) {
    throw new Failure('InvalidInput', 'the template needs a container and selector.matchLabels', {
      where: `Deployment ${template.metadata.name}`,
      next: 'select by labels instead of expressions',
    });
  }
  const matchLabels = revisionLabels(target, revision);
  const marks = deploymentMarks(target, revision);
  const inherited = Object.entries(template.spec.template.metadata?.labels ?? {});
  const podLabels = {
    ...Object.fromEntries(inherited.filter(([name]) => !(name in selected))),
    ...marks.labels,
  };
  const { spec: podSpec, metadata: podMetadata } = template.spec.template;
  const placed = followPlacement(template, matchLabels);
  const affinity = keepApart(
    placed.affinity,
    request.workload?.antiAffinity ?? 'none',
    target,
    labelText(revisionName(revision)),
    selected,
  );
  // A paused Deployment would never start a pod, and what the user paused is their own.
  const { paused: _, ...inheritedSpec } = template.spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: objectName(target, revisionName(revision)), ...marks },
    spec: {
      ...inheritedSpec,
      replicas: instances,
      selector: { matchLabels },
      template: {
        metadata: { ...podMetadata, labels: podLabels },
        spec: {
          ...podSpec,
          containers: [
            { ...main, image: `${imageRepository(main.image)}@${revision.digest}` },
            ...beside,
          ],
          ...placed,
          ...(affinity && { affinity }),
        },
      },
    },
  };
}

/** @param source the Service that users have now: its ports are kept */
export function revisionService(
  source: Service,
  target: TargetKey,
  revision: string,
  selector: Readonly<Record<string, string>>,
): Service {
  const ports = (source.spec.ports ?? []).map((one) => {
    const { name, port, targetPort, protocol, appProtocol } = one;
    return {
      ...(name === undefined ? {} : { name }),
      port,
      ...(targetPort === undefined ? {} : { targetPort }),
      protocol: protocol ?? 'TCP',
      ...(appProtocol === undefined ? {} : { appProtocol }),
    };
  });
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: objectName(target, revision),
      labels: { ...targetLabels(target), [labels.revision]: labelText(revision) },
      annotations: { [annotations.revision]: revision },
    },
    spec: { selector, ports },
  };
}
