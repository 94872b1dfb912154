/** The answer of an analysis: pass, fail or inconclusive, with the evidence a person can check. */

export type CheckName =
  | 'errorRate'
  | 'latencyP95'
  | 'answers'
  | 'errorsBesideStable'
  | 'latencyBesideStable'
  | 'namedJudge'
  | 'series'
  | 'probeFailures'
  | 'restarts'
  | 'traffic'
  | 'data';

/** One check's numbers. */
export interface Evidence {
  readonly check: CheckName;
  /** What was counted, over how many: 12 of 40 requests. Null where it does not apply. */
  readonly bad: number | null;
  readonly total: number | null;
  /** The limit the check is about, as people write it: `5 %`, `1000 ms`, `3`. */
  readonly limit: string;
  /** What was seen, as people write it: `30 %`, `4 in a row`. */
  readonly seen: string;
  /** Value of the anytime-valid test and the value that decides; null for plain limits. */
  readonly eValue: number | null;
  readonly eLimit: number | null;
  /** One sentence with all of it. */
  readonly sentence: string;
}

export interface Verdict {
  readonly kind: 'pass' | 'fail' | 'inconclusive';
  /** Why inconclusive: doubt (limits between success and rollback) or no data at all. Null otherwise. */
  readonly undecided: 'doubt' | 'noData' | null;
  /** One sentence for people: the deciding evidence. */
  readonly reason: string;
  /** The deciding evidence first. */
  readonly evidence: readonly Evidence[];
  /** When it was reached, epoch milliseconds. */
  readonly atMs: number;
  /** Looks that saw something, and looks that failed, since the rollout's start. */
  readonly looks: number;
  readonly missedLooks: number;
}
