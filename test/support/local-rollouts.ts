/** Rollouts of the demo service on a stack under test: asked for, awaited, and settled against what the ledger says. */
import { defaultHealthPolicy } from '../../src/domain/analysis/health-policy.js';
import type { TargetKey } from '../../src/domain/names.js';
import type { RolloutRequest } from '../../src/domain/rollout/request.js';
import type { Revision } from '../../src/domain/rollout/revision.js';
import type { CanaryStep, RolloutTiming, Strategy } from '../../src/domain/rollout/strategy.js';
import type { RolloutResult } from '../../src/domain/rollout/view.js';
import { eventually, type LocalStack } from './local-stack.js';

export const shortTiming: RolloutTiming = {
  progressDeadlineMs: 60_000,
  keepWarmMs: 500,
  abortScaleDownDelayMs: 500,
};

/** Each weight is judged for `forMs`, and has as long as it takes after that. */
export function canaryOf(
  weights: readonly number[],
  forMs: number,
  timing: Partial<RolloutTiming> = {},
): Strategy {
  const steps = weights.flatMap((weight): CanaryStep[] => [
    { kind: 'setWeight', weight },
    { kind: 'analysis', forMs, deadlineMs: forMs + 300_000 },
  ]);
  return { kind: 'canary', steps, timing: { ...shortTiming, ...timing } };
}

let requests = 0;

/** The rollout's workflow id, as soon as the target has taken the request. */
export async function askFor(
  stack: LocalStack,
  target: TargetKey,
  candidate: Revision,
  change: Partial<RolloutRequest> = {},
): Promise<string> {
  requests += 1;
  const { rolloutId } = await stack.orchestrator.requestRollout(target, 'local', {
    ...{ candidate, workload: stack.workload, strategy: canaryOf([20, 50], 1000) },
    requestId: `request-${requests}`,
    releaseId: null,
    platform: 'local',
    health: { ...defaultHealthPolicy, intervalMs: 500 },
    queuePolicy: 'queue',
    requestedBy: 'ann',
    reason: 'test',
    allowOlder: false,
    ...change,
  });
  return rolloutId;
}

/** Patient with a Temporal server and a worker that are down for a while. */
export async function resultOf(
  stack: LocalStack,
  rolloutId: string,
  withinMs = 90_000,
): Promise<RolloutResult> {
  const status = await eventually(
    `${rolloutId} is over`,
    async () => {
      const read = await stack.orchestrator.readRollout(rolloutId).catch(() => null);
      if (read?.kind === 'lost') throw new Error(`${rolloutId} is lost: ${read.reason}`);
      return read?.kind === 'finished' && read;
    },
    withinMs,
  );
  return status.result;
}

export async function installed(
  stack: LocalStack,
  target: TargetKey,
  revision: Revision,
): Promise<string> {
  const { outcome, reason } = await resultOf(stack, await askFor(stack, target, revision));
  if (outcome !== 'promoted') throw new Error(`${revision.version} is not installed: ${reason}`);
  const { url } = await stack.platform.router.readSplit(target);
  return `${url}/`;
}

/** How often each effect of a rollout stands in the ledger, as `trafficShifted 20` or `stableRestored`. */
export async function effectsOf(
  stack: LocalStack,
  rolloutId: string,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind, data } of await stack.ledger.read({ subject: rolloutId, limit: 1000 })) {
    const { weight, split } = data as { weight?: number; split?: { weight: number } };
    const shown = kind === 'trafficShifted' ? split?.weight : weight;
    const name = shown === undefined ? kind : `${kind} ${shown}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
