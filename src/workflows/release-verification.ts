/** After an environment is promoted: soak and smoke test of what is stable now, and the way back when it does not hold. */
import { CancellationScope, condition } from '@temporalio/workflow';
import { type TargetKey, targetAt } from '../domain/names.js';
import type { EnvironmentPlan } from '../domain/release/release.js';
import { revisionName } from '../domain/rollout/revision.js';
import { soakHealth } from '../domain/target/rollout-health.js';
import { formatDuration } from '../domain/time.js';
import { ask, checkWith, forEverMs, watchWith } from './activity-options.js';
import { innermostMessage } from './innermost-error.js';
import type { ReleaseRun } from './release-run.js';

export function targetOf(run: ReleaseRun, plan: EnvironmentPlan): TargetKey {
  return targetAt(run.input.service, plan.environment);
}

/** Why the environment had to be taken back; null when all holds, or when the release was aborted meanwhile. */
export async function verify(run: ReleaseRun, plan: EnvironmentPlan): Promise<string | null> {
  const failure = (await soak(run, plan)) ?? (await smoke(run, plan));
  if (failure === null || run.aborted) return null;
  run.update(plan.environment, { phase: 'RollingBack', reason: failure });
  const rolloutId = await goBack(run, plan, 'sluice', failure);
  if (rolloutId !== null) {
    const summary = `wait for ${rolloutId}`;
    await watchWith(forEverMs).awaitRollout.executeWithOptions({ summary }, [rolloutId]);
  }
  return failure;
}

/**
 * Asks the target to turn this release's rollout back, or to return to what ran before it. Null when there is nothing to go back to:
 * what was promoted stays, and the release says why it ended.
 */
export async function goBack(
  run: ReleaseRun,
  plan: EnvironmentPlan,
  actor: string,
  reason: string,
): Promise<string | null> {
  const target = targetOf(run, plan);
  const { attempt, rolloutId } = run.stage(plan.environment);
  const requestId = `${run.releaseId}:${plan.environment}:back:${attempt}:${run.view().startedAtMs}`;
  const { digest, version } = run.input;
  const only = { rolloutId, digest, version };
  const command = { actor, reason, version: null, only };
  try {
    return (await ask.requestRollBack({ target, platform: plan.platform, command, requestId }))
      .rolloutId;
  } catch {
    return null;
  }
}

async function soak(run: ReleaseRun, plan: EnvironmentPlan): Promise<string | null> {
  if (plan.soakMs === 0) return null;
  const { version, digest } = run.input;
  const reason = `soak ${version} for ${formatDuration(plan.soakMs)}`;
  run.update(plan.environment, { phase: 'Analysing', reason });
  const watch = {
    subject: run.releaseId,
    target: targetOf(run, plan),
    platform: plan.platform,
    candidate: revisionName({ version, digest }),
    stable: null,
    weight: 100,
    window: { minimumMs: plan.soakMs, maximumMs: null, until: 'elapsed' },
    health: soakHealth(plan.health),
    fresh: false,
    seen: null,
    reason,
  } as const;
  const { watchHealth } = watchWith(plan.soakMs + 3_600_000);
  run.soaking = { environment: plan.environment, startedAtMs: Date.now() };
  try {
    const watched = await unlessStopped(run, () =>
      watchHealth.executeWithOptions({ summary: reason }, [watch]),
    );
    if (run.alerted) return `while it soaked: alert ${run.alerted.alert}: ${run.alerted.reason}`;
    return watched?.verdict.kind === 'fail' ? `while it soaked: ${watched.verdict.reason}` : null;
  } catch (error) {
    // Nothing was seen: that is for the policy to judge, as it is within a rollout.
    const unseen = `the soak did not come to an end: ${innermostMessage(error)}`;
    if (plan.health.onNoData === 'rollBack') return unseen;
    run.update(plan.environment, { reason: unseen });
    return null;
  } finally {
    run.soaking = null;
    run.alerted = null;
  }
}

async function smoke(run: ReleaseRun, plan: EnvironmentPlan): Promise<string | null> {
  if (plan.verification === null || run.aborted) return null;
  const { version, digest } = run.input;
  const reason = `verify ${plan.environment}`;
  run.update(plan.environment, { phase: 'Analysing', reason });
  const test = {
    subject: run.releaseId,
    target: targetOf(run, plan),
    platform: plan.platform,
    revision: revisionName({ version, digest }),
    smoke: plan.verification,
    reason,
  };
  const { runSmokeTest } = checkWith(plan.verification);
  try {
    const answer = await unlessStopped(run, () =>
      runSmokeTest.executeWithOptions({ summary: reason }, [test]),
    );
    return answer && !answer.passed ? answer.reason : null;
  } catch (error) {
    return `the verification did not come to an end: ${innermostMessage(error)}`;
  }
}

/** Null when the release was aborted, or an alert came, before the answer; then nobody waits for the answer any more. */
async function unlessStopped<T>(run: ReleaseRun, start: () => Promise<T>): Promise<T | null> {
  const scope = new CancellationScope();
  const answer = scope.run(start);
  const stopped = condition(() => run.aborted !== null || run.alerted !== null).then(() => null);
  const first = await Promise.race([answer, stopped]);
  if (first === null) {
    answer.catch(() => undefined);
    scope.cancel();
  }
  return first;
}
