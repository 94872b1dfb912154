/** Everything the activities ask of the world, handed over once at the start of a worker. */
import type { RolloutPlace } from '../domain/deployment-mirror/rollout.js';
import { Failure } from '../domain/failures.js';
import type { ApprovalTickets } from '../ports/approval-ticket.js';
import type { EvidenceStore } from '../ports/evidence.js';
import type { CodeHost } from '../ports/code-host/code-host.js';
import type { Flows } from '../ports/flows.js';
import type { Gate } from '../ports/gate.js';
import type { IssueTree } from '../ports/issue-tree.js';
import type { AuditTrail, Ledger } from '../ports/ledger.js';
import type { MergeTrees } from '../ports/merge-trees.js';
import type { Orchestrator } from '../ports/orchestrator.js';
import type { PhaseLog } from '../ports/phase-log.js';
import type { Platform } from '../ports/platform.js';
import type { PolicyBook } from '../ports/policy-book.js';
import type { ReleaseDesk } from '../ports/release-desk.js';
import type { SeriesSource } from '../ports/series-source.js';
import type { WorkerFleet } from '../ports/worker-fleet.js';

export interface ActivityPorts {
  /** By the name that the configuration gives them. */
  readonly platforms: Readonly<Record<string, Platform>>;
  /** By the name that the configuration gives them; absent: none. */
  readonly series?: Readonly<Record<string, SeriesSource>>;
  /** Absent: this worker is not told of one. */
  readonly codeHost?: CodeHost;
  /** Absent: as {@link codeHost}. */
  readonly mergeTrees?: MergeTrees;
  /** By a clone of the worker's own. Absent: as {@link codeHost}. */
  readonly issueTree?: IssueTree;
  /** Without a clone. Absent: as {@link codeHost}. */
  readonly issueTreeOverApi?: IssueTree;
  /** Absent where there is no code host. */
  readonly policies?: PolicyBook;
  /** Absent where there is no code host. */
  readonly flows?: Flows;
  /** Absent where there is no code host. */
  readonly releases?: ReleaseDesk;
  /** Absent: releases are not shown elsewhere. */
  readonly phaseLog?: PhaseLog;
  /** Where a rollout that belongs to no release is shown, null: nowhere. Absent where there is no code host. */
  readonly placeOfRollout?: (rolloutId: string) => Promise<RolloutPlace | null>;
  readonly gate: Gate;
  readonly evidence: EvidenceStore;
  readonly ledger: Ledger;
  /** The same as a chain. Absent: nobody looks whether it is whole. */
  readonly trail?: Pick<AuditTrail, 'head' | 'lines'>;
  /** Whose record it is; absent as the trail. */
  readonly project?: string;
  readonly orchestrator: Orchestrator;
  /** Absent: this worker has no say in upgrades. */
  readonly workerFleet?: WorkerFleet;
  readonly tickets: ApprovalTickets;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** @throws NotFound naming the platforms that this worker has */
export function platformOf(ports: ActivityPorts, name: string): Platform {
  const platform = ports.platforms[name];
  if (platform) return platform;
  throw new Failure('NotFound', `this worker has no platform "${name}"`, {
    where: `platforms.${name}`,
    limit: Object.keys(ports.platforms).join(', ') || 'none',
    next: 'add it to sluice.yaml and restart the worker',
  });
}

/** @throws NotFound when this worker has no code host */
export function codeHostOf({ codeHost }: ActivityPorts): CodeHost {
  if (codeHost) return codeHost;
  throw new Failure('NotFound', 'this worker has no code host', {
    where: 'github',
    next: 'add github: to sluice.yaml and restart the worker',
  });
}

/** @throws NotFound when this worker reads no policies */
export function policyBookOf({ policies }: ActivityPorts): PolicyBook {
  if (policies) return policies;
  throw new Failure('NotFound', 'this worker reads no policies of repositories', {
    where: 'repository',
    next: 'add github: to sluice.yaml and restart the worker',
  });
}

/** @throws NotFound when this worker has none */
export function mergeTreesOf({ mergeTrees }: ActivityPorts): MergeTrees {
  if (mergeTrees) return mergeTrees;
  throw new Failure('NotFound', 'this worker cannot work out merges', {
    where: 'github',
    next: 'add github: to sluice.yaml and restart the worker',
  });
}

/** @param mode of the repository's policy @throws NotFound when this worker has none */
export function issueTreeOf(ports: ActivityPorts, mode: 'push' | 'api' | 'pull'): IssueTree {
  const issueTree = mode === 'api' ? ports.issueTreeOverApi : ports.issueTree;
  if (issueTree) return issueTree;
  throw new Failure('NotFound', 'this worker keeps no files the same as issues', {
    where: 'github',
    next: 'add github: to sluice.yaml and restart the worker',
  });
}

/** @throws NotFound when this worker carries no word between workflows */
export function flowsOf({ flows }: ActivityPorts): Flows {
  if (flows) return flows;
  throw new Failure('NotFound', 'this worker knows no workflows of repositories', {
    where: 'github',
    next: 'add github: to sluice.yaml and restart the worker',
  });
}

/** @throws NotFound when this worker starts no releases */
export function releaseDeskOf({ releases }: ActivityPorts): ReleaseDesk {
  if (releases) return releases;
  throw new Failure('NotFound', 'this worker starts no releases', {
    where: 'github',
    next: 'add github: to sluice.yaml and restart the worker',
  });
}
