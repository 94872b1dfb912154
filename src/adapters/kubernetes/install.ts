/** Makes a revision from the user's Deployment, or adopts that Deployment where it runs the revision already. */
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import { revisionName } from '../../domain/rollout/revision.js';
import type { Intent, Workload } from '../../ports/workload.js';
import type { Cluster } from './cluster.js';
import { createCopies, ownCopies, planCopies } from './companions/config-copies.js';
import { readTemplate, refuseAlone } from './companions/template.js';
import { countRestarts } from './instance-status.js';
import {
  deploymentMarks,
  intentNotes,
  revisionDeployment,
  revisionService,
  runsDigest,
} from './manifests.js';
import { annotations, objectName, targetFromLabels } from './names.js';
import { type Deployment, kinds, type Service } from './objects.js';
import { parseFence } from './parse-fence.js';

export const byReference = { configMaps: 'reference', secrets: 'reference' } as const;

export type ApplyRequest = Parameters<Workload['applyRevision']>[0];

export interface InstallPlace {
  readonly cluster: Cluster;
  /** Name of the Service that users of a target had before. */
  readonly backendName: (target: TargetKey) => string;
  /** Pods of all revisions stand behind one Service: then the user's own Deployment cannot be a revision. */
  readonly sharesPods: boolean;
}

export interface Draft {
  readonly template: Deployment;
  /** The user's own Deployment runs the revision already and becomes it as it is. */
  readonly adopts: boolean;
  /** Without notes, and with the references of the template. */
  readonly deployment: Deployment;
  readonly service: Service;
}

/** Only reads. @throws NotFound without template or Service; PolicyDenied when a foreign Deployment has the name */
export async function draftRevision(
  place: InstallPlace,
  request: Omit<ApplyRequest, 'intent'>,
  templateName: string,
): Promise<Draft> {
  const { cluster } = place;
  const { target, revision } = request;
  const template = await readTemplate(cluster, templateName);
  const source = await originalService(place, target);
  // What a paused Deployment runs may be older than what it says.
  const isFree =
    template.metadata.annotations?.[annotations.revision] === undefined && !template.spec.paused;
  const adopts = isFree && !place.sharesPods && runsDigest(template, revision.digest);
  const deployment = adopts ? template : revisionDeployment(template, request);
  const selector = deployment.spec.selector.matchLabels ?? {};
  const service = revisionService(source, target, revisionName(revision), selector);
  if (!adopts) {
    refuseAlone(template);
    await refuseForeign(cluster, target, deployment.metadata.name);
  }
  return { template, adopts, deployment, service };
}

/** @throws as `draftRevision`; Conflict */
export async function installRevision(
  place: InstallPlace,
  request: ApplyRequest,
  templateName: string,
): Promise<void> {
  const { cluster } = place;
  const { target, revision, instances, intent } = request;
  const draft = await draftRevision(place, request, templateName);
  const { template, deployment: made, service } = draft;
  const notes = {
    ...intentNotes(intent),
    [annotations.restartsBefore]: JSON.stringify(countRestarts(intent.fence.rollout, [])),
  };
  if (draft.adopts) {
    const { metadata, spec } = template;
    const marks = deploymentMarks(target, revision);
    await cluster.patch(kinds.deployment, metadata.name, {
      metadata: {
        resourceVersion: metadata.resourceVersion,
        labels: marks.labels,
        annotations: { ...marks.annotations, ...notes, [annotations.adopted]: 'true' },
      },
      // Adoption takes no capacity away.
      spec: { replicas: Math.max(instances, spec.replicas ?? 1) },
    });
  } else {
    const config = request.workload.config ?? byReference;
    const { deployment, copies } = await planCopies(cluster, target, made, config);
    await createCopies(cluster, target, copies);
    const noted = {
      ...made.metadata.annotations,
      ...notes,
      [annotations.template]: templateName,
    };
    const metadata = { ...made.metadata, annotations: noted };
    await cluster.apply(kinds.deployment, { ...deployment, metadata });
    // Tidying up for another revision may have met them without a Deployment.
    await createCopies(cluster, target, copies);
    await takeCopies(cluster, request, made.metadata.name);
  }
  await cluster.apply(kinds.service, claimed(service, intent));
}

/** A try that ended between two objects is completed by the next. */
export async function completeRevision(
  place: InstallPlace,
  request: ApplyRequest,
  known: Deployment,
): Promise<void> {
  const { cluster } = place;
  const { target, revision } = request;
  await takeCopies(cluster, request, known.metadata.name);
  const name = revisionName(revision);
  const there = await cluster.read(kinds.service, objectName(target, name));
  const claim = parseFence(there?.metadata.annotations?.[annotations.fence]);
  if (claim?.rollout === request.intent.fence.rollout) return;
  const source = await originalService(place, target);
  const selector = known.spec.selector.matchLabels ?? {};
  const service = revisionService(source, target, name, selector);
  await cluster.apply(kinds.service, claimed(service, request.intent));
}

/** Another rollout that wants the revision changes its Service too, so that a late removal meets a conflict there. */
function claimed(service: Service, intent: Intent): Service {
  const noted = { ...service.metadata.annotations, ...intentNotes(intent) };
  return { ...service, metadata: { ...service.metadata, annotations: noted } };
}

async function takeCopies(
  cluster: Cluster,
  { target, workload }: ApplyRequest,
  name: string,
): Promise<void> {
  const { config = byReference } = workload;
  if (config.configMaps === 'reference' && config.secrets === 'reference') return;
  const made = await cluster.read(kinds.deployment, name);
  if (made !== null) await ownCopies(cluster, target, made, config);
}

async function originalService(
  { cluster, backendName }: InstallPlace,
  target: TargetKey,
): Promise<Service> {
  const name = backendName(target);
  const found = await cluster.read(kinds.service, name);
  if (found !== null) return found;
  throw new Failure('NotFound', `there is no Service ${name}`, {
    where: `Service ${cluster.namespace}/${name}`,
    next: 'apply it, or name another router.backend; what answers no requests has no traffic to shift',
  });
}

/** `a-b` in `c` and `a` in `b-c` would meet under one name. */
async function refuseForeign(cluster: Cluster, target: TargetKey, name: string): Promise<void> {
  const there = await cluster.read(kinds.deployment, name);
  if (there === null) return;
  const owner = targetFromLabels(there.metadata.labels);
  if (owner !== null && targetPath(owner) === targetPath(target)) return;
  throw new Failure('PolicyDenied', `Deployment ${name} is not of ${targetPath(target)}`, {
    where: `Deployment ${cluster.namespace}/${name}`,
    seen: owner === null ? 'no labels of ours' : targetPath(owner),
    next: 'rename the Deployment that is there',
  });
}
