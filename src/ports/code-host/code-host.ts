/** All that is asked of a code host, by subject. */
import type { Checks } from './checks.js';
import type { Contents } from './contents.js';
import type { Deliveries } from './deliveries.js';
import type { Deployments } from './deployments.js';
import type { Items } from './items.js';
import type { Protection } from './protection.js';
import type { Pulls } from './pulls.js';
import type { Refs } from './refs.js';
import type { SyncedIssues } from './synced-issues.js';

export interface CodeHost {
  readonly refs: Refs;
  readonly items: Items;
  readonly syncedIssues: SyncedIssues;
  readonly pulls: Pulls;
  readonly checks: Checks;
  readonly deployments: Deployments;
  readonly contents: Contents;
  readonly protection: Protection;
  readonly deliveries: Deliveries;
  /** Login under which we write; what it wrote is never activity. */
  readonly ownLogin: () => Promise<string>;
}
