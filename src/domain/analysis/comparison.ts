/** Compares the candidate with stable, look by look: learns how stable differs from itself, then tests whether the candidate is worse. */
import type { ComparisonPolicy, SavedDispersion } from './comparison-policy.js';
import {
  beginDispersion,
  dispersionFrom,
  type DispersionState,
  type InstanceCount,
  learnDispersion,
} from './dispersion.js';
import { addToBound, beginBound, type BoundState } from './harm-bound.js';
import type { NamedCount } from './instance-excess.js';
import { chooseEdges } from './latency-edges.js';
import type { CountPair, SideCounts } from './odds-test.js';
import { placeboLook } from './placebo.js';
import type { HealthSample, RevisionCounters } from './sample.js';
import { addByInstance, growSide, type SideGrowth, type SideMark } from './side-counters.js';
import { beginTwoKeys, lookWithTwoKeys, sumOf, type TwoKeyState } from './two-keys.js';

/*
 * A request slower than an edge of stable's past is bad on stable; on the candidate only one slower than the next edge
 * that is higher by the tolerated slowdown. A candidate that takes that much longer for everything is then as often bad
 * as stable is: the test of odds holds for it as for one that is equal.
 */

/** An edge of the histogram, and the one that the candidate is held to. */
export interface ComparedEdge {
  readonly stableMs: number;
  readonly candidateMs: number;
}

/** JSON-serialisable; about 8 kB with three edges and 10 instances a side. */
export interface ComparisonState {
  readonly edges: readonly ComparedEdge[];
  readonly marks: { readonly candidate: readonly SideMark[]; readonly stable: readonly SideMark[] };
  /** Time and weight of the newest look that was taken in. */
  readonly lookedAtMs: number;
  readonly weight?: number | null;
  /** Of errors, then of each edge. */
  readonly learning: readonly DispersionState[];
  /** Null until the candidate has traffic. Errors, and slowness by its edges. */
  readonly keys: { readonly errors: TwoKeyState; readonly latency: TwoKeyState } | null;
  /** Of the running step. */
  readonly bound: BoundState;
  readonly byInstance: readonly NamedCount[];
  /** Of stable, while the candidate had traffic too. */
  readonly stable: SideCounts;
  /** Instances of the candidate at the newest look. */
  readonly instances: number;
  /** Stable's own instances against each other: what a false alarm would look like. Absent with fewer than two. */
  readonly placebo?: TwoKeyState;
  /** What the candidate did before is not in the keys; absent: none was. */
  readonly replaced?: Replacement;
}

/** An instance of the candidate that was replaced, once in a rollout. */
export interface Replacement {
  readonly instance: string;
  /** The look after which it was; epoch ms. */
  readonly atMs: number;
}

/** For so long one side waits for the other. */
const longestWaitMs = 60_000;

/** The edges at which the sides are compared, from what stable had counted before the candidate was looked at. */
function compareAt(stable: RevisionCounters, toleratedSlowdown: number): readonly ComparedEdge[] {
  const all = stable.instances.find(({ requests }) => requests > 0)?.buckets ?? [];
  return chooseEdges(stable.instances).flatMap((stableMs) => {
    const higher = all.find(
      ({ leMs }) => leMs >= stableMs * toleratedSlowdown && Number.isFinite(leMs),
    );
    return higher === undefined ? [] : [{ stableMs, candidateMs: higher.leMs }];
  });
}

function beginComparison(
  { atMs, candidate, weight }: HealthSample,
  stable: RevisionCounters,
  policy: ComparisonPolicy,
): ComparisonState {
  const edges = compareAt(stable, policy.latency.toleratedSlowdown);
  return {
    edges,
    marks: marksOf(candidate, stable, edges),
    ...{ lookedAtMs: atMs, weight },
    learning: [beginDispersion(), ...edges.map(beginDispersion)],
    keys: null,
    bound: beginBound(),
    byInstance: [],
    stable: { requests: 0, bad: 0 },
    instances: candidate.instances.length,
  };
}

function marksOf(
  candidate: RevisionCounters,
  stable: RevisionCounters,
  edges: readonly ComparedEdge[],
): ComparisonState['marks'] {
  const at = (side: 'candidateMs' | 'stableMs'): number[] => edges.map((edge) => edge[side]);
  return {
    candidate: growSide([], candidate, at('candidateMs'), 'wait').marks,
    stable: growSide([], stable, at('stableMs'), 'wait').marks,
  };
}

/** A new step: what is known of harm begins anew, the test goes on. */
export function compareNextStep(state: ComparisonState): ComparisonState {
  return { ...state, bound: beginBound() };
}

/**
 * Both tests begin anew with what was learnt of stable, and what the instance still counts while it goes is passed over.
 * Its successor and its siblings are judged by what comes from here on, as if the rollout began.
 */
export function compareWithout(state: ComparisonState, replaced: Replacement): ComparisonState {
  const anew = ({ parts }: TwoKeyState) => beginTwoKeys(parts.map((part) => part.dispersion));
  const { keys } = state;
  return {
    ...state,
    keys: keys && { errors: anew(keys.errors), latency: anew(keys.latency) },
    bound: beginBound(),
    byInstance: [],
    stable: { requests: 0, bad: 0 },
    replaced,
  };
}

/**
 * With little traffic most looks see one side alone, which tells nothing: it is left to wait until the other side has
 * been asked too, under the same weight. That goes by the number of requests and never by how they ended.
 */
function waitsForOther(
  { keys, lookedAtMs, weight }: ComparisonState,
  sample: HealthSample,
  { candidate, stable }: CountPair,
): boolean {
  if (keys === null || sample.weight === null || sample.weight !== weight) return false;
  const isOneSided = candidate.requests === 0 || stable.requests === 0;
  return isOneSided && sample.atMs - lookedAtMs < longestWaitMs;
}

/**
 * The state after one more look; null while there is no stable revision that counts.
 * The first look only marks where both sides are.
 */
export function compareLook(
  state: ComparisonState | null,
  sample: HealthSample,
  policy: ComparisonPolicy,
): ComparisonState | null {
  const { atMs, stable } = sample;
  const candidate = withoutInstance(sample.candidate, state?.replaced);
  if (stable === null) return state;
  if (state === null) {
    const hasCounted = stable.instances.some(({ requests }) => requests > 0);
    return hasCounted ? beginComparison(sample, stable, policy) : null;
  }
  const { edges, marks } = state;
  const ofCandidate = growSide(
    marks.candidate,
    candidate,
    edges.map(({ candidateMs }) => candidateMs),
    'count',
  );
  const ofStable = growSide(
    marks.stable,
    stable,
    edges.map(({ stableMs }) => stableMs),
    'wait',
  );
  const parts = [null, ...edges.keys()].map((edge) => ({
    candidate: countsAt(ofCandidate.growth, edge),
    stable: countsAt(ofStable.growth, edge),
  }));
  const [errors = { candidate: [], stable: [] }] = parts;
  const isServing = state.keys !== null || sumOf(errors.candidate).requests > 0;
  const keys = state.keys ?? (isServing ? beginKeys(state, policy.saved) : null);
  const pair = { candidate: sumOf(errors.candidate), stable: sumOf(errors.stable) };
  if (waitsForOther(state, sample, pair)) return state;
  const behind = podsBehind(sample);
  // What divides the requests has processes of its own: none of them is an instance of the candidate.
  const isAtSplit = candidate.countedAtSplit === true;
  const spread = parts.map((part) => (behind === null ? part : { ...part, behind }));
  const forMs = atMs - state.lookedAtMs;
  const isReweighted = sample.weight !== state.weight;
  return {
    edges,
    marks: { candidate: ofCandidate.marks, stable: ofStable.marks },
    ...{ lookedAtMs: atMs, weight: sample.weight },
    // After the keys have begun it is learnt for the target's next rollout, never for this one.
    learning: state.learning.map((one, n) => learnDispersion(one, parts[n]?.stable ?? [], forMs)),
    keys: keys && {
      errors: lookWithTwoKeys(keys.errors, spread.slice(0, 1), atMs, isReweighted),
      latency: lookWithTwoKeys(keys.latency, spread.slice(1), atMs, isReweighted),
    },
    bound: isServing ? addToBound(state.bound, pair) : state.bound,
    byInstance: isAtSplit ? [] : addByInstance(state.byInstance, ofCandidate.growth),
    stable: isServing ? plus(state.stable, pair.stable) : state.stable,
    instances: isAtSplit ? readyOf(sample) : candidate.instances.length,
    ...placeboLook(state.placebo, errors.stable, () => dispersionsOf(state, policy.saved), atMs),
    ...(state.replaced === undefined ? {} : { replaced: state.replaced }),
  };
}

function withoutInstance(
  counters: RevisionCounters,
  replaced: Replacement | undefined,
): RevisionCounters {
  if (replaced === undefined) return counters;
  const instances = counters.instances.filter(({ instance }) => instance !== replaced.instance);
  return { ...counters, instances };
}

function plus(a: SideCounts, b: SideCounts): SideCounts {
  return { requests: a.requests + b.requests, bad: a.bad + b.bad };
}

function readyOf({ candidateInstances }: HealthSample): number {
  return candidateInstances.filter(({ state }) => state === 'ready').length;
}

/** Bad requests of each instance: failed (null), or slower than an edge. One without the edge is left out. */
function countsAt(growth: readonly SideGrowth[], edge: number | null): readonly InstanceCount[] {
  return growth.flatMap(({ requests, errors, within }) => {
    if (edge === null) return [{ requests, bad: errors }];
    const fast = within[edge];
    return fast === null || fast === undefined ? [] : [{ requests, bad: requests - fast }];
  });
}

/**
 * What divides the requests counts by revision: its processes are not the instances whose troubles the second key
 * bears, so the pods behind it count. Null where instances count themselves, or nobody said how many there are.
 */
function podsBehind(sample: HealthSample): { candidate: number; stable: number } | null {
  if (sample.candidate.countedAtSplit !== true) return null;
  const [candidate, stable] = [readyOf(sample), sample.stableInstances ?? 0];
  return candidate > 0 && stable > 0 ? { candidate, stable } : null;
}

function dispersionsOf({ learning }: ComparisonState, saved: SavedDispersion | null) {
  return learning.map((one, n) =>
    dispersionFrom(one, (n === 0 ? saved?.errors : saved?.latency) ?? null),
  );
}

function beginKeys(
  state: ComparisonState,
  saved: SavedDispersion | null,
): NonNullable<ComparisonState['keys']> {
  const dispersions = dispersionsOf(state, saved);
  return {
    errors: beginTwoKeys(dispersions.slice(0, 1)),
    latency: beginTwoKeys(dispersions.slice(1)),
  };
}

/** What is to be kept for the target's next rollout: learnt now, or else what was known before. */
export function dispersionToSave(
  state: ComparisonState,
  saved: SavedDispersion | null,
): SavedDispersion {
  const learnt = state.learning.map((one) => dispersionFrom(one, null));
  const phis = learnt.map(({ phi, source }) => (source === 'learnt' ? phi : null));
  const [errors = null, ...edges] = phis;
  const known = edges.filter((phi) => phi !== null);
  return {
    errors: errors ?? saved?.errors ?? null,
    latency: known.length > 0 ? Math.max(...known) : (saved?.latency ?? null),
  };
}
