/** What a release would do: the pipeline resolved, and printed stage by stage without starting anything. */
import type { HealthPolicy } from '../domain/analysis/health-policy.js';
import { Failure } from '../domain/failures.js';
import { isWithin, targetAt, targetWorkflowId } from '../domain/names.js';
import type { EnvironmentPlan, PipelineSnapshot } from '../domain/release/release.js';
import type { RolloutPlan } from '../domain/rollout/step.js';
import { rolloutHealth } from '../domain/target/rollout-health.js';
import { planRollout, printPlan } from '../domain/rollout/plan.js';
import { noTime, plus, predictRollout } from '../domain/rollout/predict.js';
import { printPreview } from '../domain/rollout/preview.js';
import { planReach, printReach } from '../domain/rollout/reach.js';
import type { TrafficAnswer } from '../domain/rollout/traffic.js';
import type { TargetView } from '../domain/target/view.js';
import { formatDuration } from '../domain/time.js';
import { readTargetQuery } from '../workflows/target-messages.js';
import type { ApiDeps } from './deps.js';
import { defineOperation } from './operation.js';
import { planText } from './plan-text.js';
import { askPreview, type Foreseen, unforeseen } from './previews.js';
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
    entered.map(({ environment }) => targetOf(deps, body.service, environment)),
  );
  const previews = await previewStages(deps, body, entered, known);
  const notes = entered.flatMap(({ environment }, index) => {
    const preview = previews[index]?.preview;
    const unseen =
      preview?.kind === 'unknown'
        ? [`${environment}: what would change there is not known: ${preview.reason}`]
        : [];
    if (known[index] === null)
      return [`${environment}: taken to have a stable revision`, ...unseen];
    const first = `${environment}: the first install, nothing to compare with`;
    return known[index]?.stable ? unseen : [first, ...unseen];
  });
  const stages = entered.map((stage, index) =>
    stageOf(stage, known[index] ?? null, previews[index]),
  );
  const plan = {
    service: body.service,
    version: body.version,
    digest: body.digest,
    pipelineSha256: pipeline.sha256,
    stages,
    duration: stages.map(({ duration }) => duration).reduce(plus, noTime),
    notes,
  };
  return { ...plan, text: planText(plan) };
}

/** What stands for an artifact that is not named: nothing can be said of its image. */
const unnamedDigest = `sha256:${'0'.repeat(64)}`;

/** Beside each other: together they take no longer than the slowest. */
function previewStages(
  deps: ApiDeps,
  { service, version, digest }: ReleaseBody,
  stages: readonly EnvironmentPlan[],
  known: readonly (KnownTarget | null)[],
): Promise<readonly Foreseen[]> {
  return Promise.all(
    stages.map(async (stage, index): Promise<Foreseen> => {
      const isUnnamed = digest === unnamedDigest;
      const foreseen =
        known[index] === null
          ? unforeseen('no worker answers')
          : await askPreview(deps, service, { version, digest }, stage, { trafficOnly: isUnnamed });
      return isUnnamed ? { ...foreseen, preview: unnamed } : foreseen;
    }),
  );
}

const unnamed = { kind: 'unknown', reason: 'name the artifact by --artifact or --digest' } as const;

/** A plan is shown without this answer rather than late. */
const stableAnswerMs = 1500;

type KnownTarget = Pick<TargetView, 'stable' | 'dispersion'>;

/** Null when nobody can say: no worker answers. */
async function targetOf(
  deps: ApiDeps,
  service: string,
  environment: string,
): Promise<KnownTarget | null> {
  try {
    const id = targetWorkflowId(targetAt(service, environment));
    const limits = { ...deps.limits, answerMs: stableAnswerMs };
    return await readView({ ...deps, limits }, id, readTargetQuery);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.code === 'NotFound' ? { stable: null } : null;
  }
}

function stageOf(
  stage: EnvironmentPlan,
  known: KnownTarget | null,
  foreseen: Foreseen | undefined,
): PlanStage {
  const { strategy, approvals, workload, verification } = stage;
  const answer = foreseen?.preview;
  const preview = answer?.kind === 'known' ? answer.preview : null;
  const gates = gatesOf(stage);
  const plan = planRollout({
    strategy,
    fullScale: workload.instances,
    hasStable: known === null || known.stable !== null,
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
    gates,
    steps: printPlan(plan),
    plan: { ...plan, steps: [...plan.steps] },
    preview,
    changes: preview === null ? [] : printPreview(preview),
    ...reachOf(stage, plan, known, foreseen?.traffic),
    health: limitsOf(stage.health),
    soakMs: stage.soakMs,
    duration: predictRollout(plan, {
      atLeastMs: stage.soakMs + approvals.minimumWaitMs,
      waitsForPeople: gates.length > 0 ? 1 : 0,
    }),
    verification: verification === null ? null : verification.path,
    onFailure: stage.onFailure,
  };
}

/** What each step can find; empty for a first install, which is compared with nobody. */
function reachOf(
  { health }: EnvironmentPlan,
  plan: RolloutPlan,
  known: KnownTarget | null,
  answer: TrafficAnswer | undefined,
): Pick<PlanStage, 'traffic' | 'reach' | 'finds'> {
  if (plan.strategy === 'install' || answer === undefined) {
    return { traffic: null, reach: [], finds: [] };
  }
  if (answer.kind === 'unknown') {
    const finds = [`what its steps can find is not known without traffic: ${answer.reason}`];
    return { traffic: null, reach: [], finds };
  }
  const { traffic } = answer;
  const policy = rolloutHealth(health, plan.strategy, 'rollout', known?.dispersion ?? null);
  const reach = planReach(plan, policy, traffic);
  return { traffic, reach: [...reach], finds: printReach(reach, traffic) };
}

/** @example ['1 approval by team:release', 'no sooner than 5m after it was asked for'] */
function gatesOf({ promotion, approvals }: EnvironmentPlan): string[] {
  const gates: string[] = [];
  const required = promotion === 'manual' ? Math.max(1, approvals.required) : approvals.required;
  if (required > 0) {
    const named = approvals.approvers.join(', ');
    const by = ` by ${named || 'anybody who may approve and did not ask for it'}`;
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
