/** Which of the candidate's instances the bad requests come from, and whether one of them carries it all. */
import type { InstanceCount } from './dispersion.js';
import { fromLog } from './binomial-guard.js';
import { logMean } from './log-numbers.js';
import { oddsFactors, type SideCounts } from './odds-test.js';
import { sumOf } from './two-keys.js';

/** Counts of one instance since the rollout began. */
export interface NamedCount extends InstanceCount {
  readonly instance: string;
}

export interface InstanceExcess extends NamedCount {
  /** Bad requests above what stable's share explains; negative: fewer. */
  readonly excess: number;
  /** E of this instance against its siblings (odds ratio above 1.5), divided by the number of instances it was picked from. */
  readonly eValue: number;
}

export interface ExcessReport {
  /** Worst first. */
  readonly instances: readonly InstanceExcess[];
  /** The instance without which nothing would be left to roll back for; null: none. */
  readonly carriesAll: string | null;
}

/** E at which an instance is told apart from its siblings. */
const apartAt = 100;
/** Its siblings may have this part of the excess: what is left by chance. */
const leftToSiblings = 0.1;

/**
 * To be asked once, when a candidate is to be rolled back: what to do about it, not whether. One instance alone cannot
 * be told from a bad candidate, nor can two be told which of them is sick and which is well, except by stable.
 * @param candidate totals over the rollout, one entry for each instance
 * @param stable totals over the same time
 * @example 3 instances of 1000 requests with 30, 1 and 2 bad, stable 15 of 10,000 → the first carries it all
 * @example 3 instances of 1000 with 12, 10 and 11 bad → none does
 * @example one instance → none does: there are no siblings
 */
export function reportExcess(candidate: readonly NamedCount[], stable: SideCounts): ExcessReport {
  const usual = stable.requests === 0 ? 0 : stable.bad / stable.requests;
  const active = candidate.filter(({ requests }) => requests > 0);
  const instances = active
    .map((one) => {
      const siblings = sumOf(active.filter((other) => other !== one));
      const factors = oddsFactors({ candidate: one, stable: siblings });
      const { instance, requests, bad } = one;
      const eValue = fromLog(logMean(factors)) / active.length;
      return { instance, requests, bad, excess: bad - usual * requests, eValue };
    })
    .sort((a, b) => b.excess - a.excess || (a.instance < b.instance ? -1 : 1));
  const [worst, ...siblings] = instances;
  if (worst === undefined || siblings.length === 0) return { instances, carriesAll: null };
  const left = siblings.reduce((sum, { excess }) => sum + excess, 0);
  const carries = worst.eValue >= apartAt && left <= leftToSiblings * worst.excess;
  return { instances, carriesAll: carries ? worst.instance : null };
}
