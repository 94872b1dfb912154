/** Rules for environments on a branch that is followed: all traffic or none, and what follows from it. */
import { Failure } from '../domain/failures.js';
import type { HealthPolicy } from '../domain/analysis/health-policy.js';
import { type StrategySpec, strategySchema } from '../domain/rollout/schema.js';
import { type Explained, formatPath, valueAt } from './explain-issues.js';
import { entriesAt } from './written.js';

const why = 'because whoever follows a branch replaces one version by the other';

/** Said where it stands in the file. */
export function environmentsFitFollowers(written: unknown): readonly Explained[] {
  return entriesAt(written, ['environments']).flatMap(([environment, value]): Explained[] => {
    const platform = valueAt(value, ['platform']);
    if (typeof platform !== 'string') return [];
    const settings = valueAt(written, ['platforms', platform]);
    if (valueAt(settings, ['kind']) !== 'gitops') return [];
    const fault = (field: readonly string[], seen: string, allowed: string) => {
      const path = ['environments', environment, ...field];
      const text = `${formatPath(path)}: seen ${seen}, allowed on platform "${platform}" (gitops): ${allowed}`;
      return { path, message: text };
    };
    const strategy = valueAt(value, ['strategy']);
    const parsed = strategySchema.safeParse(strategy ?? 'canary');
    const batches = valueAt(strategy, ['rolling', 'batches']);
    const seen = `${strategy === undefined ? 'none, which is ' : ''}${parsed.success ? parsed.data.kind : ''}`;
    return [
      ...(parsed.success && parsed.data.kind !== 'rolling'
        ? [fault(['strategy'], seen, `rolling, ${why}`)]
        : []),
      ...(typeof batches === 'number' && batches !== 1
        ? [fault(['strategy', 'rolling', 'batches'], String(batches), `1, ${why}`)]
        : []),
      ...(valueAt(value, ['verification']) && valueAt(settings, ['url']) === undefined
        ? [
            fault(
              ['verification'],
              'a smoke test',
              `one with platforms.${platform}.url to send it to`,
            ),
          ]
        : []),
    ];
  });
}

/**
 * One batch, and no waiting for requests that nobody counts.
 * @throws InvalidInput for a strategy that divides traffic
 */
export function followedStrategy(strategy: StrategySpec, environment: string): StrategySpec {
  if (strategy.kind === 'rolling') return { ...strategy, batches: 1, deadlineMs: 0 };
  const message = `${environment} is on a branch that is followed: seen ${strategy.kind}, allowed: rolling`;
  throw new Failure('InvalidInput', `${environment} takes no ${strategy.kind}, ${why}`, {
    ...{ where: '/strategy', seen: strategy.kind, limit: 'rolling', next: 'use strategy: rolling' },
    faults: [{ where: '/strategy', message }],
  });
}

/** The follower's word is the evidence; that requests are not counted is on record and holds nothing up. */
export function followedHealth(
  health: HealthPolicy,
  written: { readonly onNoData?: HealthPolicy['onNoData'] | undefined },
): HealthPolicy {
  return { ...health, onNoData: written.onNoData ?? 'advance' };
}
