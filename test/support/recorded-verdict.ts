/** A verdict with its record, made the way a watch makes it: look by look through the judge. */
import type { HealthPolicy } from '../../src/domain/analysis/health-policy.js';
import { judge } from '../../src/domain/analysis/judge.js';
import {
  afterReplacement,
  instanceToReplace,
  observeRecorded,
  replacementIn,
} from '../../src/domain/analysis/replacement.js';
import type { EvidenceRecord } from '../../src/domain/analysis/replay.js';
import type { Observation } from '../../src/domain/analysis/sample.js';
import {
  beginWatch,
  observe,
  openWindow,
  type WatchStep,
} from '../../src/domain/analysis/watch.js';

export interface Watched {
  readonly looks: readonly Observation[];
  readonly step: WatchStep;
  readonly health: HealthPolicy;
  /** So many of the newest looks are kept; left out: all. */
  readonly kept?: number;
  /** From a look to its judgement. */
  readonly judgedAfterMs?: number;
}

/**
 * As it is read from a file, after its way through JSON; null when the looks ended without a verdict. An instance that is
 * to be replaced is.
 */
export function recordOf({
  looks,
  step,
  health,
  kept = Infinity,
  judgedAfterMs = 0,
}: Watched): EvidenceRecord | null {
  let state = openWindow(beginWatch(null), step);
  let from = state;
  const observations: Observation[] = [];
  for (const one of looks) {
    state = observe(state, one, health);
    observations.push(one);
    const oldest = observations.length > kept ? observations.shift() : undefined;
    if (oldest) from = observeRecorded(from, oldest, health, replacementIn(state));
    const verdict = judge(state, one.atMs + judgedAfterMs, health);
    if (verdict === null) continue;
    const instance = instanceToReplace(verdict, state, health);
    if (instance !== null) {
      state = afterReplacement(state, instance);
      continue;
    }
    const replaced = replacementIn(state);
    const named = { subject: 'rollout:checkout:production:3', candidate: 'candidate' };
    const { weight } = step;
    const record = {
      ...named,
      stable: null,
      weight,
      health,
      from,
      observations,
      replaced,
      verdict,
    };
    return JSON.parse(JSON.stringify(record)) as EvidenceRecord;
  }
  return null;
}
