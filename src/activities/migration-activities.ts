/** Runs a candidate's migration to its end before anything of the candidate is deployed. */
import { sleep } from '@temporalio/activity';
import { Failure } from '../domain/failures.js';
import { type TargetKey, targetPath } from '../domain/names.js';
import type { Fence } from '../domain/rollout/fence.js';
import type { MigrationSpec, MigrationStatus } from '../domain/rollout/migration.js';
import type { Revision } from '../domain/rollout/revision.js';
import type { WorkloadSpec } from '../domain/rollout/workload.js';
import { attemptTime } from './attempt-time.js';
import { type ActivityPorts, platformOf } from './ports.js';
import { requireFit } from './preflight.js';
import { recordAct } from './record.js';

const pollMs = 250;

export interface RunMigration {
  readonly target: TargetKey;
  readonly platform: string;
  /** Workflow id on whose behalf this is written. */
  readonly subject: string;
  readonly fence: Fence;
  readonly reason: string;
  readonly candidate: Revision;
  readonly workload: WorkloadSpec;
  readonly migration: MigrationSpec;
}

export function createMigrationActivities(ports: ActivityPorts) {
  return {
    /**
     * @throws NotReady (asked again soon) while it runs; DeadlineExceeded in the last attempt; MigrationFailed with its
     * last lines; PreflightFailed before it began; StaleWrite
     */
    async runMigration(input: RunMigration): Promise<void> {
      const platform = platformOf(ports, input.platform);
      const { target, candidate, workload, migration, subject, fence } = input;
      if (platform.migrations === undefined) {
        throw new Failure('InvalidInput', `${input.platform} runs no migrations`, {
          where: `services.${target.service}.workload.migration`,
          next: 'run it by a webhook gate instead, or deploy to Kubernetes',
        });
      }
      const { forMs, isLast } = attemptTime();
      const startedAtMs = performance.now();
      // A database must not be changed for what could not run afterwards.
      await requireFit(platform, { target, candidate, workload }, workload.instances);
      let status: MigrationStatus;
      for (;;) {
        const intent = { fence, key: `${subject}/${fence.sequence}` };
        status = await platform.migrations.runMigration({
          ...{ target, workload, migration, intent, revision: candidate },
        });
        if (status.kind !== 'running') break;
        if (performance.now() - startedAtMs >= forMs) throw notEnded(input, status, isLast);
        await sleep(pollMs);
      }
      if (status.kind === 'failed') throw failed(target, status);
      await recordAct(ports, input, 'migrationDone', { by: status.where });
    },
  };
}

type Running = Extract<MigrationStatus, { kind: 'running' }>;
type Failed = Extract<MigrationStatus, { kind: 'failed' }>;

function notEnded({ target }: RunMigration, { where, reason }: Running, isLast: boolean): Failure {
  const why = reason === null ? '' : `: ${reason}`;
  if (!isLast) return new Failure('NotReady', `${where} has not ended yet${why}`);
  return new Failure(
    'DeadlineExceeded',
    `${where} has not ended within the migration's deadline${why}; it is left to end by itself`,
    { where: targetPath(target) },
  );
}

function failed(target: TargetKey, { where, reason, log, next }: Failed): Failure {
  const said = log.length === 0 ? '' : `; it last wrote:\n${log.join('\n')}`;
  const message = `${where} failed, so nothing was deployed: ${reason}${said}`;
  return new Failure('MigrationFailed', message, { where: targetPath(target), next });
}
