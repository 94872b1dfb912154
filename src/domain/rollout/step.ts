/** The steps that a strategy expands to: absolute values, so that each can be done twice and printed before it is done. */
import type { MigrationSpec } from './migration.js';
import type { HeaderRoute } from './split.js';
import type { RolloutTiming, SmokeTest, Strategy, WebhookGate } from './strategy.js';

/** How long health is judged at a step before the rollout goes on. */
export interface WatchWindow {
  /** Counted from the moment the step's weight is seen on the platform. */
  readonly minimumMs: number;
  /** Undecided then, the health policy decides; null: for ever, until resumed. */
  readonly maximumMs: number | null;
  /**
   * `elapsed`: goes on when the time is over and nothing failed (a pause);
   * `judged`: goes on when the limits of success are seen to be kept (an analysis);
   * `resumed`: goes on only when somebody says so.
   */
  readonly until: 'elapsed' | 'judged' | 'resumed';
}

export type Step =
  /** Run the migration of the candidate to its end; always first, and never on the way back. */
  | { readonly kind: 'migrate'; readonly title: string; readonly migration: MigrationSpec }
  /** Bring the candidate to its capacity, then shift traffic, watching health from before the shift until the window's end. */
  | {
      readonly kind: 'shift';
      readonly title: string;
      readonly instances: number;
      readonly weight: number;
      readonly headerRoute: HeaderRoute | null;
      /** Per cent of the requests that are copied to the candidate, at weight 0; absent: none. */
      readonly mirror?: number;
      /** Null: nothing is judged, for emergencies and for going back. */
      readonly window: WatchWindow | null;
    }
  | { readonly kind: 'watch'; readonly title: string; readonly window: WatchWindow }
  | { readonly kind: 'smoke'; readonly title: string; readonly smoke: SmokeTest }
  | { readonly kind: 'webhook'; readonly title: string; readonly webhook: WebhookGate }
  /** The candidate becomes the stable revision; nothing is started anew. Always last. */
  | { readonly kind: 'promote'; readonly title: string };

export interface RolloutPlan {
  readonly strategy: Strategy['kind'] | 'install' | 'switchBack';
  /** The last one is `promote`, the last shift before it has weight 100. */
  readonly steps: readonly Step[];
  readonly timing: RolloutTiming;
  /** Instances of the service at full scale. */
  readonly fullScale: number;
}
