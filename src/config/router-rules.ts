/** Rules between strategies and routers: what a router cannot do is said where the strategy stands, before anything runs. */
import {
  type CounterDialect,
  type CounterDialectName,
  counterDialects,
} from '../domain/analysis/counter-dialect.js';
import { strategySchema } from '../domain/rollout/schema.js';
import { defaultDialect } from './counters-schema.js';
import { type Explained, formatPath, valueAt } from './explain-issues.js';
import { entriesAt } from './written.js';

type StrategySpec = ReturnType<typeof strategySchema.parse>;

interface Ability {
  readonly weights: boolean;
  /** Why requests are not copied at all, or only all of them; null where any share is. */
  readonly noMirror: { readonly allowed: string; readonly all: boolean } | null;
  /** Why there are no testers; null where there are. */
  readonly noHeaders: string | null;
}

const noService = 'a Service cannot tell testers';
const noCopies = { allowed: 'no mirror, because it cannot copy requests', all: false };
const copies = 'those of pods, or names of your own, because these do not count copies';

/** It says that it has taken the filter, and users get nothing but errors. */
const notByTraefik =
  'none where Traefik counts, because it answers 500 where a route has RequestMirror; router traefik-service copies';

/** What a router makes of copies, and whether anybody counts them. */
function mirrorAbility(router: unknown): Ability['noMirror'] {
  const kind = String(valueAt(router, ['kind']));
  if (!['gateway-api', 'istio', 'traefik-service'].includes(kind)) return noCopies;
  const mirrors = valueAt(router, ['mirrors']);
  if (kind === 'gateway-api' && mirrors === undefined) {
    return { allowed: 'one with router.mirrors, where its gateway has RequestMirror', all: false };
  }
  const written = valueAt(router, ['metrics', 'counters']) ?? defaultDialect(kind);
  if (kind === 'gateway-api' && written === 'traefik') return { allowed: notByTraefik, all: false };
  const dialect = counterDialects[written as CounterDialectName] as CounterDialect | undefined;
  if (dialect?.countsCopies === false) {
    return { allowed: `one with router.metrics.counters: ${copies}`, all: false };
  }
  return kind === 'gateway-api' && mirrors === 'all'
    ? { allowed: '100 %, because router.mirrors says that its gateway copies all', all: true }
    : null;
}

/** What of a strategy a router takes: a Service has no weights or no headers. Null without a router. */
function abilityOf(router: unknown): Ability | null {
  const kind = valueAt(router, ['kind']);
  if (typeof kind !== 'string') return null;
  const noMirror = mirrorAbility(router);
  switch (kind) {
    case 'service-selector':
      return { weights: false, noMirror, noHeaders: noService };
    case 'replica-share':
      return { weights: true, noMirror, noHeaders: noService };
    case 'traefik-service': {
      const led = valueAt(router, ['ingressRoute']) !== undefined;
      const noHeaders = led ? null : 'a TraefikService cannot tell testers; its ingressRoute can';
      return { weights: true, noMirror, noHeaders };
    }
    default:
      return { weights: true, noMirror, noHeaders: null };
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

/** A share of copies that is not taken. */
function mirrorsBeyond(strategy: StrategySpec, limit: Ability['noMirror']): number | undefined {
  if (strategy.kind !== 'canary' || limit === null) return undefined;
  const shares = strategy.steps.flatMap((step) => (step.kind === 'mirror' ? [step.percent] : []));
  return shares.find((percent) => !limit.all || percent < 100);
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
    const mirror = mirrorsBeyond(strategy.data, able.noMirror);
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
      ...(mirror === undefined || able.noMirror === null
        ? []
        : [faultOf(`a mirror of ${mirror} %`, able.noMirror.allowed)]),
    ];
  });
}
