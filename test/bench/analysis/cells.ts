/** The worlds in which a healthy candidate must not be rolled back: a core of 24 and three with latency, and all of them. */
import type { Shape, Spread, Timing, World } from './traffic.js';

export interface Cell {
  readonly name: string;
  readonly world: World;
}

const rates = [10, 50, 200, 1000] as const;
const bases = [0.0002, 0.002, 0.01] as const;
const plans = [
  [5, 10, 25, 50],
  [20, 50],
] as const;
const shapes: readonly Shape[] = ['flat', 'diurnal', 'burst'];
const spreads: readonly Spread[] = ['none', 'fresh', 'lasting'];
const spreadNames: Readonly<Record<Spread, string>> = {
  none: 'no dispersion',
  fresh: 'fresh k = 2',
  lasting: 'lasting CV 15 %',
};

const core = { seconds: 900, secondsPerLook: 5 };
const full = { seconds: 1800, secondsPerLook: 5 };

function cellOf(
  choice: Pick<World, 'perSecond' | 'base' | 'plan' | 'shape' | 'spread'>,
  length: Pick<World, 'seconds' | 'secondsPerLook'>,
  timing: Timing = 'none',
): Cell {
  const { perSecond, base, plan, shape, spread } = choice;
  const name = `${perSecond} rps, ${Number((base * 100).toFixed(2))} %, ${plan.join('/')}, ${shape}, ${spreadNames[spread]}${timing === 'none' ? '' : ', timed'}`;
  const world = { ...choice, ...length, harm: 1, timing };
  return { name, world };
}

/** Each rate with each base and two of the dispersions; plans and shapes in turn. Then latency at each rate but the largest. */
export function coreCells(): readonly Cell[] {
  const ofErrors = rates.flatMap((perSecond, r) =>
    bases.flatMap((base, b) =>
      spreads
        .filter((_, d) => d !== (r + b) % spreads.length)
        .map((spread, n) => {
          const plan = plans[(r + b + n) % plans.length] as readonly number[];
          const shape = shapes[(r + 2 * b + n) % shapes.length] as Shape;
          return cellOf({ perSecond, base, plan, shape, spread }, core);
        }),
    ),
  );
  return [...ofErrors, ...timedCells(core)];
}

function timedCells(length: Pick<World, 'seconds' | 'secondsPerLook'>): readonly Cell[] {
  return spreads.map((spread, n) => {
    const plan = plans[n % plans.length] as readonly number[];
    const choice = { perSecond: rates[n] ?? 200, base: 0.002, plan, shape: shapes[n] ?? 'flat' };
    return cellOf({ ...choice, spread }, length, 'spread');
  });
}

export function allCells(): readonly Cell[] {
  return rates
    .flatMap((perSecond) =>
      bases.flatMap((base) =>
        plans.flatMap((plan) =>
          shapes.flatMap((shape) =>
            spreads.map((spread) => cellOf({ perSecond, base, plan, shape, spread }, full)),
          ),
        ),
      ),
    )
    .concat(timedCells(full));
}
