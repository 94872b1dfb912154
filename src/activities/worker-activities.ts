/** What a rollout of Sluice's own workers does to them: lead a share to a version, look at it, and lead back. */
import { activityInfo, heartbeat, sleep } from '@temporalio/activity';
import { Failure } from '../domain/failures.js';
import { type DeploymentReading, missingQueues } from '../domain/workers/deployment.js';
import {
  reasonToGoBack,
  type StepReading,
  type WorkerRolloutInput,
  workersWorkflowId,
} from '../domain/workers/rollout.js';
import type { WorkerFleet } from '../ports/worker-fleet.js';
import type { ActivityPorts } from './ports.js';
import { notForLong, recordAct } from './record.js';

const lookEveryMs = 2_000;

type Rollout = Pick<WorkerRolloutInput, 'deploymentName' | 'buildId' | 'from' | 'actor' | 'reason'>;

export function createWorkerActivities(ports: ActivityPorts) {
  const record = (rollout: Rollout, kind: string, data: Readonly<Record<string, unknown>>) => {
    const { deploymentName, buildId, from, actor, reason } = rollout;
    const subject = workersWorkflowId(deploymentName);
    return recordAct(ports, { subject, reason }, kind, { buildId, from, actor, ...data });
  };
  return {
    /** @throws StaleWrite when somebody else leads workflows elsewhere meanwhile */
    async leadToWorkers(input: {
      readonly rollout: Rollout;
      readonly percentage: number;
    }): Promise<void> {
      const { rollout, percentage } = input;
      const { deploymentName, buildId, from } = rollout;
      const fleet = fleetOf(ports);
      const reading = await readFleet(fleet, deploymentName);
      const { current, ramping } = reading;
      const isRamping = ramping?.buildId === buildId && ramping.percentage === percentage;
      // Somebody may have been quicker.
      const isDone = current === buildId || (percentage < 100 && isRamping);
      if (!isDone) {
        if (current !== from || (ramping !== null && ramping.buildId !== buildId)) {
          throw new Failure('StaleWrite', 'somebody else leads workflows to another version', {
            where: deploymentName,
            seen: `${ramping?.buildId ?? 'nothing'} ramping, ${current ?? 'no version'} current`,
            limit: `${from ?? 'no version'} current`,
            next: 'sluice workers status',
          });
        }
        await fleet.lead({ deploymentName, buildId }, percentage, reading.token);
      }
      await record(rollout, 'workersRamped', { percentage });
    },

    /** Looks until the time is over, or there is a reason to go back. */
    async watchWorkers(input: {
      readonly rollout: Rollout;
      /** Epoch milliseconds; failures from before count for nothing. */
      readonly sinceMs: number;
      readonly untilMs: number;
    }): Promise<StepReading> {
      const { deploymentName, buildId } = input.rollout;
      const fleet = fleetOf(ports);
      for (;;) {
        const problems = await fleet.problems({ deploymentName, buildId }, input.sinceMs);
        const missing = missingQueues(await readFleet(fleet, deploymentName), buildId);
        const reading = { problems, missing };
        if (reasonToGoBack(reading) !== null || ports.now() >= input.untilMs) return reading;
        heartbeat(activityInfo().attempt);
        await sleep(lookEveryMs);
      }
    },

    /** Absolute and without a condition: whatever this rollout led to its version is led back. */
    async leadBackFromWorkers(input: {
      readonly rollout: Rollout;
      readonly because: string;
      /** Workflows that would stay with the version, and fail there. */
      readonly stuck: readonly { readonly workflowId: string; readonly runId: string }[];
    }): Promise<void> {
      const { rollout, because, stuck } = input;
      const { deploymentName, buildId, from } = rollout;
      const fleet = fleetOf(ports);
      await fleet.leadBack({ deploymentName, buildId }, from);
      if (from !== null) {
        for (const { workflowId, runId } of stuck) {
          await fleet.move(workflowId, runId, { deploymentName, buildId: from });
        }
      }
      const moved = stuck.map(({ workflowId }) => workflowId);
      // The way back never waits for the record.
      await notForLong(record(rollout, 'workersLedBack', { because, moved })).catch(() => {});
    },

    async recordWorkersRolledOut(rollout: Rollout): Promise<void> {
      await record(rollout, 'workersRolledOut', {});
    },
  };
}

function fleetOf({ workerFleet }: ActivityPorts): WorkerFleet {
  if (workerFleet) return workerFleet;
  throw new Failure('NotFound', 'this worker knows nothing of versions', {
    next: 'roll out from a worker that is connected to Temporal',
  });
}

async function readFleet(fleet: WorkerFleet, deploymentName: string): Promise<DeploymentReading> {
  const reading = await fleet.read(deploymentName);
  if (reading !== null) return reading;
  throw new Failure('NotFound', `there is no deployment ${deploymentName}`, {
    ...{ where: deploymentName, next: 'sluice workers status' },
  });
}
