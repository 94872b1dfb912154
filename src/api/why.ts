/** Why something is as it is: the verdict's numbers, the record of what was done, and the next commands. */
import { temporalLink } from '../config/temporal-link.js';
import { measuredBy } from '../domain/analysis/measured.js';
import { readEvidenceRecord } from '../domain/analysis/record-schema.js';
import { Failure } from '../domain/failures.js';
import {
  environmentPath,
  parseRolloutWorkflowId,
  releaseWorkflowId,
  rolloutWorkflowId,
  targetPath,
} from '../domain/names.js';
import { isEnded } from '../domain/phase.js';
import type { ReleaseView, StageView } from '../domain/release/view.js';
import type { RolloutView } from '../domain/rollout/view.js';
import { readReleaseQuery } from '../workflows/release-messages.js';
import { readRolloutQuery } from '../workflows/rollout-messages.js';
import type { ApiDeps } from './deps.js';
import { defineOperation } from './operation.js';
import { targetOf } from './paths.js';
import { regionWhyQuery, releasePath, rolloutPathParams, whyQuery } from './schemas/names.js';
import { type Why, whySchema } from './schemas/why.js';
import { readView } from './temporal.js';

const newestEvents = 100;
const largestSamplesBytes = 256 * 1024;

const whyRelease = defineOperation({
  id: 'whyRelease',
  method: 'get',
  path: '/v1/releases/{service}/{version}/why',
  tag: 'releases',
  summary: 'Explain where a release is and why',
  scope: 'read',
  lane: 'read',
  params: releasePath,
  query: whyQuery,
  body: null,
  success: { status: 200, description: 'The explanation.', schema: whySchema },
  failures: ['NotFound'],
  async handle({ params, query }, deps) {
    const subject = releaseWorkflowId(params);
    const view = await readView(deps, subject, readReleaseQuery);
    const stage = decidingStage(view);
    const rollout = stage?.rolloutId ? await rolloutOrNull(deps, stage.rolloutId) : null;
    const body: Why = {
      subject,
      phase: view.phase,
      outcome: view.outcome,
      environment: stage?.environment ?? null,
      rolloutId: stage?.rolloutId ?? null,
      sentence: releaseSentence(view, stage, rollout),
      verdict: rollout?.verdict ? mutable(rollout.verdict) : null,
      ...(await measurementsOf(deps, rollout?.evidenceRef ?? stage?.evidenceRef ?? null, query)),
      events: await eventsOf(deps, [subject, ...(stage?.rolloutId ? [stage.rolloutId] : [])]),
      next: nextForRelease(view, stage),
      temporal: temporalLink(deps.temporalUiUrl, subject),
    };
    return { body };
  },
});

/** Where it was decided: the stage it is at, else the last one that began. */
function decidingStage(view: ReleaseView): StageView | null {
  const at = view.stages.find(({ environment }) => environment === view.environment);
  const begun = view.stages.filter(({ startedAtMs }) => startedAtMs !== null);
  return at ?? begun.at(-1) ?? null;
}

/** Null when the rollout is no longer kept: the release is explained without it. */
async function rolloutOrNull(deps: ApiDeps, rolloutId: string): Promise<RolloutView | null> {
  try {
    return await readView(deps, rolloutId, readRolloutQuery);
  } catch (error) {
    if (error instanceof Failure && error.code === 'NotFound') return null;
    throw error;
  }
}

function releaseSentence(
  view: ReleaseView,
  stage: StageView | null,
  rollout: RolloutView | null,
): string {
  const name = `${view.service}@${view.version}`;
  const place = stage === null ? '' : ` at ${stage.environment}`;
  const reason =
    view.reason ?? stage?.reason ?? rollout?.holding ?? rollout?.reason ?? rollout?.verdict?.reason;
  return `${name} is ${view.phase}${place}${reason ? `: ${reason}` : ''}`;
}

function nextForRelease(view: ReleaseView, stage: StageView | null): string[] {
  const name = `${view.service}@${view.version}`;
  if (view.outcome === 'promoted') {
    return [`sluice get target ${view.service}/${stage?.environment ?? 'production'}`];
  }
  if (isEnded(view.phase)) {
    const again = `sluice release ${name} --digest ${view.digest}`;
    return [
      'mend the cause and release it under a new version',
      `${again}  # the same artifact again`,
    ];
  }
  const environment = stage === null ? '' : ` --environment ${stage.environment}`;
  return view.commands.map((command) => {
    const staged = command === 'approve' || command === 'reject' ? environment : '';
    return `sluice ${command} ${name}${staged} --reason "…"`;
  });
}

const whyRollout = defineOperation({
  id: 'whyRollout',
  method: 'get',
  path: '/v1/rollouts/{service}/{environment}/{n}/why',
  tag: 'rollouts',
  summary: 'Explain where a rollout is and why',
  scope: 'read',
  lane: 'read',
  params: rolloutPathParams,
  query: regionWhyQuery,
  body: null,
  success: { status: 200, description: 'The explanation.', schema: whySchema },
  failures: ['NotFound'],
  async handle({ params, query }, deps) {
    const subject = rolloutWorkflowId({ target: targetOf(params, query), n: params.n });
    const view = await readView(deps, subject, readRolloutQuery);
    const body: Why = {
      subject,
      phase: view.phase,
      outcome: view.outcome,
      environment: environmentPath(view.target),
      rolloutId: subject,
      sentence: rolloutSentence(view),
      verdict: view.verdict ? mutable(view.verdict) : null,
      ...(await measurementsOf(deps, view.evidenceRef, query)),
      events: await eventsOf(deps, [subject]),
      next: nextForRollout(view),
      temporal: temporalLink(deps.temporalUiUrl, subject),
    };
    return { body };
  },
});

function rolloutName(rolloutId: string): string {
  const { target, n } = parseRolloutWorkflowId(rolloutId);
  return `${targetPath(target)}#${n}`;
}

function rolloutSentence(view: RolloutView): string {
  const reason = view.reason ?? view.holding ?? view.paused?.reason ?? view.verdict?.reason;
  return `${rolloutName(view.rolloutId)} is ${view.phase}${reason ? `: ${reason}` : ''}`;
}

function nextForRollout(view: RolloutView): string[] {
  const name = rolloutName(view.rolloutId);
  if (view.outcome === 'promoted') {
    return [`sluice rollback ${targetPath(view.target)} --reason "…"`];
  }
  if (isEnded(view.phase)) return [`sluice retry ${name} --reason "…"`];
  return view.commands.map((command) =>
    command === 'promoteFull'
      ? `sluice promote ${name} --full --reason "…"`
      : `sluice ${command} ${name} --reason "…"`,
  );
}

async function measurementsOf(
  deps: ApiDeps,
  reference: string | null,
  query: { readonly samples?: 'all' | undefined },
): Promise<Pick<Why, 'measured' | 'samples'>> {
  if (reference === null) return { measured: null, samples: null };
  const value = await deps.evidence.get(reference);
  const samples = samplesOf(reference, value, query);
  if (value === null || value === undefined) return { measured: null, samples };
  const { record } = readEvidenceRecord(value);
  return { measured: record && measuredBy(record), samples };
}

function samplesOf(
  reference: string,
  value: unknown,
  { samples }: { readonly samples?: 'all' | undefined },
): Why['samples'] {
  if (value === null || value === undefined) {
    return { reference, value: null, note: 'the samples are no longer kept here' };
  }
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return samples === 'all' || bytes <= largestSamplesBytes
    ? { reference, value, note: null }
    : {
        reference,
        value: null,
        note: `${bytes} bytes are more than the ${largestSamplesBytes} shown: ask with samples=all, or sluice why --save <file>`,
      };
}

async function eventsOf(deps: ApiDeps, subjects: readonly string[]): Promise<Why['events']> {
  const found = await Promise.all(
    subjects.map((subject) => deps.ledger.read({ subject, limit: newestEvents })),
  );
  return found
    .flat()
    .sort((a, b) => a.at.localeCompare(b.at))
    .slice(-newestEvents)
    .map((event) => ({ ...event, data: { ...event.data } }));
}

function mutable(verdict: NonNullable<RolloutView['verdict']>): NonNullable<Why['verdict']> {
  return { ...verdict, evidence: verdict.evidence.map((each) => ({ ...each })) };
}

export const whyOperations = [whyRelease, whyRollout];
