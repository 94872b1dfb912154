/** The sampler of one source: however many watch it, the same question is asked once, and all questions within a budget. */
import { Failure } from '../../domain/failures.js';
import type { ReadOutcome, SharedRead, SharedReads } from '../../ports/shared-reads.js';
import { createRateBudget } from './rate-budget.js';

export interface SharedReadsOptions {
  /** What people call the source. */
  readonly source: string;
  /** Requests a second to it, by this process. */
  readonly perSecond: number;
  /** So long an answer is given again; a small part of the interval in which watches look. */
  readonly keptMs?: number;
  readonly longestWaitMs?: number;
  readonly onRead?: (outcome: ReadOutcome) => void;
  /** Epoch ms. */
  readonly now?: () => number;
}

const defaults = { keptMs: 200, longestWaitMs: 2_000 };
/** Above so many kept answers those that are too old are dropped. */
const mostKept = 100;

interface Known {
  readonly answer: Promise<SharedRead<unknown>>;
  /** Epoch ms; null while it is being asked. */
  readonly beganAtMs: number | null;
}

export function createSharedReads(options: SharedReadsOptions): SharedReads {
  const { source, perSecond, onRead = () => {}, now = Date.now } = options;
  const { keptMs = defaults.keptMs, longestWaitMs = defaults.longestWaitMs } = options;
  const budget = createRateBudget({ perSecond, longestWaitMs, clock: () => performance.now() });
  const known = new Map<string, Known>();

  async function askNow<T>(key: string, ask: () => Promise<T>): Promise<SharedRead<T>> {
    if (!(await budget.turn(key))) {
      onRead('overBudget');
      throw new Failure(
        'Unavailable',
        `${source} was not asked: its budget of ${perSecond} reads a second is used up, others wait longer`,
        {
          where: source,
          limit: `${perSecond} a second`,
          next: 'let fewer rollouts run at once, lengthen their health.interval, or raise readsPerSecond',
        },
      );
    }
    const beganAtMs = now();
    try {
      const value = await ask();
      onRead('asked');
      return { value, beganAtMs };
    } catch (error) {
      onRead('failed');
      throw error;
    }
  }

  function isFresh({ beganAtMs }: Known): boolean {
    return beganAtMs === null || now() - beganAtMs < keptMs;
  }

  function dropOld(): void {
    if (known.size <= mostKept) return;
    for (const [key, one] of known) if (!isFresh(one)) known.delete(key);
  }

  return {
    read<T>(key: string, ask: () => Promise<T>) {
      const before = known.get(key);
      if (before !== undefined && isFresh(before)) {
        onRead(before.beganAtMs === null ? 'joined' : 'kept');
        return before.answer as Promise<SharedRead<T>>;
      }
      const answer = askNow(key, ask);
      known.set(key, { answer, beganAtMs: null });
      dropOld();
      answer.then(
        ({ beganAtMs }) => known.set(key, { answer, beganAtMs }),
        // Whoever asks next may have more luck.
        () => known.delete(key),
      );
      return answer;
    },
  };
}
