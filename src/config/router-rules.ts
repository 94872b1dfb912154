/** Rules between strategies and routers: what a router cannot do is said where the strategy stands, before anything runs. */
import { strategySchema } from '../domain/rollout/schema.js';
import { type Explained, formatPath, valueAt } from './explain-issues.js';
import { entriesAt } from './written.js';

type StrategySpec = ReturnType<typeof strategySchema.parse>;

interface Ability {
  readonly weights: boolean;
  /** Why there are no testers; null where there are. */
  readonly noHeaders: string | null;
}

const noService = 'a Service cannot tell testers';

/** Of a router that does not take every strategy: a Service has no weights or no headers. */
function abilityOf(router: unknown): Ability | null {
  switch (valueAt(router, ['kind'])) {
    case 'service-selector':
      return { weights: false, noHeaders: noService };
    case 'replica-share':
      return { weights: true, noHeaders: noService };
    case 'traefik-service':
      return valueAt(router, ['ingressRoute']) === undefined
        ? { weights: true, noHeaders: 'a TraefikService cannot tell testers; its ingressRoute can' }
        : null;
    default:
      return null;
  }
}

function weightsBetween(strategy: StrategySpec): readonly number[] {
  const weights =
    strategy.kind === 'blueGreen'
      ? strategy.weights
      : strategy.kind === 'rolling'
        ? Array.from({ length: strategy.batches }, (_, n) => ((n + 1) * 100) / strategy.batches)
        : strategy.steps.flatMap((step) => (step.kind === 'setWeight' ? [step.weight] : []));
  return weights.filter((weight) => weight > 0 && weight < 100).map(Math.round);
}

function usesHeader(strategy: StrategySpec): boolean {
  return (
    strategy.kind === 'canary' &&
    strategy.steps.some((step) => step.kind === 'headerRoute' && step.route !== null)
  );
}

export function strategiesFitRouters(written: unknown): readonly Explained[] {
  return entriesAt(written, ['environments']).flatMap(([environment, value]): Explained[] => {
    const platform = valueAt(value, ['platform']);
    if (typeof platform !== 'string') return [];
    const settings = valueAt(written, ['platforms', platform, 'router']);
    const router = valueAt(settings, ['kind']);
    const able = abilityOf(settings);
    const strategy = strategySchema.safeParse(valueAt(value, ['strategy']) ?? 'canary');
    // Faults of the strategy itself are told by its own schema.
    if (able === null || !strategy.success) return [];
    const path = ['environments', environment, 'strategy'];
    const faultOf = (seen: string, allowed: string) => {
      const message = `${formatPath(path)}: seen ${seen}, allowed with router ${String(router)} of platform "${platform}": ${allowed}`;
      return { path, message };
    };
    const [between] = able.weights ? [] : weightsBetween(strategy.data);
    return [
      ...(between === undefined
        ? []
        : [
            faultOf(
              `a weight of ${between} %`,
              'only 0 and 100, such as blueGreen: {weights: [100]}',
            ),
          ]),
      ...(able.noHeaders !== null && usesHeader(strategy.data)
        ? [faultOf('a headerRoute', `no headerRoute, because ${able.noHeaders}`)]
        : []),
    ];
  });
}
