/** One environment of a release: approval, rollout, soak, verification; each may end it. */
import { ActivityFailure, ApplicationFailure, condition } from '@temporalio/workflow';
import { waitBeforeEntry } from '../domain/release/approval.js';
import type { EnvironmentPlan, StageEnd } from '../domain/release/release.js';
import type { RolloutFinished } from '../domain/rollout/request.js';
import { endPhases } from '../domain/release/stages.js';
import { formatDuration } from '../domain/time.js';
import { ask } from './activity-options.js';
import type { ReleaseRun } from './release-run.js';
import { goBack, targetOf, verify } from './release-verification.js';

const firstLookMs = 15 * 60_000;
const longestLookMs = 6 * 3_600_000;
const lockedLookMs = 60_000;

export async function passStage(run: ReleaseRun, plan: EnvironmentPlan): Promise<StageEnd> {
  const { environment } = plan;
  run.update(environment, { startedAtMs: Date.now() });
  for (;;) {
    const refused = await passApproval(run, plan);
    const end = refused ?? (await passRollout(run, plan));
    const held = end.outcome === 'rolledBack' && plan.onFailure === 'hold' && run.aborted === null;
    if (!held) return closeStage(run, environment, end);
    run.update(environment, { phase: 'NeedsHelp', reason: end.reason });
    run.retried = false;
    await condition(() => run.retried || run.aborted !== null);
    if (run.aborted) return closeStage(run, environment, abortedBy(run));
  }
}

function closeStage(run: ReleaseRun, environment: string, end: StageEnd): StageEnd {
  run.update(environment, {
    phase: endPhases[end.outcome],
    reason: end.reason,
    endedAtMs: Date.now(),
  });
  return end;
}

function abortedBy(run: ReleaseRun): StageEnd {
  return { outcome: 'aborted', reason: `aborted by ${run.aborted?.actor}: ${run.aborted?.reason}` };
}

/** Null when the environment may be entered. */
async function passApproval(run: ReleaseRun, plan: EnvironmentPlan): Promise<StageEnd | null> {
  const { environment, approvals } = plan;
  const needed = run.stage(environment).approvalsRequired;
  if (needed === 0 && approvals.minimumWaitMs === 0) return run.aborted ? abortedBy(run) : null;
  const askedAtMs = Date.now();
  const decided = (): boolean => run.aborted !== null || run.rejected !== null;
  const missing = (): boolean =>
    waitBeforeEntry(plan, run.stage(environment).approvals, askedAtMs, Date.now()) === null;
  run.update(environment, {
    phase: 'AwaitingApproval',
    reason: `${needed} ${needed === 1 ? 'approval' : 'approvals'} needed`,
  });
  const { deadlineMs } = approvals;
  const entered = (): boolean => decided() || !missing();
  const inTime =
    deadlineMs === null
      ? await condition(entered).then(() => true)
      : await condition(entered, deadlineMs, { summary: 'approval deadline' });
  if (!inTime)
    return {
      outcome: 'rejected',
      reason: `nobody approved within ${formatDuration(deadlineMs ?? 0)}`,
    };
  const waitMs =
    waitBeforeEntry(plan, run.stage(environment).approvals, askedAtMs, Date.now()) ?? 0;
  if (waitMs > 0) await condition(decided, waitMs, { summary: 'minimum wait' });
  if (run.aborted) return abortedBy(run);
  if (run.rejected)
    return {
      outcome: 'rejected',
      reason: `rejected by ${run.rejected.actor}: ${run.rejected.reason}`,
    };
  return null;
}

async function passRollout(run: ReleaseRun, plan: EnvironmentPlan): Promise<StageEnd> {
  const { environment } = plan;
  const attempt = run.stage(environment).attempt + 1;
  const requestId = `${run.releaseId}:${environment}:${attempt}:${run.view().startedAtMs}`;
  const asked = await askForRollout(run, plan, requestId);
  if ('outcome' in asked) return asked.outcome === 'promoted' ? verifyStage(run, plan) : asked;
  run.update(environment, {
    phase: 'Deploying',
    attempt,
    rolloutId: asked.rolloutId,
    reason: null,
  });
  const finished = await awaitFinish(run, plan, asked.rolloutId, requestId);
  if (finished.outcome !== 'promoted') {
    run.update(environment, { evidenceRef: finished.evidenceRef });
    const outcome = run.aborted ? 'aborted' : finished.outcome;
    return { outcome, reason: finished.reason };
  }
  run.update(environment, {
    phase: 'Promoting',
    reason: finished.reason,
    evidenceRef: finished.evidenceRef,
  });
  return verifyStage(run, plan);
}

/** A locked or busy target is waited for; what already runs there needs no rollout; any other refusal ends the release. */
async function askForRollout(
  run: ReleaseRun,
  plan: EnvironmentPlan,
  requestId: string,
): Promise<{ readonly rolloutId: string } | StageEnd> {
  const { version, digest, allowOlder, requestedBy, reason } = run.input;
  const { environment, platform, workload, strategy, health, queuePolicy } = plan;
  const request = {
    ...{
      requestId,
      platform,
      workload,
      strategy,
      health,
      queuePolicy,
      requestedBy,
      reason,
      allowOlder,
    },
    releaseId: run.releaseId,
    candidate: { version, digest },
  };
  for (;;) {
    // A retry that comes while it is being asked counts for the next time.
    run.retried = false;
    try {
      const call = { target: targetOf(run, plan), platform, request };
      return await ask.requestRollout.executeWithOptions(
        { summary: `${version} to ${environment}` },
        [call],
      );
    } catch (error) {
      const refusal =
        error instanceof ActivityFailure && error.cause instanceof ApplicationFailure
          ? error.cause
          : null;
      if (!refusal) throw error;
      if (refusal.type === 'SameDigestRunning')
        return { outcome: 'promoted', reason: refusal.message };
      if (refusal.type !== 'TargetLocked' && refusal.type !== 'TargetBusy')
        return { outcome: 'rejected', reason: refusal.message };
      run.update(environment, { phase: 'Holding', reason: refusal.message });
      await condition(() => run.retried || run.aborted !== null, lockedLookMs, {
        summary: 'ask again',
      });
      if (run.aborted) return abortedBy(run);
    }
  }
}

/** The target tells the end; should its word be lost, the rollout itself is asked, ever more rarely. */
async function awaitFinish(
  run: ReleaseRun,
  plan: EnvironmentPlan,
  rolloutId: string,
  requestId: string,
): Promise<Pick<RolloutFinished, 'outcome' | 'reason' | 'evidenceRef'>> {
  let told = false;
  for (let lookMs = firstLookMs; ; lookMs = Math.min(lookMs * 2, longestLookMs)) {
    const stopped = (): boolean => run.aborted !== null && !told;
    await condition(() => run.finished.has(requestId) || stopped(), lookMs, {
      summary: `look after ${rolloutId}`,
    });
    const finished = run.finished.get(requestId);
    if (finished) return finished;
    if (stopped() && run.aborted) {
      told = true;
      const { actor, reason } = run.aborted;
      await goBack(run, plan, actor, reason);
      continue;
    }
    const status = await ask.readRollout(rolloutId);
    if (status.kind === 'finished') {
      const isTheirs = status.result.requestId === requestId;
      return isTheirs ? status.result : lostRollout('its number was given to another');
    }
    if (status.kind === 'lost') return lostRollout(status.reason);
    if (status.kind === 'running') continue;
    const view = await ask.readTarget(targetOf(run, plan));
    if (view?.queue.some((queued) => queued.rolloutId === rolloutId)) continue;
    if (view?.current?.rolloutId !== rolloutId)
      return lostRollout('the target knows nothing of it');
  }
}

function lostRollout(reason: string): Pick<RolloutFinished, 'outcome' | 'reason' | 'evidenceRef'> {
  return { outcome: 'aborted', reason: `the rollout was lost: ${reason}`, evidenceRef: null };
}

async function verifyStage(run: ReleaseRun, plan: EnvironmentPlan): Promise<StageEnd> {
  const failure = await verify(run, plan);
  if (run.aborted) return abortedBy(run);
  const reason = run.stage(plan.environment).reason ?? 'it runs';
  return failure === null
    ? { outcome: 'promoted', reason }
    : { outcome: 'rolledBack', reason: failure };
}
