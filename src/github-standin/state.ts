/** What the stand-in remembers, in GitHub's words: plain records that the acts change and the presenters show. */
import type { GitStore } from './git/store.js';

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
  readonly name: string;
  readonly email: string;
}

/** Who is asking: an account, perhaps through an app that may only what it was granted. */
export interface Actor {
  readonly account: Account;
  readonly app: App | null;
  /** Null: a person's token, which may everything. */
  readonly permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>> | null;
  /** What a rate limit counts by. */
  readonly token: string;
}

export interface App {
  readonly id: number;
  readonly clientId: string;
  readonly slug: string;
  readonly name: string;
  readonly bot: Account;
  readonly owner: Account;
  /** PEM with which its JWTs are checked. */
  readonly publicKey: string;
  readonly permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  readonly createdAtMs: number;
  hook: Hook | null;
}

export interface Installation {
  readonly id: number;
  readonly app: App;
  readonly account: Account;
  readonly permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  readonly createdAtMs: number;
}

export interface Label {
  readonly id: number;
  name: string;
  color: string;
  description: string | null;
}

export interface Milestone {
  readonly id: number;
  readonly number: number;
  readonly creator: Account;
  readonly createdAtMs: number;
  title: string;
  description: string | null;
  state: 'open' | 'closed';
  dueAtMs: number | null;
  closedAtMs: number | null;
  updatedAtMs: number;
}

export interface Comment {
  readonly id: number;
  readonly item: number;
  readonly author: Account;
  readonly app: App | null;
  readonly createdAtMs: number;
  body: string;
  updatedAtMs: number;
}

export interface TimelineEvent {
  readonly id: number;
  readonly item: number;
  readonly event: string;
  readonly actor: Account;
  readonly app: App | null;
  readonly atMs: number;
  readonly commitSha: string | null;
  /** What its kind adds: label, assignee, milestone, rename, … */
  readonly more: Readonly<Record<string, unknown>>;
}

export interface Edit {
  readonly id: number;
  readonly editor: Account;
  readonly atMs: number;
  readonly diff: string;
}

/** An issue; with `pull`, a pull request. */
export interface Item {
  readonly id: number;
  readonly number: number;
  readonly author: Account;
  readonly app: App | null;
  readonly createdAtMs: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'reopened' | 'duplicate' | null;
  labels: string[];
  assignees: Account[];
  milestone: number | null;
  isLocked: boolean;
  lockReason: string | null;
  updatedAtMs: number;
  closedAtMs: number | null;
  closedBy: Account | null;
  comments: Comment[];
  events: TimelineEvent[];
  edits: Edit[];
  linkedBranches: { readonly id: number; readonly ref: string }[];
  readonly pull: PullPart | null;
}

export interface PullPart {
  readonly headRef: string;
  headSha: string;
  baseRef: string;
  baseSha: string;
  isDraft: boolean;
  mergedAtMs: number | null;
  mergedBy: Account | null;
  /** The real one, after it was merged. */
  mergeSha: string | null;
  /** What was worked out for a pair of head and base; null until then. */
  test: { readonly of: string; readonly isMergeable: boolean; readonly sha: string | null } | null;
  /** How often the mergeability of `of` was asked for before it was known. */
  asked: { readonly of: string; times: number } | null;
  reviews: Review[];
  requestedReviewers: Account[];
  autoMerge: {
    readonly by: Account;
    readonly method: 'merge' | 'squash' | 'rebase';
    readonly title: string | null;
    readonly message: string | null;
    readonly atMs: number;
  } | null;
  queue: { readonly id: number; readonly atMs: number } | null;
}

export interface Review {
  readonly id: number;
  readonly author: Account;
  readonly sha: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  body: string;
  readonly atMs: number;
}

export interface CheckRun {
  readonly id: number;
  readonly suite: number;
  readonly app: App;
  readonly sha: string;
  name: string;
  status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending';
  conclusion: string | null;
  externalId: string;
  detailsUrl: string | null;
  startedAtMs: number | null;
  completedAtMs: number | null;
  output: { title: string | null; summary: string | null; text: string | null };
  annotations: Record<string, unknown>[];
}

export interface Status {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: Account;
  readonly atMs: number;
}

/** Logins and slugs. */
export interface Who {
  readonly users: readonly string[];
  readonly teams: readonly string[];
  readonly apps: readonly string[];
}

/** Classic protection of one branch, as its PUT says it. */
export interface ClassicProtection {
  checks: {
    strict: boolean;
    checks: { context: string; app_id: number | null }[];
  } | null;
  reviews: {
    count: number;
    dismissStale: boolean;
    codeOwners: boolean;
    lastPush: boolean;
    dismissal: Who | null;
    bypass: Who | null;
  } | null;
  restrictions: Who | null;
  enforceAdmins: boolean;
  linearHistory: boolean;
  allowForcePushes: boolean;
  allowDeletions: boolean;
  blockCreations: boolean;
  conversationResolution: boolean;
  lockBranch: boolean;
  allowForkSyncing: boolean;
  signatures: boolean;
}

export interface Ruleset {
  readonly id: number;
  name: string;
  target: 'branch' | 'tag' | 'push';
  enforcement: 'disabled' | 'active' | 'evaluate';
  conditions: { ref_name?: { include?: string[]; exclude?: string[] } };
  rules: { type: string; parameters?: Record<string, unknown> }[];
  bypassActors: Record<string, unknown>[];
  readonly createdAtMs: number;
  updatedAtMs: number;
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: unknown;
  readonly isTransient: boolean;
  readonly isProduction: boolean;
  readonly creator: Account;
  readonly createdAtMs: number;
  updatedAtMs: number;
  statuses: DeploymentStatus[];
}

export interface DeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly environment: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly creator: Account;
  readonly atMs: number;
}

/** A workflow run that waits for a custom protection rule. */
export interface WaitingRun {
  readonly id: number;
  readonly environment: string;
  readonly deployment: number;
  answers: { readonly state: string; readonly comment: string; readonly by: string }[];
}

export interface Hook {
  readonly id: number;
  readonly createdAtMs: number;
  updatedAtMs: number;
  active: boolean;
  events: string[];
  config: { url: string; content_type: string; insecure_ssl: string; secret: string | null };
  deliveries: Delivery[];
}

export interface Delivery {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly repositoryId: number | null;
  readonly installationId: number | null;
  readonly atMs: number;
  readonly redelivery: boolean;
  readonly payload: unknown;
  readonly requestHeaders: Readonly<Record<string, string>>;
  durationS: number;
  /** 0 without an answer. */
  statusCode: number;
  status: string;
  responseHeaders: Readonly<Record<string, string>>;
  responseText: string;
}

export interface Repository {
  readonly id: number;
  readonly owner: Account;
  readonly git: GitStore;
  readonly createdAtMs: number;
  name: string;
  defaultBranch: string;
  description: string | null;
  isArchived: boolean;
  isPrivate: boolean;
  hasIssues: boolean;
  deletesBranchOnMerge: boolean;
  allowsAutoMerge: boolean;
  mergeMethods: { merge: boolean; squash: boolean; rebase: boolean };
  updatedAtMs: number;
  pushedAtMs: number;
  nextNumber: number;
  readonly labels: Map<string, Label>;
  readonly milestones: Map<number, Milestone>;
  readonly items: Map<number, Item>;
  /** Numbers that were: deleted (410) or moved (301). */
  readonly gone: Map<number, { readonly movedTo: string | null }>;
  readonly statuses: Map<string, Status[]>;
  readonly checkRuns: CheckRun[];
  readonly protections: Map<string, ClassicProtection>;
  readonly rulesets: Map<number, Ruleset>;
  readonly deployments: Map<number, Deployment>;
  readonly waitingRuns: Map<number, WaitingRun>;
  readonly hooks: Map<number, Hook>;
  /** Lower-case logins that an issue may be assigned to; null: whoever is named. */
  assignable: Set<string> | null;
  readonly collaborators: Map<string, 'read' | 'triage' | 'write' | 'maintain' | 'admin'>;
  readonly activities: {
    readonly id: number;
    readonly ref: string;
    readonly before: string;
    readonly after: string;
    readonly atMs: number;
    readonly type: string;
    readonly actor: Account;
  }[];
  readonly dispatches: {
    readonly workflow: string;
    readonly ref: string;
    readonly inputs: unknown;
  }[];
  releases: Release[];
}

export interface Release {
  readonly id: number;
  readonly author: Account;
  readonly createdAtMs: number;
  publishedAtMs: number | null;
  tag: string;
  target: string;
  name: string | null;
  body: string | null;
  isDraft: boolean;
  isPrerelease: boolean;
}
