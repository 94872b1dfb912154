/** A platform: where revisions run, how traffic reaches them, and where their numbers come from. */
import type { Followers } from './followers.js';
import type { HandBack } from './hand-back.js';
import type { MetricSource } from './metric-source.js';
import type { Migrations } from './migrations.js';
import type { Preview } from './preview.js';
import type { TrafficRouter } from './traffic-router.js';
import type { Workload } from './workload.js';

export interface Platform {
  readonly workload: Workload;
  readonly router: TrafficRouter;
  readonly metrics: MetricSource;
  /** Where its revisions are, for queries; absent where it has none. */
  readonly namespace?: string;
  /** Absent where nothing stands beside what is run. */
  readonly followers?: Followers;
  /** Absent where nothing was there before us. */
  readonly handBack?: HandBack;
  /** Absent where nothing can be said before it is done. */
  readonly preview?: Preview;
  /** Absent where none are run. */
  readonly migrations?: Migrations;
}
