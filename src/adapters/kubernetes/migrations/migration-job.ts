/** Builds the Job of a migration from the Job or CronJob that the user wrote for it. */
import { Failure } from '../../../domain/failures.js';
import type { TargetKey } from '../../../domain/names.js';
import { type Revision, revisionName } from '../../../domain/rollout/revision.js';
import type { Intent } from '../../../ports/workload.js';
import { imageRepository, intentNotes } from '../manifests.js';
import { annotations, labels, labelText, objectName, targetLabels } from '../names.js';
import type { Container, Deployment } from '../objects.js';
import type { Job, JobSpec } from './job-kinds.js';

/** Long enough to look into it after a weekend. */
const keptS = 7 * 24 * 3600;

export function migrationName(target: TargetKey, revision: Revision): string {
  return objectName(target, `${revisionName(revision)}-migrate`);
}

interface MigrationRequest {
  readonly target: TargetKey;
  readonly revision: Revision;
  readonly intent: Intent;
}

/**
 * Its pods carry no label of a revision, or Services and Deployments of that would take them for their own.
 *
 * @param template named by `sourceName` @param service the Deployment whose image is released
 * @throws InvalidInput when no container runs the image of the service
 */
export function migrationJob(
  template: JobSpec,
  sourceName: string,
  service: Deployment,
  { target, revision, intent }: MigrationRequest,
): Job {
  const image = service.spec.template.spec.containers[0]?.image ?? '';
  const repository = imageRepository(image);
  const { selector: _, manualSelector: __, suspend: ___, ...spec } = template;
  const { metadata = {}, spec: podSpec } = template.template;
  const runsIt = (one: Container) => imageRepository(one.image) === repository;
  const { initContainers = [] } = podSpec;
  if (![...podSpec.containers, ...initContainers].some(runsIt)) {
    throw new Failure('InvalidInput', `${sourceName} does not run the image that is released`, {
      where: sourceName,
      seen: podSpec.containers.map((one) => one.image).join(', '),
      limit: repository,
      next: `let a container of it run ${repository}; the tag or digest is filled in`,
    });
  }
  const pinned = (one: Container): Container =>
    runsIt(one) ? { ...one, image: `${repository}@${revision.digest}` } : one;
  const marks = { [labels.migration]: labelText(revisionName(revision)) };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: migrationName(target, revision),
      labels: { ...targetLabels(target), ...marks },
      annotations: { ...intentNotes(intent), [annotations.revision]: revisionName(revision) },
    },
    spec: {
      ...spec,
      ttlSecondsAfterFinished: spec.ttlSecondsAfterFinished ?? keptS,
      template: {
        metadata: {
          ...metadata,
          labels: { ...withoutControllers(metadata.labels ?? {}), ...marks },
        },
        spec: {
          ...podSpec,
          ...(initContainers.length > 0 && { initContainers: initContainers.map(pinned) }),
          containers: podSpec.containers.map(pinned),
        },
      },
    },
  };
}

/** The cluster marked the pods of the template's own Job, which these are not. */
function withoutControllers(all: Readonly<Record<string, string>>): Record<string, string> {
  const isControllers = (name: string) => /(^|\/)(controller-uid|job-name)$/.test(name);
  return Object.fromEntries(Object.entries(all).filter(([name]) => !isControllers(name)));
}
