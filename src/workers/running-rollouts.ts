/** The rollouts that run now, read from Temporal's visibility: the same for every worker, also for one just started. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { Failure } from '../domain/failures.js';
import { parseRolloutWorkflowId, type RolloutKey, type TargetKey } from '../domain/names.js';
import { isEnded, type Phase, phases } from '../domain/phase.js';
import type { RolloutPlan } from '../domain/rollout/step.js';
import { workflowTypes } from '../domain/wire-names.js';
import { phaseKey, strategyKey, trafficWeightKey } from '../workflows/search-attributes.js';

export interface RunningRollout {
  readonly target: TargetKey;
  readonly phase: Phase;
  readonly weight: number;
  /** Null when it is not known. */
  readonly strategy: RolloutPlan['strategy'] | null;
}

/** Several scrapers, or one that is impatient, cost the server one list in this time. */
const keptMs = 5_000;
const patienceMs = 3_000;
const query = `WorkflowType = '${workflowTypes.rollout}' AND ExecutionStatus = 'Running'`;
const strategies = ['canary', 'blueGreen', 'rolling', 'install', 'switchBack'] as const;

/** @throws what Temporal says, at the latest after 3 s; only answers are kept */
export function createRunningRollouts(
  client: Pick<Client, 'workflow' | 'withDeadline'>,
  nowMs: () => number,
): () => Promise<readonly RunningRollout[]> {
  let last: { readonly untilMs: number; readonly read: Promise<readonly RunningRollout[]> } | null =
    null;
  return () => {
    if (last !== null && nowMs() < last.untilMs) return last.read;
    const read = client.withDeadline(Date.now() + patienceMs, () => list(client));
    const asked = { untilMs: nowMs() + keptMs, read };
    last = asked;
    read.catch(() => {
      if (last === asked) last = null;
    });
    return read;
  };
}

/** One for each target: where an ended rollout is still listed beside its successor, the newer one. */
async function list({ workflow }: Pick<Client, 'workflow'>): Promise<readonly RunningRollout[]> {
  const newest = new Map<string, { readonly n: number; readonly rollout: RunningRollout }>();
  for await (const info of workflow.list({ query, pageSize: 1_000 })) {
    const key = keyOf(info.workflowId);
    const rollout = key && rolloutOf(key.target, info);
    if (!rollout) continue;
    const path = JSON.stringify(key.target);
    if ((newest.get(path)?.n ?? 0) < key.n) newest.set(path, { n: key.n, rollout });
  }
  return [...newest.values()].map(({ rollout }) => rollout);
}

/** Anybody may start a workflow by any id: one that is not ours is not a reason to show nothing. */
function keyOf(id: string): RolloutKey | null {
  try {
    return parseRolloutWorkflowId(id);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** Null when it has ended and only tidies up. */
function rolloutOf(
  target: TargetKey,
  { typedSearchAttributes: attributes }: WorkflowExecutionInfo,
): RunningRollout | null {
  const said = attributes.get(phaseKey);
  // Without one, no worker has taken it up yet.
  const phase = phases.find((known) => known === said) ?? 'Queued';
  if (isEnded(phase)) return null;
  return {
    target,
    phase,
    weight: attributes.get(trafficWeightKey) ?? 0,
    strategy: strategies.find((known) => known === attributes.get(strategyKey)) ?? null,
  };
}
