/** The host's side of a sync in memory: it remembers edits and refuses what it does not know. */
import {
  canonicalBody,
  canonicalFields,
  hostBody,
  markersIn,
} from '../../../src/domain/issue-sync/canon.js';
import type { HostChange, HostCreation } from '../../../src/domain/issue-sync/issue-plan.js';
import { without } from '../../../src/domain/issue-sync/merge-sets.js';
import type {
  FieldName,
  HostState,
  IssueComment,
  IssueFields,
  IssueHistory,
} from '../../../src/domain/issue-sync/shapes.js';
import { newRepository, type Repository } from './tree.js';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export interface ModelIssue {
  readonly number: number;
  readonly author: string;
  readonly fields: Mutable<IssueFields>;
  markers: readonly string[];
  readonly createdAtMs: number;
  updatedAtMs: number;
  readonly bodies: { editor: string | null; atMs: number; text: string | null }[];
  readonly titles: IssueHistory['titles'][number][];
  readonly milestones: IssueHistory['milestones'][number][];
  readonly states: IssueHistory['states'][number][];
  comments: IssueComment[];
  gone: 'deleted' | 'moved' | null;
}

export interface ModelPull {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  state: 'open' | 'closed';
  mergeSha: string | null;
}

export interface World {
  nowMs: number;
  nextId: number;
  readonly issues: Map<number, ModelIssue>;
  readonly pulls: Map<number, ModelPull>;
  readonly repository: Repository;
  /** Whether refs beside branches and tags may be made there. */
  isOwnRefTaken: boolean;
  /** What changed something there, by the sync. */
  hostWrites: number;
  /** What was recorded of it. */
  readonly ledger: string[];
  /** Conclusions by commit. */
  readonly checks: Map<string, string | null>;
}

export const sync = 'sluice[bot]';
export const key = { owner: 'acme', name: 'shop' };

export function newWorld(): World {
  return {
    nowMs: 1_000_000_000_000,
    nextId: 1,
    issues: new Map(),
    pulls: new Map(),
    repository: newRepository(),
    isOwnRefTaken: true,
    hostWrites: 0,
    ledger: [],
    checks: new Map(),
  };
}

export function addIssue(
  world: World,
  fields: IssueFields,
  by: string,
  markers: readonly string[] = [],
): ModelIssue {
  const number = world.nextId++;
  const issue: ModelIssue = {
    number,
    author: by,
    fields: { ...canonicalFields(fields) },
    markers,
    createdAtMs: world.nowMs,
    updatedAtMs: world.nowMs,
    bodies: [{ editor: by, atMs: world.nowMs, text: hostBody(fields.body, markers) }],
    ...{ titles: [], milestones: [], states: [] },
    comments: [],
    gone: null,
  };
  world.issues.set(number, issue);
  return issue;
}

export function setBody(world: World, issue: ModelIssue, body: string, by: string): void {
  issue.fields.body = canonicalBody(body);
  issue.bodies.push({
    editor: by,
    atMs: world.nowMs,
    text: hostBody(issue.fields.body, issue.markers),
  });
  issue.updatedAtMs = world.nowMs;
}

export function setTitle(world: World, issue: ModelIssue, title: string, by: string): void {
  issue.titles.push({ actor: by, atMs: world.nowMs, from: issue.fields.title, to: title });
  issue.fields.title = title;
  issue.updatedAtMs = world.nowMs;
}

export function setMilestone(
  world: World,
  issue: ModelIssue,
  milestone: string | null,
  by: string,
): void {
  issue.milestones.push({
    actor: by,
    atMs: world.nowMs,
    from: issue.fields.milestone,
    to: milestone,
  });
  issue.fields.milestone = milestone;
  issue.updatedAtMs = world.nowMs;
}

export function setState(
  world: World,
  issue: ModelIssue,
  to: Pick<IssueFields, 'state' | 'reason'>,
  by: string,
): void {
  const { fields, states } = issue;
  const from = { state: fields.state, reason: fields.reason };
  states.push({ actor: by, atMs: world.nowMs, from, to });
  Object.assign(fields, to);
  issue.updatedAtMs = world.nowMs;
}

export function addComment(
  world: World,
  issue: ModelIssue,
  body: string,
  by: string,
  markers: readonly string[] = [],
) {
  const comment = {
    id: world.nextId++,
    author: by,
    body: canonicalBody(body),
    createdAtMs: world.nowMs,
    updatedAtMs: world.nowMs,
    markers,
  };
  issue.comments.push(comment);
  issue.updatedAtMs = world.nowMs;
  return comment;
}

export function readIssue(world: World, number: number): HostState {
  const issue = world.issues.get(number);
  if (issue === undefined || issue.gone === 'deleted') return { kind: 'deleted', number };
  if (issue.gone === 'moved') return { kind: 'moved', number, to: 'acme/other', toNumber: number };
  return {
    kind: 'issue',
    id: `I_${number}`,
    number,
    fields: { ...issue.fields },
    markers: issue.markers,
    author: issue.author,
    createdAtMs: issue.createdAtMs,
    updatedAtMs: issue.updatedAtMs,
    commentCount: issue.comments.length,
    url: `https://example.org/${number}`,
  };
}

export function historyOf(world: World, number: number): IssueHistory {
  const issue = world.issues.get(number);
  const { bodies = [], titles = [], milestones = [], states = [] } = issue ?? {};
  return {
    ...{ bodies: [...bodies], titles: [...titles] },
    ...{ milestones: [...milestones], states: [...states] },
  };
}

/** Names beginning with `no-` are not known to the host. */
export const isKnown = (name: string): boolean => !name.startsWith('no-');

/** What it refused, by field. */
export function writeIssue(world: World, change: HostChange): Partial<Record<FieldName, string>> {
  const issue = world.issues.get(change.number);
  const refused: Partial<Record<FieldName, string>> = {};
  if (issue === undefined || issue.gone !== null) return refused;
  world.hostWrites += 1;
  const { fields } = issue;
  if (change.title !== undefined) setTitle(world, issue, change.title, sync);
  if (change.body !== undefined) {
    issue.markers = markersIn(change.body);
    setBody(world, issue, change.body, sync);
  }
  if (change.reason !== undefined || change.state !== undefined) {
    const state = change.state ?? fields.state;
    const reason = state === 'open' ? null : (change.reason ?? 'completed');
    if (state !== fields.state || reason !== fields.reason) {
      setState(world, issue, { state, reason }, sync);
    }
  }
  const { addLabels = [], removeLabels = [], addAssignees = [], removeAssignees = [] } = change;
  fields.labels = [...without(fields.labels, removeLabels), ...addLabels];
  fields.assignees = [
    ...without(fields.assignees, removeAssignees),
    ...addAssignees.filter(isKnown),
  ];
  if (!addAssignees.every(isKnown)) refused.assignees = 'no such login';
  if (change.milestone !== undefined) {
    if (change.milestone === null || isKnown(change.milestone)) {
      setMilestone(world, issue, change.milestone, sync);
    } else refused.milestone = 'no such milestone';
  }
  Object.assign(fields, canonicalFields(fields));
  issue.updatedAtMs = world.nowMs;
  return refused;
}

export function createIssue(world: World, creation: HostCreation): number {
  const { title, body, labels, assignees, milestone, marker } = creation;
  world.hostWrites += 1;
  const fields: IssueFields = {
    ...{ title, body, labels, state: 'open', reason: null },
    assignees: assignees.filter(isKnown),
    milestone: milestone !== null && isKnown(milestone) ? milestone : null,
  };
  return addIssue(world, fields, sync, [marker]).number;
}
