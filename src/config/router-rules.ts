/** Rules between strategies and routers: what a router cannot do is said where the strategy stands, before anything runs. */
import { strategySchema } from '../domain/rollout/schema.js';
import { type Explained, formatPath, valueAt } from './explain-issues.js';
import { entriesAt } from './written.js';

type StrategySpec = ReturnType<typeof strategySchema.parse>;

/** Routers that do not take every strategy: a Service has no weights or no headers. */
const abilities: Readonly<
  Record<string, { readonly weights: boolean; readonly headers: boolean }>
> = {
  'service-selector': { weights: false, headers: false },
  'replica-share': { weights: true, headers: false },
};

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
    const router = valueAt(written, ['platforms', platform, 'router', 'kind']);
    const able = abilities[String(router)];
    const strategy = strategySchema.safeParse(valueAt(value, ['strategy']) ?? 'canary');
    // Faults of the strategy itself are told by its own schema.
    if (able === undefined || !strategy.success) return [];
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
      ...(!able.headers && usesHeader(strategy.data)
        ? [faultOf('a headerRoute', 'no headerRoute, because a Service cannot tell testers')]
        : []),
    ];
  });
}
