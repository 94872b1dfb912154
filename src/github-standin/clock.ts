/** The stand-in's only source of time: it follows the machine until somebody sets it, then moves only by hand. */

export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Somebody has set it: it has left the machine's time. */
  readonly isSet: () => boolean;
  /** Runs a job at an instant: by a timer while the clock follows the machine, else when it is moved past it. */
  readonly at: (atMs: number, job: () => void) => void;
  /** Stands still at an instant from now on; never backwards past a job that has run. */
  readonly set: (atMs: number) => void;
  readonly advance: (byMs: number) => void;
  readonly close: () => void;
}

interface Job {
  readonly atMs: number;
  readonly run: () => void;
}

/** @param startMs where it stands still from the first moment; null follows the machine */
export function createClock(startMs: number | null): Clock {
  let standsAt = startMs;
  let jobs: Job[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const now = () => standsAt ?? Date.now();

  const runDue = () => {
    for (;;) {
      const due = jobs.filter(({ atMs }) => atMs <= now()).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) return;
      jobs = jobs.filter((job) => job !== due);
      due.run();
    }
  };
  const set = (atMs: number) => {
    standsAt = atMs;
    runDue();
  };
  return {
    now,
    isSet: () => standsAt !== null,
    set,
    advance: (byMs) => set(now() + byMs),
    at: (atMs, run) => {
      jobs.push({ atMs, run });
      if (standsAt !== null) return;
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          runDue();
        },
        Math.max(0, atMs - now()),
      );
      timer.unref();
      timers.add(timer);
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      jobs = [];
    },
  };
}

/** GitHub tells times in whole seconds. @example '2022-07-10T00:00:00Z' */
export function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

export function timeTextOrNull(atMs: number | null): string | null {
  return atMs === null ? null : timeText(atMs);
}
