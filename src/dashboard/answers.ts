/** Answers of the API in the words of the domain, where its schemas say less. */
import type { Why as ToldWhy } from '../api/schemas/why.js';
import type { WatchSummary } from '../domain/analysis/explain-watch.js';
import type { Verdict } from '../domain/analysis/verdict.js';

export type Why = Omit<ToldWhy, 'verdict'> & { readonly verdict: Verdict | null };

export interface RunningWatch {
  readonly rolloutId: string;
  /** Null while nothing is watched. */
  readonly watch: WatchSummary | null;
}
