/** The worlds in which a healthy candidate must not be rolled back: a core of 36, and all of them. */
import type { Shape, Spread, World } from './traffic.js';

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

const core = { seconds: 900, secondsPerLook: 10 };
const full = { seconds: 1800, secondsPerLook: 5 };

function cellOf(
  choice: Pick<World, 'perSecond' | 'base' | 'plan' | 'shape' | 'spread'>,
  length: Pick<World, 'seconds' | 'secondsPerLook'>,
): Cell {
  const { perSecond, base, plan, shape, spread } = choice;
  const name = `${perSecond} rps, ${Number((base * 100).toFixed(2))} %, ${plan.join('/')}, ${shape}, ${spreadNames[spread]}`;
  const world = { ...choice, ...length, harm: 1, isTimed: false };
  return { name, world };
}

/** Each rate with each base and each dispersion; plans and shapes in turn. */
export function coreCells(): readonly Cell[] {
  return rates.flatMap((perSecond, r) =>
    bases.flatMap((base, b) =>
      spreads.map((spread, d) => {
        const plan = plans[(r + b + d) % 2] as readonly number[];
        const shape = shapes[(r + b + 2 * d) % 3] as Shape;
        return cellOf({ perSecond, base, plan, shape, spread }, core);
      }),
    ),
  );
}

export function allCells(): readonly Cell[] {
  return rates.flatMap((perSecond) =>
    bases.flatMap((base) =>
      plans.flatMap((plan) =>
        shapes.flatMap((shape) =>
          spreads.map((spread) => cellOf({ perSecond, base, plan, shape, spread }, full)),
        ),
      ),
    ),
  );
}
