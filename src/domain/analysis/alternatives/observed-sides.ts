/** From looks at cumulative counters to the intervals that named judges read. */
import { isMissed, type Observation, type RevisionCounters } from '../sample.js';
import { growSide, type SideGrowth, type SideMark } from '../side-counters.js';
import { type Interval, noIncrease, type SideIncrease, sumOfSides } from './interval.js';

/** JSON-serialisable; about 100 bytes an instance, and as much again for a histogram. */
export interface ObservedSides {
  /** Empty where no judge asks for latency, or no histogram has been seen. */
  readonly edgesMs: readonly number[];
  /** Null before the first look that saw something. */
  readonly marks: {
    readonly candidate: readonly SideMark[];
    readonly stable: readonly SideMark[];
  } | null;
}

export const nothingObserved: ObservedSides = { edgesMs: [], marks: null };

/**
 * What the look adds, and what is marked now. The first look only marks where both sides are.
 * @param hasHistogram whether latency is asked for
 */
export function intervalOf(
  state: ObservedSides,
  observation: Observation,
  hasHistogram: boolean,
): { readonly interval: Interval; readonly state: ObservedSides } {
  const { atMs } = observation;
  if (isMissed(observation)) {
    const { missed } = observation;
    return { interval: { atMs, candidate: null, stable: null, missed }, state };
  }
  const { candidate, stable } = observation;
  const edgesMs =
    hasHistogram && state.edgesMs.length === 0 ? edgesOf(candidate, stable) : state.edgesMs;
  // Marks without the edges would make a histogram of all times look like one of this look.
  const known = edgesMs === state.edgesMs ? state.marks : null;
  const newcomers = known === null ? 'wait' : 'count';
  const ofCandidate = growSide(known?.candidate ?? [], candidate, edgesMs, newcomers);
  const ofStable = growSide(
    known?.stable ?? [],
    stable ?? { revision: '', instances: [] },
    edgesMs,
    'wait',
  );
  const interval = {
    atMs,
    candidate: isCounted(candidate) ? sumOf(ofCandidate.growth) : null,
    stable: stable !== null && isCounted(stable) ? sumOf(ofStable.growth) : null,
    ...(edgesMs.length === 0 ? {} : { edgesMs }),
  };
  return {
    interval,
    state: { edgesMs, marks: { candidate: ofCandidate.marks, stable: ofStable.marks } },
  };
}

/** Of what divides the requests, one that shows nothing of a revision says that it answered nothing. */
function isCounted({ instances, countedAtSplit }: RevisionCounters): boolean {
  return instances.length > 0 || countedAtSplit === true;
}

function edgesOf(...sides: readonly (RevisionCounters | null)[]): readonly number[] {
  const instances = sides.flatMap((side) => side?.instances ?? []);
  const buckets = instances.find((one) => one.buckets.length > 0)?.buckets ?? [];
  return buckets.map(({ leMs }) => leMs).filter((edge) => Number.isFinite(edge));
}

/** An instance without one of the edges has no histogram, and with it the side. */
function sumOf(growth: readonly SideGrowth[]): SideIncrease {
  return growth.reduce<SideIncrease>((sum, { requests, errors, within }) => {
    const counts = within.filter((count) => count !== null);
    const isWhole = within.length > 0 && counts.length === within.length;
    return sumOfSides(sum, { requests, errors, ...(isWhole ? { within: counts } : {}) });
  }, noIncrease);
}
