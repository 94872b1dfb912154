/** Both sides of a sync in memory: a tree with its past, and a host that remembers edits and refuses what it does not know. */
import {
  canonicalBody,
  canonicalFields,
  hostBody,
  markersIn,
} from '../../../src/domain/issue-sync/canon.js';
import type { HostChange, HostCreation } from '../../../src/domain/issue-sync/issue-plan.js';
import { without } from '../../../src/domain/issue-sync/merge-sets.js';
import type {
  BaseRecord,
  FieldName,
  HostState,
  IssueComment,
  IssueFields,
  IssueHistory,
} from '../../../src/domain/issue-sync/shapes.js';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export interface ModelIssue {
  readonly number: number;
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

export interface Snapshot {
  readonly id: number;
  readonly parent: number | null;
  readonly files: ReadonlyMap<string, string>;
}

export interface TrailStep {
  readonly sha: string;
  readonly message: string;
  readonly writes: readonly { readonly path: string; readonly text: string | null }[];
}

export interface World {
  nowMs: number;
  nextId: number;
  readonly issues: Map<number, ModelIssue>;
  readonly snapshots: Snapshot[];
  head: Snapshot;
  readonly records: Map<number, BaseRecord>;
  /** Commit that the records belong to; null before the first pass. */
  syncedHead: number | null;
  readonly trail: TrailStep[];
  hostWrites: number;
}

export const sync = 'sluice[bot]';
export const repository = 'acme/shop';

export function newWorld(): World {
  const first: Snapshot = { id: 1, parent: null, files: new Map() };
  return {
    nowMs: 1_000_000_000_000,
    nextId: 1,
    issues: new Map(),
    snapshots: [first],
    head: first,
    records: new Map(),
    syncedHead: null,
    trail: [],
    hostWrites: 0,
  };
}

export function commitFiles(
  world: World,
  writes: readonly { readonly path: string; readonly text: string | null }[],
): void {
  const files = new Map(world.head.files);
  for (const { path, text } of writes) {
    if (text === null) files.delete(path);
    else files.set(path, text);
  }
  world.head = { id: world.snapshots.length + 1, parent: world.head.id, files };
  world.snapshots.push(world.head);
}

export function isAncestor(world: World, id: number): boolean {
  for (
    let at: number | null = world.head.id;
    at !== null;
    at = world.snapshots[at - 1]?.parent ?? null
  ) {
    if (at === id) return true;
  }
  return false;
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
    author: 'ada',
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
const isKnown = (name: string): boolean => !name.startsWith('no-');

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
  const made = [...world.issues.values()].find(
    ({ markers, gone }) => gone === null && markers.includes(marker),
  );
  if (made !== undefined) return made.number;
  world.hostWrites += 1;
  const fields: IssueFields = {
    ...{ title, body, labels, state: 'open', reason: null },
    assignees: assignees.filter(isKnown),
    milestone: milestone !== null && isKnown(milestone) ? milestone : null,
  };
  return addIssue(world, fields, sync, [marker]).number;
}
