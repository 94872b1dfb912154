/** Spaces requests to one source evenly; who was served longest ago goes first, and nobody waits for long. */

export interface RateBudgetOptions {
  /** Requests a second, spaced evenly. */
  readonly perSecond: number;
  readonly longestWaitMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
}

export interface RateBudget {
  /** True when it may ask now; false when its turn would have come too late. */
  turn(key: string): Promise<boolean>;
}

interface Waiting {
  readonly key: string;
  readonly answer: (isTurn: boolean) => void;
  readonly timer: NodeJS.Timeout;
}

/** Keys that are not asked about any more need no turn. */
const rememberedMs = 600_000;
const mostRemembered = 10_000;

export function createRateBudget(options: RateBudgetOptions): RateBudget {
  const { perSecond, longestWaitMs, clock } = options;
  const spacingMs = 1000 / perSecond;
  const servedAtMs = new Map<string, number>();
  let waiting: readonly Waiting[] = [];
  let freeAtMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;

  function serve(key: string): void {
    const nowMs = clock();
    // A timer that fires a little late does not lower the rate.
    freeAtMs = Math.max(freeAtMs, nowMs - spacingMs / 10) + spacingMs;
    // Written anew at the end, so that the oldest stand first.
    servedAtMs.delete(key);
    servedAtMs.set(key, nowMs);
    for (const [oldest, atMs] of servedAtMs) {
      if (atMs > nowMs - rememberedMs && servedAtMs.size <= mostRemembered) break;
      servedAtMs.delete(oldest);
    }
  }

  function pump(): void {
    timer = null;
    while (waiting.length > 0 && clock() >= freeAtMs) {
      const lastServed = ({ key }: Waiting) => servedAtMs.get(key) ?? Number.NEGATIVE_INFINITY;
      const next = waiting.reduce((a, b) => (lastServed(b) < lastServed(a) ? b : a));
      waiting = waiting.filter((one) => one !== next);
      clearTimeout(next.timer);
      serve(next.key);
      next.answer(true);
    }
    if (waiting.length > 0) timer = setTimeout(pump, Math.max(1, freeAtMs - clock()));
  }

  return {
    turn(key) {
      if (waiting.length === 0 && clock() >= freeAtMs) {
        serve(key);
        return Promise.resolve(true);
      }
      return new Promise((answer) => {
        const giveUp = () => {
          waiting = waiting.filter((one) => one !== mine);
          answer(false);
        };
        const mine: Waiting = { key, answer, timer: setTimeout(giveUp, longestWaitMs) };
        waiting = [...waiting, mine];
        timer ??= setTimeout(pump, Math.max(1, freeAtMs - clock()));
      });
    },
  };
}
