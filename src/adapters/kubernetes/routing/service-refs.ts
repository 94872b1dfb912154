/** The Services of a split's two revisions, for routings that look at what those select. */
import type { Split } from '../../../domain/rollout/split.js';
import { kinds } from '../objects.js';
import type { Backends, BesideRef } from './routing.js';

/** @returns stable's, then the candidate's */
export function serviceRefs(split: Split, backends: Backends): readonly (BesideRef | null)[] {
  return [split.stable, split.candidate].map((revision) => {
    return revision === null ? null : { kind: kinds.service, name: backends.serviceOf(revision) };
  });
}
