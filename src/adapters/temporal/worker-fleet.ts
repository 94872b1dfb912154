/** Reads and leads the versions of Sluice's own workers through Temporal's Worker Deployments. */
import { type Client, isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Failure } from '../../domain/failures.js';
import {
  type DeploymentReading,
  knownDeployment,
  type VersionReading,
  type VersionState,
} from '../../domain/workers/deployment.js';
import type { WorkerFleet } from '../../ports/worker-fleet.js';
import { readTaskProblems } from './task-problems.js';

const { WorkerDeploymentVersionStatus: Status } = proto.temporal.api.enums.v1;
const { TaskQueueType: QueueType } = proto.temporal.api.enums.v1;

/** As gRPC numbers them. */
const grpcNotFound = 5;
const grpcFailedPrecondition = 9;
/** A poll takes a minute, and Temporal remembers it for five: who has not come back since is gone. */
const freshMs = 90_000;

const states: Readonly<Record<number, VersionState>> = {
  [Status.WORKER_DEPLOYMENT_VERSION_STATUS_INACTIVE]: 'inactive',
  [Status.WORKER_DEPLOYMENT_VERSION_STATUS_CURRENT]: 'current',
  [Status.WORKER_DEPLOYMENT_VERSION_STATUS_RAMPING]: 'ramping',
  [Status.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING]: 'draining',
  [Status.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED]: 'drained',
};

export function createWorkerFleet(client: Client, now: () => number): WorkerFleet {
  const { workflowService, options } = client;

  async function read(deploymentName: string): Promise<DeploymentReading | null> {
    const described = await workflowService
      .describeWorkerDeployment({ namespace: options.namespace, deploymentName })
      .catch((error: unknown) => {
        if (codeOf(error) === grpcNotFound) return null;
        throw unavailable(error);
      });
    const info = described?.workerDeploymentInfo;
    if (!described || !info) return null;
    const { currentDeploymentVersion, rampingDeploymentVersion, rampingVersionPercentage } =
      info.routingConfig ?? {};
    const versions = await Promise.all(
      (info.versionSummaries ?? []).map(({ deploymentVersion, status }) =>
        readVersion(deploymentName, deploymentVersion?.buildId ?? '', states[status ?? 0]),
      ),
    );
    return {
      deploymentName,
      current: currentDeploymentVersion?.buildId ?? null,
      ramping: rampingDeploymentVersion?.buildId
        ? {
            buildId: rampingDeploymentVersion.buildId,
            percentage: rampingVersionPercentage ?? 0,
          }
        : null,
      versions,
      token: Buffer.from(described.conflictToken ?? []).toString('base64'),
    };
  }

  async function readVersion(
    deploymentName: string,
    buildId: string,
    state: VersionState = 'unknown',
  ): Promise<VersionReading> {
    const version = { deploymentName, buildId };
    const { workerDeploymentVersionInfo } = await workflowService.describeWorkerDeploymentVersion({
      ...{ namespace: options.namespace, deploymentVersion: version },
    });
    const queues = workerDeploymentVersionInfo?.taskQueueInfos ?? [];
    const polled = await Promise.all(
      queues.map(async ({ name, type }) => {
        const { pollers } = await workflowService.describeTaskQueue({
          ...{ namespace: options.namespace, taskQueue: { name: name ?? '' } },
          taskQueueType: type ?? 0,
        });
        const isPolled = (pollers ?? []).some(
          ({ deploymentOptions, lastAccessTime }) =>
            deploymentOptions?.buildId === buildId &&
            deploymentOptions.deploymentName === deploymentName &&
            now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < freshMs,
        );
        const kind = type === QueueType.TASK_QUEUE_TYPE_WORKFLOW ? 'workflows' : 'activities';
        return isPolled ? [`${name} (${kind})`] : [];
      }),
    );
    const { count } = await client.workflow.count(
      `TemporalWorkerDeploymentVersion = '${deploymentName}:${buildId}' AND TemporalWorkflowVersioningBehavior = 'Pinned' AND ExecutionStatus = 'Running'`,
    );
    return { buildId, state, openWorkflows: count, polled: polled.flat().sort() };
  }

  async function set(
    deploymentName: string,
    buildId: string | null,
    percentage: number,
    token: string,
  ): Promise<void> {
    const wanted = {
      ...{ namespace: options.namespace, identity: options.identity },
      ...{ deploymentName, buildId: buildId ?? '' },
      conflictToken: Buffer.from(token, 'base64'),
    };
    try {
      // What is led back to has been there before, and workers without a version are not asked what they poll.
      await (percentage === 100
        ? workflowService.setWorkerDeploymentCurrentVersion({
            ...{ ...wanted, ignoreMissingTaskQueues: buildId === null },
          })
        : workflowService.setWorkerDeploymentRampingVersion({ ...wanted, percentage }));
    } catch (error) {
      throw codeOf(error) === grpcFailedPrecondition ? refused(deploymentName, error) : error;
    }
  }

  return {
    read,

    lead: ({ deploymentName, buildId }, percentage, token) =>
      set(deploymentName, buildId, percentage, token),

    async leadBack({ deploymentName, buildId }, to) {
      const { ramping, current, token } = knownDeployment(
        await read(deploymentName),
        deploymentName,
      );
      const isRamping = ramping?.buildId === buildId;
      if (isRamping) await set(deploymentName, null, 0, token);
      if (current !== buildId) return isRamping;
      const { token: fresh } = knownDeployment(await read(deploymentName), deploymentName);
      await set(deploymentName, to, 100, fresh);
      return true;
    },

    problems: (version, sinceMs) => readTaskProblems(client, version, sinceMs),

    async rescue(from, to, sinceMs) {
      const rescued: string[] = [];
      for (const { workflowId, runId, isPinned } of await readTaskProblems(client, from, sinceMs)) {
        if (!isPinned) continue;
        await workflowService.updateWorkflowExecutionOptions({
          ...{ namespace: options.namespace, workflowExecution: { workflowId, runId } },
          // For one task: what completes it says where the workflow stays.
          workflowExecutionOptions: {
            versioningOverride: { oneTime: { targetDeploymentVersion: to } },
          },
          updateMask: { paths: ['versioning_override'] },
        });
        rescued.push(workflowId);
      }
      return rescued;
    },
  };
}

function codeOf(error: unknown): unknown {
  return isGrpcServiceError(error) ? error.code : null;
}

function unavailable(error: unknown): Failure {
  const next = 'look whether Temporal answers: sluice doctor';
  return new Failure('Unavailable', 'Temporal did not tell of its workers', { next }, error);
}

/** Somebody else wrote meanwhile, or the server knows of queues that nobody of this version polls. */
function refused(deploymentName: string, error: unknown): Failure {
  const said = error instanceof Error ? error.message : String(error);
  return new Failure('StaleWrite', `Temporal did not lead workflows there: ${said}`, {
    ...{ where: deploymentName, next: 'sluice workers status' },
  });
}
