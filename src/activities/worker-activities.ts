/** What a rollout of Sluice's own workers does to them: lead a share to a version, look at it, and lead back. */
import { sleep } from '@temporalio/activity';
import { Failure } from '../domain/failures.js';
import { knownDeployment, missingQueues } from '../domain/workers/deployment.js';
import {
  reasonToGoBack,
  type StepReading,
  type WorkerRolloutInput,
  type WorkersLedBack,
  workersWorkflowId,
} from '../domain/workers/rollout.js';
import type { WorkerFleet } from '../ports/worker-fleet.js';
import { staysAlive } from './liveness-interceptor.js';
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
      const reading = knownDeployment(await fleet.read(deploymentName), deploymentName);
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
      // One look may be over thousands of workflows.
      return staysAlive(async () => {
        for (;;) {
          const problems = await fleet.problems({ deploymentName, buildId }, input.sinceMs);
          const missing = missingQueues(
            knownDeployment(await fleet.read(deploymentName), deploymentName),
            buildId,
          );
          const reading = { problems, missing };
          if (reasonToGoBack(reading) !== null || ports.now() >= input.untilMs) return reading;
          await sleep(lookEveryMs);
        }
      });
    },

    /** Absolute and without a condition: whatever this rollout led to its version is led back. */
    async leadBackFromWorkers(input: {
      readonly rollout: Rollout;
      readonly because: string;
      /** Epoch milliseconds; failures from before count for nothing. */
      readonly sinceMs: number;
    }): Promise<void> {
      const { rollout, because, sinceMs } = input;
      const { deploymentName, buildId, from } = rollout;
      const fleet = fleetOf(ports);
      const version = { deploymentName, buildId };
      await fleet.leadBack(version, from);
      // Workers without a version take nothing that has been with one that has.
      const rescued =
        from === null
          ? []
          : await staysAlive(() =>
              fleet.rescue(version, { deploymentName, buildId: from }, sinceMs),
            );
      // The way back never waits for the record.
      await notForLong(record(rollout, 'workersLedBack', { because, rescued })).catch(() => {});
    },

    /** By hand: a command of a person, and not what a gate decided. */
    async recordWorkersLedBack({ rescued, ...rollout }: WorkersLedBack): Promise<void> {
      await record(rollout, 'workersLedBack', { because: 'by hand', rescued });
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
