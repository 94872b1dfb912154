/** Where a function crosses zero, by Brent's method: bisection that interpolates where it can. */

const epsilon = 2 ** -52;
const mostSteps = 1000;

/**
 * A root of `f` between two points at which its signs differ, to about half of `tolerance`. For a step function it is
 * a point near the jump, and which one depends on each step of the method: this is Brent's `zero` (Algorithms for
 * Minimization without Derivatives, 1973, chapter 4), in the form that R and Kayenta use.
 */
export function rootOf(
  f: (x: number) => number,
  from: { readonly x: number; readonly y: number },
  to: { readonly x: number; readonly y: number },
  tolerance = 1e-4,
): number {
  if (from.y === 0) return from.x;
  if (to.y === 0) return to.x;
  let before = from;
  let best = to;
  // The root lies between `best` and here.
  let across = from;
  for (let step = 0; step < mostSteps; step++) {
    const lastStep = best.x - before.x;
    if (Math.abs(across.y) < Math.abs(best.y)) {
      before = best;
      best = across;
      across = before;
    }
    const near = 2 * epsilon * Math.abs(best.x) + tolerance / 2;
    const half = (across.x - best.x) / 2;
    if (Math.abs(half) <= near || best.y === 0) return best.x;
    const mayInterpolate = Math.abs(lastStep) >= near && Math.abs(before.y) > Math.abs(best.y);
    const wanted = mayInterpolate ? interpolated(before, best, across, lastStep, near) : half;
    const move = Math.abs(wanted) < near ? Math.sign(wanted || -1) * near : wanted;
    before = best;
    const x = best.x + move;
    best = { x, y: f(x) };
    if (best.y > 0 === across.y > 0 && best.y !== 0 && across.y !== 0) across = before;
  }
  return best.x;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The next step by the secant or the inverse parabola; half of the interval where that would go astray. */
function interpolated(
  before: Point,
  best: Point,
  across: Point,
  lastStep: number,
  near: number,
): number {
  const width = across.x - best.x;
  const slope = best.y / before.y;
  let p: number;
  let q: number;
  if (before.x === across.x) {
    p = width * slope;
    q = 1 - slope;
  } else {
    const ratio = before.y / across.y;
    const rest = best.y / across.y;
    p = slope * (width * ratio * (ratio - rest) - (best.x - before.x) * (rest - 1));
    q = (ratio - 1) * (rest - 1) * (slope - 1);
  }
  if (p > 0) q = -q;
  else p = -p;
  const isInside = p < 0.75 * width * q - Math.abs(near * q) / 2;
  return isInside && p < Math.abs((lastStep * q) / 2) ? p / q : width / 2;
}
