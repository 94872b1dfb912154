/** What the demo's users saw: every answer of the steady load, counted by release and by revision. */

export interface Answer {
  readonly environment: string;
  /** The release that was on its way when the request was sent; null before the first. */
  readonly during: string | null;
  /** Revision that answered, as the proxy names it; null when nobody did. */
  readonly revision: string | null;
  /** Status 5xx, or no answer at all. */
  readonly failed: boolean;
  readonly latencyMs: number;
  /** Epoch milliseconds. */
  readonly answeredAtMs: number;
}

export interface ReleaseTally {
  readonly requests: number;
  readonly failedRequests: number;
  /** First bad answer of this version's revision to its last answer, seconds; null when none was bad. */
  readonly exposureS: number | null;
}

export interface Observations {
  record(answer: Answer): void;
  tally(version: string): ReleaseTally;
  readonly totals: {
    readonly requests: number;
    readonly failed: number;
    /** Failures that no condemned revision answers for: lost by a shift, which must never happen. */
    readonly lost: number;
  };
}

interface Exposure {
  firstBadAtMs: number | null;
  lastAnswerAtMs: number;
}

/** `badBy`: by version, what makes one of its answers bad; `condemned`: versions that are known to fail. */
export function createObservations(story: {
  readonly badBy: ReadonlyMap<string, (answer: Answer) => boolean>;
  readonly condemned: ReadonlySet<string>;
}): Observations {
  const counts = new Map<string, { requests: number; failed: number }>();
  const exposures = new Map<string, Exposure>();
  const totals = { requests: 0, failed: 0, lost: 0 };

  const expose = (version: string, answer: Answer) => {
    const seen = exposures.get(version) ?? { firstBadAtMs: null, lastAnswerAtMs: 0 };
    exposures.set(version, seen);
    if (story.badBy.get(version)?.(answer)) {
      seen.firstBadAtMs = Math.min(seen.firstBadAtMs ?? answer.answeredAtMs, answer.answeredAtMs);
    }
    seen.lastAnswerAtMs = Math.max(seen.lastAnswerAtMs, answer.answeredAtMs);
  };

  return {
    totals,
    record(answer) {
      const version = answer.revision === null ? null : versionOf(answer.revision);
      const count = counts.get(answer.during ?? '') ?? { requests: 0, failed: 0 };
      counts.set(answer.during ?? '', count);
      count.requests += 1;
      totals.requests += 1;
      if (answer.failed) {
        count.failed += 1;
        totals.failed += 1;
        if (version === null || !story.condemned.has(version)) totals.lost += 1;
      }
      if (version !== null) expose(version, answer);
    },
    tally(version) {
      const { requests, failed } = counts.get(version) ?? { requests: 0, failed: 0 };
      const seen = exposures.get(version);
      const isExposed = seen !== undefined && seen.firstBadAtMs !== null;
      return {
        requests,
        failedRequests: failed,
        exposureS: isExposed ? (seen.lastAnswerAtMs - (seen.firstBadAtMs as number)) / 1000 : null,
      };
    },
  };
}

/** The revision's name without the digest at its end: `1.2.0-4f2a9c1b` is 1.2.0. */
export function versionOf(revision: string): string {
  return revision.replace(/-[0-9a-f]{8}$/, '');
}
