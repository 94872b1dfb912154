/** What the comparison with stable says: evidence of harm, doubt, and what is known to be safe, as numbers and sentences. */
import { doubtAt, fromLog } from './binomial-guard.js';
import { alarmShareOf, type ComparedMetric, type ComparisonPolicy } from './comparison-policy.js';
import type { ComparedEdge, ComparisonState } from './comparison.js';
import type { Dispersion } from './dispersion.js';
import { formatE, formatShare, shareOf } from './format-evidence.js';
import { adviseAdvance, type Advance } from './harm-bound.js';
import { reportExcess } from './instance-excess.js';
import type { SideCounts } from './odds-test.js';
import {
  agreedLogE,
  logKeys,
  type MetricEvidence,
  shareAlarms,
  type TwoKeyState,
} from './two-keys.js';
import type { CheckName, Evidence } from './verdict.js';

export interface ComparisonFinding {
  readonly evidence: Evidence;
  /** It rolls back, by itself. */
  readonly isHarm: boolean;
  /** Too little to roll back for, too much to go on by. */
  readonly isDoubt: boolean;
  readonly dryRun: boolean;
  /** Highest log E so far, and the value that decides. */
  readonly logE: number;
  readonly logLimit: number;
  readonly candidate: SideCounts;
  readonly stable: SideCounts;
}

interface Compared {
  readonly check: CheckName;
  readonly metric: ComparedMetric;
  readonly keys: TwoKeyState;
  /** Absent: requests failed. */
  readonly edges?: readonly ComparedEdge[];
}

/**
 * Nothing before the candidate has traffic.
 * @param beside other metrics that may roll back, which the false alarms are shared with
 */
export function findingsOf(
  { keys, edges, instances, byInstance, stable, replaced }: ComparisonState,
  policy: ComparisonPolicy,
  beside: readonly MetricEvidence[] = [],
): readonly ComparisonFinding[] {
  if (keys === null) return [];
  const all: Compared[] = [
    { check: 'errorsBesideStable', metric: policy.errors, keys: keys.errors },
    { check: 'latencyBesideStable', metric: policy.latency, keys: keys.latency, edges },
  ];
  const compared = all.filter((one) => one.metric.weight > 0 && one.keys.parts.length > 0);
  const limits = limitsOf(compared, beside, alarmShareOf(policy));
  return compared.map((one, n) => {
    const { metric, keys: tested } = one;
    const logLimit = limits[n] ?? Number.POSITIVE_INFINITY;
    const logE = agreedLogE(tested);
    const worst = worstPart(one);
    const few =
      worst.candidate.requests < policy.minimumRequests || instances < policy.minimumInstances;
    const acts = !metric.dryRun && !few;
    const isHarm = acts && logE >= logLimit;
    const isDoubt = acts && Math.min(...Object.values(logKeys(tested))) >= Math.log(doubtAt);
    const carrier = one.edges === undefined ? reportExcess(byInstance, stable).carriesAll : null;
    const note = isHarm && carrier !== null ? `; ${carrier} carries it all` : '';
    const dryRun = metric.dryRun ? ', dry run' : '';
    const since = replaced === undefined ? '' : `, since ${replaced.instance} was replaced`;
    const evidence = evidenceOf(one, worst, { logE, logLimit, note: `${since}${dryRun}${note}` });
    const { candidate, stable: beside } = worst;
    return {
      ...{ evidence, isHarm, isDoubt, dryRun: metric.dryRun, logE, logLimit },
      ...{ candidate, stable: beside },
    };
  });
}

/** Those that only report take nothing from the others; their limit is what it would be if they counted too. */
function limitsOf(
  compared: readonly Compared[],
  beside: readonly MetricEvidence[],
  share: number,
): readonly number[] {
  const weighed = compared.map(({ check, metric, keys }) => {
    return { metric: check, weight: metric.weight, logE: agreedLogE(keys), dryRun: metric.dryRun };
  });
  const acting = [...weighed.filter(({ dryRun }) => !dryRun), ...beside];
  return weighed.map((one) => {
    const together = one.dryRun ? [...acting, one] : acting;
    const found = shareAlarms(together, share).find(({ metric }) => metric === one.metric);
    return found?.logLimit ?? Number.POSITIVE_INFINITY;
  });
}

interface WorstPart {
  readonly edge: ComparedEdge | null;
  readonly candidate: SideCounts;
  readonly stable: SideCounts;
  readonly dispersion: Dispersion;
}

/** The edge that says most, for people; the decision takes the mean over all of them. */
function worstPart({ keys, edges }: Compared): WorstPart {
  const ranked = keys.parts
    .map((part, n) => {
      const logE = Math.min(...Object.values(logKeys({ ...keys, parts: [part] })));
      return { part, edge: edges?.[n] ?? null, logE };
    })
    .sort((a, b) => b.logE - a.logE);
  const [worst] = ranked;
  if (worst === undefined) throw new RangeError('compared without anything to compare');
  const { candidate, stable, dispersion } = worst.part;
  return { edge: worst.edge, candidate, stable, dispersion };
}

interface Found {
  readonly logE: number;
  readonly logLimit: number;
  readonly note: string;
}

function evidenceOf(one: Compared, worst: WorstPart, { logE, logLimit, note }: Found): Evidence {
  const { candidate, stable, edge, dispersion } = worst;
  const [e, limit] = [fromLog(logE), Math.round(fromLog(logLimit))];
  const what = edge === null ? 'failed' : `took longer than ${edge.candidateMs} ms`;
  const other =
    edge === null || edge.candidateMs === edge.stableMs ? '' : ` longer than ${edge.stableMs} ms`;
  const mine = `${candidate.bad} of ${candidate.requests} requests ${what} (${shareOf(candidate.bad, candidate.requests)})`;
  const theirs = `${stable.bad} of ${stable.requests} of stable's${other} (${shareOf(stable.bad, stable.requests)})`;
  const sign = logE >= logLimit ? '≥' : '<';
  return {
    check: one.check,
    bad: candidate.bad,
    total: candidate.requests,
    limit: `stable's ${shareOf(stable.bad, stable.requests)}`,
    seen: shareOf(candidate.bad, candidate.requests),
    eValue: e,
    eLimit: limit,
    sentence: `${mine}, ${theirs}: E = ${formatE(e)} ${sign} ${limit}${originOf(dispersion)}${note}`,
  };
}

/** Where the dispersion of instances comes from, when it was not learnt just before. */
function originOf({ source, because, phi }: Dispersion): string {
  if (because === null) return '';
  const from = source === 'saved' ? 'of an earlier rollout' : 'assumed';
  return `, dispersion ${Number(phi.toPrecision(2))} ${from} (before traffic: ${because})`;
}

/** Whether the step may be left, and the ground for it in words; null where nothing was compared. */
export function adviceOf(
  { bound, keys }: ComparisonState,
  policy: ComparisonPolicy,
  now: { readonly isOver: boolean; readonly isDoubted: boolean },
): { readonly advance: Advance; readonly words: string } | null {
  if (keys === null) return null;
  const advance = adviseAdvance(bound, policy.allowed, now);
  return { advance, words: wordsOf(advance, policy) };
}

function wordsOf(advance: Advance, { allowed }: ComparisonPolicy): string {
  if (advance.kind !== 'boundHolds') return 'no evidence of harm beside stable';
  if (advance.by === 'ratio')
    return `clearly harmless beside stable: at most ${advance.bound} times its odds of failing, ${allowed.ratio} allowed`;
  return `clearly harmless beside stable: at most ${formatShare(advance.bound)} more failures, ${formatShare(allowed.difference ?? 0)} allowed`;
}
