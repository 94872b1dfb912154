/** Crashes after the effect: the activity has done its work, and nobody hears of it, so that it is done again. */
import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { createRolloutMetrics, type RolloutMetrics } from '../../src/workers/rollout-metrics.js';

export interface LostResults {
  /** To be given to an engine or to workers in place of their own. */
  readonly metrics: RolloutMetrics;
  /** How many results were lost, by activity. */
  readonly lost: ReadonlyMap<string, number>;
  /** From now on nothing is lost. */
  spare(): void;
}

/** As the loss is drawn: by seed, activity, workflow and attempt, whatever the order in which they run. */
export interface Loss {
  readonly seed: number;
  /** Of first attempts, 0–1; 1 loses every first result. Later attempts lose a quarter as often. */
  readonly share: number;
  /** Only these; all when left out. */
  readonly only?: readonly string[];
}

export function loseResults({ seed, share, only }: Loss): LostResults {
  const lost = new Map<string, number>();
  let isSpared = false;
  const metrics = createRolloutMetrics();
  const activityInterceptor = (context: Context): ActivityInterceptors => {
    const inner = metrics.activityInterceptor(context);
    return {
      ...inner,
      inbound: {
        ...inner.inbound,
        async execute(input, next) {
          const result = await next(input);
          const { activityType, activityId, workflowExecution, attempt } = context.info;
          const isMeant = only === undefined || only.includes(activityType);
          const chance = attempt === 1 ? share : share / 4;
          const draw = `${seed} ${workflowExecution?.workflowId} ${activityType} ${activityId} ${attempt}`;
          if (isSpared || !isMeant || uniformOf(draw) >= chance) return result;
          lost.set(activityType, (lost.get(activityType) ?? 0) + 1);
          throw ApplicationFailure.create({
            ...{ message: `the result of ${activityType} was lost`, type: 'LostResult' },
            nextRetryDelay: '10ms',
          });
        },
      },
    };
  };
  return {
    metrics: { ...metrics, activityInterceptor },
    lost,
    spare() {
      isSpared = true;
    },
  };
}

/** 0 ≤ x < 1, the same for the same text. */
function uniformOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Runs of a share per change: `full` of them in a full run, else `change`; `SLUICE_CRASH_RUNS` overrules both. */
export function crashRuns(counts: { readonly change: number; readonly full: number }): number {
  const asked = Number(process.env.SLUICE_CRASH_RUNS);
  if (Number.isInteger(asked) && asked > 0) return asked;
  return process.env.SLUICE_TEST_FULL ? counts.full : counts.change;
}

/** Rotates from run to run and is printed by the test that uses it; `SLUICE_TEST_SEED` repeats one. */
export function crashSeed(): number {
  return Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);
}
