/** An issue or pull request on its way to being closed, and the sweep that finds them, as operators see them. */
import type { RepositoryKey } from '../repository/names.js';
import type { StaleDecision } from './decide.js';

export type StaleItemStage =
  /** Waits for its turn to be marked. */
  | 'queued'
  | 'marked'
  | 'closed'
  /** The mark is gone, by activity or by a person's word. */
  | 'unmarked'
  /** Nothing is to be done about it any more. */
  | 'left'
  | 'planned'
  | 'stuck';

export interface StaleItemStory {
  readonly atMs: number;
  readonly text: string;
}

export interface StaleItemView {
  readonly repository: RepositoryKey;
  readonly number: number;
  readonly isPull: boolean;
  readonly stage: StaleItemStage;
  readonly reason: string;
  /** When it goes on by itself; null: by an event or a command only. */
  readonly nextAtMs: number | null;
  readonly isDryRun: boolean;
  /** Oldest first, the newest 20. */
  readonly story: readonly StaleItemStory[];
  /** Would be accepted now. */
  readonly commands: readonly string[];
}

export interface StaleItemResult {
  readonly outcome: 'closed' | 'unmarked' | 'left' | 'planned';
  readonly reason: string;
}

/** What a pass would do or does about one item. */
export interface PlannedItem {
  readonly number: number;
  readonly isPull: boolean;
  readonly decision: StaleDecision;
  /** Its turn; null where nothing is written. */
  readonly slotAtMs: number | null;
}

export interface StaleSweepView {
  readonly repository: RepositoryKey;
  readonly isDryRun: boolean;
  /** Null before the first. */
  readonly passAtMs: number | null;
  readonly nextAtMs: number | null;
  /** Of the last pass, at most 200. */
  readonly plan: readonly PlannedItem[];
  /** There was more to do than one pass takes. */
  readonly isCut: boolean;
  readonly looked: number;
  /** Reason → how many. */
  readonly exempt: Readonly<Record<string, number>>;
  /** Items that have a workflow of their own, as far as this one knows. */
  readonly watched: number;
  readonly trouble: string | null;
  readonly commands: readonly string[];
}
