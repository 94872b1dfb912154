/** Why a pull request is not merged, in the words that people read in comments, queries and lists. */
import type { MergeDecision } from './decide.js';

/** One sentence. @example 'not merged: build is running; 0 of 1 approvals' */
export function explainMerge(decision: MergeDecision): string {
  switch (decision.kind) {
    case 'ready':
      return 'ready: everything that is required has succeeded';
    case 'over':
      return decision.reasons.map(({ text }) => text).join('; ');
    case 'waits':
    case 'behind':
    case 'blocked':
      return `not merged: ${decision.reasons.map(({ text }) => text).join('; ')}`;
  }
}

/** What somebody can do about it, in order; empty where it ends by itself. */
export function nextForMerge(decision: MergeDecision): readonly string[] {
  if (decision.kind === 'ready') return [];
  return [...new Set(decision.reasons.flatMap(({ next }) => (next === null ? [] : [next])))];
}

/** Only the host's own work is missing, which takes it seconds. */
export function isSettling(decision: MergeDecision): boolean {
  return (
    decision.kind === 'waits' &&
    decision.reasons.every(({ code }) => code === 'mergeableUnknown' || code === 'staleResults')
  );
}
