/** What happened in a repository, in our words: the one signal by which every flow hears of the world. */
import type { RepositoryKey } from '../repository/names.js';
import type { Actor, CheckConclusion } from '../repository/shapes.js';

interface Told {
  /** As it is named now. */
  readonly repository: RepositoryKey;
  /** Who did it; null where the host does not say. */
  readonly actor: Actor | null;
  /**
   * When the object changed, by the host's clock, epoch milliseconds: events are ordered by it and never by arrival.
   * The host tells whole seconds, so two events may share it. Where it tells no time, the time of arrival.
   */
  readonly atMs: number;
  /** GUID of the delivery; the same when it is sent again. */
  readonly delivery: string;
}

/** A branch was created, moved or deleted. */
export interface PushEvent extends Told {
  readonly kind: 'push';
  readonly action: 'created' | 'updated' | 'deleted';
  readonly branch: string;
  /** Null when it did not exist. */
  readonly before: string | null;
  /** Null when it is deleted. */
  readonly after: string | null;
  readonly isForced: boolean;
  readonly isDefaultBranch: boolean;
}

export interface TagEvent extends Told {
  readonly kind: 'tag';
  readonly action: 'created' | 'updated' | 'deleted';
  readonly tag: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** As the host names them, in our letters. An action unknown here arrives as `other`. */
export type PullAction =
  | 'opened'
  | 'edited'
  | 'synchronize'
  | 'labeled'
  | 'unlabeled'
  | 'assigned'
  | 'unassigned'
  | 'milestoned'
  | 'demilestoned'
  | 'reviewRequested'
  | 'reviewRequestRemoved'
  | 'readyForReview'
  | 'convertedToDraft'
  | 'autoMergeEnabled'
  | 'autoMergeDisabled'
  | 'enqueued'
  | 'dequeued'
  | 'closed'
  | 'reopened'
  | 'other';

export interface PullEvent extends Told {
  readonly kind: 'pull';
  readonly action: PullAction;
  readonly number: number;
  readonly title: string;
  readonly author: Actor | null;
  readonly state: 'open' | 'closed';
  readonly isMerged: boolean;
  readonly isDraft: boolean;
  readonly head: {
    readonly ref: string;
    readonly sha: string;
    readonly repository: RepositoryKey | null;
  };
  readonly base: { readonly ref: string; readonly sha: string };
  /** Of the merge, once merged. */
  readonly mergeSha: string | null;
  readonly labels: readonly string[];
  /** For `labeled` and `unlabeled`. */
  readonly label: string | null;
  /** Base before it was edited. */
  readonly previousBase: string | null;
}

export type IssueAction =
  | 'opened'
  | 'edited'
  | 'labeled'
  | 'unlabeled'
  | 'assigned'
  | 'unassigned'
  | 'milestoned'
  | 'demilestoned'
  | 'closed'
  | 'reopened'
  | 'deleted'
  | 'transferred'
  | 'other';

export interface IssueEvent extends Told {
  readonly kind: 'issue';
  readonly action: IssueAction;
  readonly number: number;
  readonly nodeId: string;
  readonly title: string;
  readonly author: Actor | null;
  readonly state: 'open' | 'closed';
  readonly stateReason: string | null;
  readonly labels: readonly string[];
  readonly label: string | null;
  /** Markers of ours in its body. */
  readonly itemMarkers: readonly string[];
  /** Of everything that is kept the same in files (`digestFields`): by it the sync knows its own echo. */
  readonly fieldsDigest?: string;
}

/** A comment on an issue or on a pull request's conversation. */
export interface CommentEvent extends Told {
  readonly kind: 'comment';
  readonly action: 'created' | 'edited' | 'deleted';
  readonly number: number;
  readonly isPull: boolean;
  readonly commentId: number;
  readonly author: Actor | null;
  /** Its beginning, {@link longestBody} characters at most, and behind it every marker of ours further down. */
  readonly body: string;
  /** Markers of ours in the body of the issue or pull request itself. */
  readonly itemMarkers: readonly string[];
}

/** A review of a pull request, or a comment or thread of one. */
export interface ReviewEvent extends Told {
  readonly kind: 'review';
  readonly action: 'submitted' | 'edited' | 'dismissed' | 'commented' | 'resolved' | 'unresolved';
  readonly number: number;
  /** Branch that the pull request is to go into. */
  readonly base: string | null;
  readonly author: Actor | null;
  /** Null for comments and threads. */
  readonly state: 'approved' | 'changes_requested' | 'commented' | 'dismissed' | null;
  readonly sha: string | null;
}

/** A check run, a check suite or a commit status. */
export interface CheckEvent extends Told {
  readonly kind: 'check';
  readonly source: 'check' | 'suite' | 'status';
  readonly action: 'created' | 'completed' | 'rerequested' | 'requestedAction' | 'other';
  /** Empty for a suite. */
  readonly name: string;
  readonly sha: string;
  readonly appId: number | null;
  /** Ours says what it belongs to; empty elsewhere. */
  readonly externalId: string;
  /** Null while it runs. */
  readonly conclusion: CheckConclusion | null;
  /** Open ones of this repository with that head, as far as the host says; a fork's are missing. */
  readonly pulls: readonly number[];
  /** Branches with this head where the host says so. */
  readonly branches: readonly string[];
  /** Branches that those pull requests are to go into; the default branch where the host names none. */
  readonly bases: readonly string[];
}

/** A workflow run of the host waits for our word before it deploys. */
export interface ProtectionRequestedEvent extends Told {
  readonly kind: 'deploymentProtection';
  readonly environment: string;
  readonly runId: number;
  readonly sha: string | null;
  readonly ref: string | null;
  readonly deploymentId: number | null;
}

/** A person reviewed a waiting deployment at the host. */
export interface DeploymentReviewEvent extends Told {
  readonly kind: 'deploymentReview';
  readonly action: 'approved' | 'rejected';
  readonly environments: readonly string[];
  readonly runId: number;
  readonly sha: string;
  /** Its beginning, {@link longestBody} characters at most. */
  readonly comment: string;
}

export interface DeploymentEvent extends Told {
  readonly kind: 'deployment';
  readonly action: 'created' | 'status';
  readonly deploymentId: number;
  readonly environment: string;
  readonly sha: string;
  readonly ref: string;
  /** For `status`. */
  readonly state: string | null;
}

export interface ReleaseEvent extends Told {
  readonly kind: 'release';
  readonly action:
    | 'created'
    | 'edited'
    | 'published'
    | 'unpublished'
    | 'prereleased'
    | 'released'
    | 'deleted'
    | 'other';
  readonly releaseId: number;
  readonly tag: string;
  readonly target: string;
  readonly isDraft: boolean;
  readonly isPrerelease: boolean;
  /** Digest as `sha256:…` where the host knows it. */
  readonly assets: readonly { readonly name: string; readonly digest: string | null }[];
}

export interface MergeGroupEvent extends Told {
  readonly kind: 'mergeGroup';
  readonly action: 'checksRequested' | 'destroyed';
  readonly headSha: string;
  readonly headRef: string;
  readonly baseSha: string;
  readonly baseRef: string;
  /** For `destroyed`: merged, invalidated or dequeued. */
  readonly reason: string | null;
}

export interface LabelEvent extends Told {
  readonly kind: 'label';
  readonly action: 'created' | 'edited' | 'deleted';
  readonly name: string;
  readonly previousName: string | null;
}

export interface MilestoneEvent extends Told {
  readonly kind: 'milestone';
  readonly action: 'created' | 'edited' | 'opened' | 'closed' | 'deleted';
  readonly number: number;
  readonly title: string;
}

/** The repository itself: its name, its owner, its settings. */
export interface RepositoryChangedEvent extends Told {
  readonly kind: 'repository';
  /** `added` and `removed`: to or from our care. */
  readonly action:
    | 'added'
    | 'removed'
    | 'created'
    | 'edited'
    | 'renamed'
    | 'transferred'
    | 'archived'
    | 'unarchived'
    | 'deleted'
    | 'other';
  /** For `renamed` and `transferred`. */
  readonly previous: RepositoryKey | null;
  readonly defaultBranch: string | null;
}

/** Classic protection or a ruleset was changed by somebody. */
export interface ProtectionChangedEvent extends Told {
  readonly kind: 'protection';
  readonly action: 'created' | 'edited' | 'deleted';
  readonly source: 'classic' | 'ruleset';
  /** Pattern or name of the rule. */
  readonly name: string;
}

/** Somebody asked for something by name: `repository_dispatch`, or `workflow_dispatch` with its file's path. */
export interface DispatchEvent extends Told {
  readonly kind: 'dispatch';
  readonly source: 'repository' | 'workflow';
  readonly name: string;
  /** Branch or tag, without `refs/…/`. */
  readonly ref: string;
  /** Its plain values (texts, numbers, booleans), as texts. */
  readonly payload: Readonly<Record<string, string>>;
}

export type RepositoryEvent =
  | PushEvent
  | TagEvent
  | PullEvent
  | IssueEvent
  | CommentEvent
  | ReviewEvent
  | CheckEvent
  | ProtectionRequestedEvent
  | DeploymentReviewEvent
  | DeploymentEvent
  | ReleaseEvent
  | MergeGroupEvent
  | LabelEvent
  | MilestoneEvent
  | RepositoryChangedEvent
  | ProtectionChangedEvent
  | DispatchEvent;

/** Repositories came into our care or left it. */
export interface InstallationEvent {
  readonly kind: 'installation';
  readonly action: 'added' | 'removed' | 'suspended' | 'unsuspended' | 'other';
  readonly repositories: readonly RepositoryKey[];
  readonly actor: Actor | null;
  readonly atMs: number;
  readonly delivery: string;
}

/** Nothing for us in it: an event that nobody here asks for, or a payload without what makes it one. */
export interface IgnoredEvent {
  readonly kind: 'ignored';
  readonly reason: string;
}

/** Longer bodies of comments are cut: signals are kept in histories. */
export const longestBody = 2000;
