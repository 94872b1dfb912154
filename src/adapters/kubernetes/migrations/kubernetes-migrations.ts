/** Runs migrations as Jobs: one for each revision at a target, never two at once, and none is ever stopped. */
import { Failure } from '../../../domain/failures.js';
import type { MigrationStatus } from '../../../domain/rollout/migration.js';
import type { Migrations } from '../../../ports/migrations.js';
import type { Cluster } from '../cluster.js';
import { readTemplate } from '../companions/template.js';
import type { Inspection } from '../inspection.js';
import { annotations, labels, targetSelector } from '../names.js';
import { parseFence } from '../parse-fence.js';
import type { TargetRoutes } from '../target-route.js';
import { cronJobKind, endOf, type Job, type JobSpec, jobKind } from './job-kinds.js';
import { migrationJob, migrationName } from './migration-job.js';
import { tailOf, whyRunning } from './migration-pods.js';

type Request = Parameters<Migrations['runMigration']>[0];

export interface MigrationsOptions {
  readonly cluster: Cluster & Inspection;
  readonly routes: TargetRoutes;
}

export function createKubernetesMigrations({ cluster, routes }: MigrationsOptions): Migrations {
  const whereOf = (name: string) => `Job ${cluster.namespace}/${name}`;

  return {
    async runMigration(request) {
      const { target, revision, migration, intent } = request;
      const name = migrationName(target, revision);
      const where = whereOf(name);
      const known = await cluster.read(jobKind, name);
      const end = known && endOf(known);
      if (known !== null && end === null) {
        return { kind: 'running', where, reason: await whyRunning(cluster, known) };
      }
      if (end?.ok) return { kind: 'succeeded', where };
      if (known !== null && end !== null && rolloutOf(known) >= intent.fence.rollout) {
        return failedStatus(cluster, known, end.reason, migration.logLines);
      }
      // Here a late writer is refused: everything before only looked.
      await routes.write(target, intent, async () => null);
      if (known !== null) {
        await cluster.remove(jobKind, name, known.metadata.resourceVersion);
        return { kind: 'running', where, reason: 'one that failed for a former rollout makes way' };
      }
      const other = await runningOther(request, name);
      if (other !== null) {
        const reason = `${whereOf(other)} of another version has not ended`;
        return { kind: 'running', where, reason };
      }
      return begin(request, where);
    },
  };

  async function begin(request: Request, where: string): Promise<MigrationStatus> {
    const { workload, migration } = request;
    const source = await readSource(migration.job);
    const service = await readTemplate(cluster, workload.deployment ?? '');
    const job = migrationJob(source.spec, source.where, service, request);
    try {
      await cluster.create(jobKind, job);
    } catch (error) {
      // Somebody was faster, or one that was removed is not gone yet: the next look says which.
      if (!(error instanceof Failure && error.code === 'Conflict')) throw error;
    }
    return { kind: 'running', where, reason: null };
  }

  async function readSource(name: string): Promise<{ spec: JobSpec; where: string }> {
    const job = await cluster.read(jobKind, name);
    if (job !== null) {
      if (job.spec.suspend === true) return { spec: job.spec, where: whereOf(name) };
      throw new Failure('InvalidInput', `${whereOf(name)} runs by itself`, {
        where: `${whereOf(name)} spec.suspend`,
        seen: 'false',
        limit: 'true',
        next: 'set spec.suspend: true; what is made from it runs at its time',
      });
    }
    const cron = await cluster.read(cronJobKind, name);
    const where = `CronJob ${cluster.namespace}/${name}`;
    if (cron !== null) return { spec: cron.spec.jobTemplate.spec, where };
    throw new Failure('NotFound', `there is no Job and no CronJob ${name}`, {
      where: 'services.<name>.workload.migration.job',
      seen: name,
      next: `apply a suspended Job ${name} in ${cluster.namespace}, or name another one in sluice.yaml`,
    });
  }

  async function runningOther({ target }: Request, name: string): Promise<string | null> {
    const selector = `${targetSelector(target)},${labels.migration}`;
    const jobs = await cluster.list(jobKind, selector);
    const other = jobs.find((job) => job.metadata.name !== name && endOf(job) === null);
    return other?.metadata.name ?? null;
  }
}

async function failedStatus(
  cluster: Cluster & Inspection,
  job: Job,
  reason: string,
  logLines: number,
): Promise<MigrationStatus> {
  const { name } = job.metadata;
  const { exit, log } = await tailOf(cluster, name, logLines);
  return {
    kind: 'failed',
    where: `Job ${cluster.namespace}/${name}`,
    reason: exit === null ? reason : `${reason}, ${exit}`,
    log,
    next: `kubectl -n ${cluster.namespace} logs job/${name}`,
  };
}

function rolloutOf({ metadata }: Job): number {
  return parseFence(metadata.annotations?.[annotations.fence])?.rollout ?? 0;
}
