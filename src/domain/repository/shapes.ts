/** What a code host holds, in our words: as much of it as a decision needs. */
import type { RepositoryKey } from './names.js';

export interface Actor {
  readonly login: string;
  readonly kind: 'person' | 'bot';
}

export interface Branch {
  /** Without `refs/heads/`. */
  readonly name: string;
  readonly sha: string;
  /** Of the last commit. */
  readonly committedAtMs: number;
  /** Of the last commit: login where the host knows it. */
  readonly author: { readonly login: string | null; readonly name: string };
  /** Classic protection or a ruleset that forbids deletion or update. */
  readonly isProtected: boolean;
  /** Numbers of open pull requests from it or into it. */
  readonly openPulls: readonly number[];
}

/** An issue, or a pull request seen as one. */
export interface Item {
  readonly number: number;
  readonly nodeId: string;
  readonly isPull: boolean;
  readonly isDraft: boolean;
  /** Only people with write access may comment. */
  readonly isLocked: boolean;
  /** Issue type (`Bug`); null without one and for pull requests. */
  readonly type: string | null;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly stateReason: string | null;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly milestone: { readonly number: number; readonly title: string } | null;
  readonly author: Actor;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly closedAtMs: number | null;
  readonly url: string;
}

export interface Comment {
  readonly id: number;
  readonly author: Actor;
  readonly body: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** One line of an item's timeline; kinds as the host names them (`labeled`, `reopened`, `reviewed`, `committed`, …). */
export interface ItemEvent {
  readonly id: string;
  readonly kind: string;
  readonly actor: Actor | null;
  readonly atMs: number;
  /** For `labeled` and `unlabeled`. */
  readonly label: string | null;
}

/** As lists tell of it. */
export interface PullSummary extends Item {
  readonly head: {
    readonly ref: string;
    readonly sha: string;
    /** Null when the fork is gone. */
    readonly repository: RepositoryKey | null;
  };
  readonly base: { readonly ref: string; readonly sha: string };
  readonly isMerged: boolean;
  /** Of the commit that the merge made; null before. */
  readonly mergeSha: string | null;
}

export interface Pull extends PullSummary {
  /** Null while the host has not worked it out: ask again. */
  readonly isMergeable: boolean | null;
  /** The host's own summary: `clean`, `blocked`, `behind`, `dirty`, `unstable`, `draft`, `unknown`. */
  readonly mergeState: string;
  /** Of commits, also beyond those that are listed. */
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

export interface PullFile {
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: 'added' | 'modified' | 'removed' | 'renamed' | 'other';
  readonly additions: number;
  readonly deletions: number;
}

export interface Commit {
  readonly sha: string;
  readonly treeSha: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: { readonly login: string | null; readonly name: string };
  readonly committedAtMs: number;
}

export type CheckConclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required'
  | 'stale';

/** A check run or a commit status: whatever may be required of a commit. */
export interface CheckResult {
  readonly name: string;
  readonly source: 'check' | 'status';
  /** App that reported it; null for statuses and where unknown. */
  readonly appId: number | null;
  /** Null: it has not ended. */
  readonly conclusion: CheckConclusion | null;
  readonly url: string | null;
}

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly sha: string;
  readonly externalId: string;
  readonly conclusion: CheckConclusion | null;
}

export interface Review {
  readonly author: Actor;
  readonly state: 'approved' | 'changes_requested' | 'commented' | 'dismissed' | 'pending';
  readonly sha: string;
  readonly atMs: number;
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly environment: string;
  readonly task: string;
  /** What its creator put there; ours carries the release's id. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export type DeploymentState =
  | 'queued'
  | 'pending'
  | 'in_progress'
  | 'success'
  | 'failure'
  | 'error'
  | 'inactive';

/** What a merge into a branch needs, from classic protection and rulesets together. */
export interface BranchRules {
  readonly requiredChecks: readonly { readonly name: string; readonly appId: number | null }[];
  /** Checks must have run on a head that holds the base's newest commit. */
  readonly requiresUpToDate: boolean;
  readonly requiredApprovals: number;
  readonly mergeMethods: readonly ('merge' | 'squash' | 'rebase')[];
  readonly usesMergeQueue: boolean;
}
