/** Resolves a service's pipeline with every default filled in: the snapshot that a release carries. */
import { createHash } from 'node:crypto';
import { resolveHealth } from '../domain/analysis/schema.js';
import { canonicalJson } from '../domain/canonical-json.js';
import { Failure } from '../domain/failures.js';
import type { Approvals, EnvironmentPlan, PipelineSnapshot } from '../domain/release/release.js';
import { environmentOfPath, isWithin } from '../domain/names.js';
import { placeSmokeTest, placeStrategy } from '../domain/rollout/place-strategy.js';
import type { StrategySpec } from '../domain/rollout/schema.js';
import type { WorkloadSpec } from '../domain/rollout/workload.js';
import { followedHealth, followedStrategy } from './gitops-rules.js';
import { nearest } from './nearest.js';
import type { Project } from './project.js';
import type { ServiceSettings } from './project-schema.js';

export interface PipelineOptions {
  /** The embedded stack: approvals typed into the Temporal UI count unless the file says otherwise. */
  readonly embedded: boolean;
  /** Used in that environment in place of the written one. */
  readonly override?: { readonly environment: string; readonly strategy: StrategySpec };
}

/** @throws NotFound for a service the project does not have, or an override's environment the service does not go through */
export function resolvePipeline(
  project: Project,
  service: string,
  options: PipelineOptions,
): PipelineSnapshot {
  const settings = Object.hasOwn(project.services, service) ? project.services[service] : undefined;
  if (settings === undefined) {
    throw unknownName('service', service, Object.keys(project.services), project.file);
  }
  const chosen = settings.environments;
  const stages = project.environments.filter(({ name }) => {
    return chosen?.includes(environmentOfPath(name)) ?? true;
  });
  const { override } = options;
  if (override && !stages.some(({ name }) => isWithin(name, override.environment))) {
    const there = stages.map(({ name }) => name);
    throw unknownName('environment', override.environment, there, project.file);
  }
  const environments = stages.map((stage, index) =>
    planEnvironment(project, settings, stage, { ...options, isLast: isLastOf(stages, index) }),
  );
  const resolved = { project: project.project, service, environments };
  const sha256 = createHash('sha256').update(canonicalJson(resolved)).digest('hex');
  return { ...resolved, sha256 };
}

function planEnvironment(
  project: Project,
  service: ServiceSettings,
  stage: Project['environments'][number],
  options: PipelineOptions & { readonly isLast: boolean },
): EnvironmentPlan {
  const { workload } = service;
  const { healthPath } = workload;
  const overridden = isWithin(stage.name, options.override?.environment)
    ? options.override
    : undefined;
  const promotion = stage.promotion ?? (stage.approvals ? 'manual' : 'auto');
  const isFollowed = project.platforms[stage.platform]?.kind === 'gitops';
  const { strategy } = overridden ?? stage;
  const health = resolveHealth(stage.health, options.isLast);
  return {
    environment: stage.name,
    platform: stage.platform,
    workload: workloadOf(workload, stage.instances ?? workload.instances),
    strategy: placeStrategy(isFollowed ? followedStrategy(strategy, stage.name) : strategy, {
      healthPath,
      webhooks: project.webhooks,
    }),
    health: isFollowed ? followedHealth(health, stage.health) : health,
    promotion,
    approvals: approvalsOf(stage, promotion, options.embedded),
    soakMs: stage.soak,
    verification: stage.verification && placeSmokeTest(stage.verification, healthPath),
    onFailure: stage.onFailure,
    queuePolicy: stage.queue,
  };
}

/** The last environment, in each of its regions, is the one whose silence is no consent. */
function isLastOf(stages: readonly { readonly name: string }[], index: number): boolean {
  const [name, last] = [stages[index]?.name ?? '', stages.at(-1)?.name ?? ''];
  return environmentOfPath(name) === environmentOfPath(last);
}

function workloadOf(workload: ServiceSettings['workload'], instances: number): WorkloadSpec {
  return {
    command: workload.command ?? [],
    env: Object.fromEntries(
      Object.entries(workload.env).map(([name, value]) => [name, String(value)]),
    ),
    artifact: workload.artifact ?? null,
    directory: workload.directory,
    instances,
    healthPath: workload.healthPath,
    ...(workload.deployment === undefined ? {} : { deployment: workload.deployment }),
    ...(workload.migration === undefined ? {} : { migration: migrationOf(workload.migration) }),
    ...(workload.config === undefined ? {} : { config: workload.config }),
    ...(workload.antiAffinity === undefined ? {} : { antiAffinity: workload.antiAffinity }),
  };
}

function migrationOf(written: NonNullable<ServiceSettings['workload']['migration']>) {
  const { job, deadline, logLines } = written;
  return { job, deadlineMs: deadline, logLines };
}

function approvalsOf(
  stage: Project['environments'][number],
  promotion: EnvironmentPlan['promotion'],
  embedded: boolean,
): Approvals {
  const written = stage.approvals;
  return {
    required: written?.required ?? (promotion === 'manual' ? 1 : 0),
    approvers: written?.approvers ?? [],
    minimumWaitMs: written?.minimumWait ?? 0,
    deadlineMs: written ? written.deadline : 7 * 86_400_000,
    acceptClaims: written?.acceptClaims ?? embedded,
    ...(written?.fromGithub && { fromGithub: written.fromGithub }),
  };
}

function unknownName(what: string, name: string, known: readonly string[], file: string): Failure {
  const meant = nearest(name, known);
  const hint = meant === null ? '' : `; did you mean "${meant}"?`;
  return new Failure(
    'NotFound',
    `there is no ${what} "${name}", there are: ${known.join(', ')}${hint}`,
    {
      where: what,
      seen: name,
      next: `use one of them, or add it to ${file}`,
    },
  );
}
