/** What a release would do: the pipeline resolved, and printed stage by stage without starting anything. */
import type { HealthPolicy } from '../domain/analysis/health-policy.js';
import { Failure } from '../domain/failures.js';
import { isWithin, targetAt, targetWorkflowId } from '../domain/names.js';
import type { EnvironmentPlan, PipelineSnapshot } from '../domain/release/release.js';
import { planRollout, printPlan } from '../domain/rollout/plan.js';
import { printPreview, type WorkloadPreview } from '../domain/rollout/preview.js';
import { formatDuration } from '../domain/time.js';
import { readTargetQuery } from '../workflows/target-messages.js';
import type { ApiDeps } from './deps.js';
import { defineOperation } from './operation.js';
import { askPreview, type PreviewAnswer } from './previews.js';
import { noQuery } from './schemas/names.js';
import { type PlanStage, type ReleasePlan, releasePlan } from './schemas/plan.js';
import { type ReleaseBody, releaseBody } from './schemas/release.js';
import { readView } from './temporal.js';

/** The pipeline with the override in it; NotFound when `from` is none of its environments. */
export async function resolveRelease(deps: ApiDeps, body: ReleaseBody): Promise<PipelineSnapshot> {
  const { service, from, strategy } = body;
  const override =
    strategy === undefined || from === undefined ? undefined : { environment: from, strategy };
  const pipeline = await deps.resolvePipeline(service, override);
  const known = pipeline.environments.map(({ environment }) => environment);
  if (from !== undefined && !known.some((stage) => isWithin(stage, from))) {
    throw new Failure('NotFound', `${service} has no environment "${from}"`, {
      where: '/from',
      seen: from,
      limit: known.join(', '),
      next: `name one of: ${known.join(', ')}`,
      faults: [{ where: '/from', message: `one of: ${known.join(', ')}` }],
    });
  }
  return pipeline;
}

export async function planRelease(
  deps: ApiDeps,
  body: ReleaseBody,
  pipeline: PipelineSnapshot,
): Promise<ReleasePlan> {
  const first = pipeline.environments.findIndex(({ environment }) =>
    isWithin(environment, body.from),
  );
  const entered = pipeline.environments.slice(Math.max(0, first));
  const known = await Promise.all(
    entered.map(({ environment }) => hasStable(deps, body.service, environment)),
  );
  const previews = await previewStages(deps, body, entered, known);
  const notes = entered.flatMap(({ environment }, index) => {
    const preview = previews[index];
    const unseen =
      preview?.kind === 'unknown'
        ? [`${environment}: what would change there is not known: ${preview.reason}`]
        : [];
    if (known[index] === null)
      return [`${environment}: taken to have a stable revision`, ...unseen];
    const first = `${environment}: the first install, nothing to compare with`;
    return known[index] ? unseen : [first, ...unseen];
  });
  return {
    service: body.service,
    version: body.version,
    digest: body.digest,
    pipelineSha256: pipeline.sha256,
    stages: entered.map((stage, index) => {
      const answer = previews[index];
      const preview = answer?.kind === 'known' ? answer.preview : null;
      return stageOf(stage, known[index] ?? true, preview);
    }),
    notes,
  };
}

/** What stands for an artifact that is not named: nothing can be said of its image. */
const unnamedDigest = `sha256:${'0'.repeat(64)}`;

/** Beside each other: together they take no longer than the slowest. */
function previewStages(
  deps: ApiDeps,
  { service, version, digest }: ReleaseBody,
  stages: readonly EnvironmentPlan[],
  known: readonly (boolean | null)[],
): Promise<readonly PreviewAnswer[]> {
  return Promise.all(
    stages.map(async (stage, index): Promise<PreviewAnswer> => {
      if (digest === unnamedDigest) {
        return { kind: 'unknown', reason: 'name the artifact by --artifact or --digest' };
      }
      if (known[index] === null) return { kind: 'unknown', reason: 'no worker answers' };
      return askPreview(deps, service, { version, digest }, stage);
    }),
  );
}

/** A plan is shown without this answer rather than late. */
const stableAnswerMs = 1500;

/** Null when nobody can say: no worker answers. */
async function hasStable(
  deps: ApiDeps,
  service: string,
  environment: string,
): Promise<boolean | null> {
  try {
    const id = targetWorkflowId(targetAt(service, environment));
    const limits = { ...deps.limits, answerMs: stableAnswerMs };
    return (await readView({ ...deps, limits }, id, readTargetQuery)).stable !== null;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.code === 'NotFound' ? false : null;
  }
}

function stageOf(
  stage: EnvironmentPlan,
  hasStableRevision: boolean,
  preview: WorkloadPreview | null,
): PlanStage {
  const { strategy, approvals, workload, verification } = stage;
  const plan = planRollout({
    strategy,
    fullScale: workload.instances,
    hasStable: hasStableRevision,
    migration: workload.migration,
  });
  return {
    environment: stage.environment,
    platform: stage.platform,
    strategy: plan.strategy,
    promotion: stage.promotion,
    approvals: {
      required: stage.promotion === 'manual' ? Math.max(1, approvals.required) : approvals.required,
      approvers: [...approvals.approvers],
      minimumWaitMs: approvals.minimumWaitMs,
      deadlineMs: approvals.deadlineMs,
    },
    gates: gatesOf(stage),
    steps: printPlan(plan),
    plan: { ...plan, steps: [...plan.steps] },
    preview,
    changes: preview === null ? [] : printPreview(preview),
    health: limitsOf(stage.health),
    soakMs: stage.soakMs,
    verification: verification === null ? null : verification.path,
    onFailure: stage.onFailure,
  };
}

/** @example ['1 approval by team:release', 'no sooner than 5m after it was asked for'] */
function gatesOf({ promotion, approvals }: EnvironmentPlan): string[] {
  const gates: string[] = [];
  const required = promotion === 'manual' ? Math.max(1, approvals.required) : approvals.required;
  if (required > 0) {
    const by = approvals.approvers.length > 0 ? ` by ${approvals.approvers.join(', ')}` : '';
    gates.push(`${required} ${required === 1 ? 'approval' : 'approvals'}${by}`);
  }
  if (approvals.minimumWaitMs > 0) {
    gates.push(`no sooner than ${formatDuration(approvals.minimumWaitMs)} after it was asked for`);
  }
  return gates;
}

function limitsOf(health: HealthPolicy): string[] {
  const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
  return [
    `errors: rolled back above ${percent(health.errorRate.rollBackAbove)}, success below ${percent(health.errorRate.succeedBelow)}`,
    `p95: rolled back above ${health.latencyP95.rollBackAboveMs} ms, success below ${health.latencyP95.succeedBelowMs} ms`,
    `failed health checks in a row: rolled back above ${health.maxProbeFailures}`,
    `restarts: rolled back above ${health.maxRestarts}`,
    `without a decision: ${health.onInconclusive}, without data: ${health.onNoData}`,
  ];
}

export const planOperations = [
  defineOperation({
    id: 'planRelease',
    method: 'post',
    path: '/v1/plan',
    tag: 'releases',
    summary: 'Print what a release would do; nothing is started',
    scope: 'read',
    lane: 'write',
    params: noQuery,
    query: noQuery,
    body: releaseBody,
    success: { status: 200, description: 'Stages, gates and steps.', schema: releasePlan },
    failures: ['NotFound'],
    async handle({ body }, deps) {
      return { body: await planRelease(deps, body, await resolveRelease(deps, body)) };
    },
  }),
];
