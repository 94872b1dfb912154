/** What can be done to an issue, or to a pull request seen as one; each change with its event and its webhook. */
import { invalidField, Problem } from '../problem.js';
import { showAccount } from '../present/account.js';
import { showComment, showIssue, showLabel, showMilestone } from '../present/item.js';
import { showPullSimple } from '../present/pull.js';
import type { Actor, Comment, Edit, Item, Label, PullPart, Repository } from '../state.js';
import type { World } from '../world.js';
import { tell } from './hooks.js';
import { refuseComment, refuseTooLong } from './text-limits.js';

/** Where something happens, and by whom. */
export interface Scene {
  readonly world: World;
  readonly repository: Repository;
  readonly actor: Actor;
}

/** GitHub caps the labels of one item. */
const labelsAtMost = 100;

export function touch({ world }: Scene, item: Item): void {
  item.updatedAtMs = world.clock.now();
}

export function record(
  { world, actor }: Scene,
  item: Item,
  event: string,
  more: Readonly<Record<string, unknown>> = {},
  commitSha: string | null = null,
): void {
  item.events.push({
    id: world.nextId(),
    item: item.number,
    event,
    actor: actor.account,
    app: actor.app,
    atMs: world.clock.now(),
    commitSha,
    more,
  });
}

/** Tells it as `issues` or as `pull_request`, whatever it is. */
export function tellItem(
  scene: Scene,
  item: Item,
  action: string,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const { world, repository, actor } = scene;
  if (item.pull === null) {
    const issue = showIssue(world, repository, item);
    tell(world, repository, actor, 'issues', action, { issue, ...more });
    return;
  }
  tell(world, repository, actor, 'pull_request', action, {
    number: item.number,
    pull_request: showPullForHook(scene, item, item.pull),
    ...more,
  });
}

function showPullForHook({ world, repository }: Scene, item: Item, pull: PullPart) {
  return {
    ...showPullSimple(world, repository, item, pull),
    merged: pull.mergedAtMs !== null,
    mergeable: null,
    rebaseable: null,
    mergeable_state: 'unknown',
    merged_by: pull.mergedBy === null ? null : showAccount(world, pull.mergedBy),
    comments: item.comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 0,
    deletions: 0,
    changed_files: 0,
  };
}

export function findItem(repository: Repository, number: number): Item {
  const item = repository.items.get(number);
  if (item !== undefined) return item;
  const gone = repository.gone.get(number);
  if (gone?.movedTo) {
    throw new Problem(301, 'Moved Permanently', {
      headers: { location: gone.movedTo },
      body: { url: gone.movedTo },
    });
  }
  if (gone !== undefined) throw new Problem(410, 'This issue was deleted');
  throw new Problem(404, 'Not Found');
}

export interface NewItem {
  readonly title: string;
  readonly body?: string | null;
  readonly labels?: readonly string[];
  readonly assignees?: readonly string[];
  readonly milestone?: number | null;
}

/** Makes the item and its events; who makes a pull request tells of it himself. */
export function addItem(scene: Scene, init: NewItem, pull: PullPart | null): Item {
  const { world, repository, actor } = scene;
  const at = world.clock.now();
  const item: Item = {
    id: world.nextId(),
    number: repository.nextNumber,
    author: actor.account,
    app: actor.app,
    createdAtMs: at,
    title: init.title,
    body: init.body ?? null,
    state: 'open',
    stateReason: null,
    labels: [],
    assignees: [],
    milestone: null,
    isLocked: false,
    lockReason: null,
    updatedAtMs: at,
    closedAtMs: null,
    closedBy: null,
    comments: [],
    events: [],
    edits: [],
    linkedBranches: [],
    pull,
  };
  if (init.milestone !== undefined && init.milestone !== null) {
    if (!repository.milestones.has(init.milestone)) throw invalidField('Issue', 'milestone');
    item.milestone = init.milestone;
  }
  repository.nextNumber += 1;
  repository.items.set(item.number, item);
  return item;
}

export function createIssue(scene: Scene, init: NewItem): Item {
  const { repository } = scene;
  if (!repository.hasIssues) throw new Problem(410, 'Issues has been disabled in this repository.');
  if (init.title.trim() === '') throw invalidField('Issue', 'title', 'missing_field');
  refuseUnassignable(repository, init.assignees ?? []);
  refuseTooLong('Issue', init);
  const item = addItem(scene, init, null);
  const labels = (init.labels ?? []).map((name) => ensureLabel(scene, name));
  item.labels = [...new Set(labels.map(({ name }) => name))];
  item.assignees = (init.assignees ?? []).map((login) => scene.world.account(login));
  for (const label of labels) record(scene, item, 'labeled', labelMore(label));
  for (const one of item.assignees) record(scene, item, 'assigned', assigneeMore(scene, one.login));
  tellItem(scene, item, 'opened');
  for (const label of labels) {
    tellItem(scene, item, 'labeled', { label: showLabel(scene.world, repository, label) });
  }
  return item;
}

export interface ItemChange {
  readonly title?: string;
  readonly body?: string | null;
  readonly state?: 'open' | 'closed';
  readonly stateReason?: Item['stateReason'];
  readonly milestone?: number | null;
  /** Replaces the set, as PATCH does. */
  readonly labels?: readonly string[];
  readonly assignees?: readonly string[];
}

/** Once a body is edited, its first text stands at the head of its edits. */
function creationOf(world: World, { author, createdAtMs, body }: Item): Edit {
  return { id: world.nextId(), editor: author, atMs: createdAtMs, diff: body ?? '' };
}

export function editItem(scene: Scene, item: Item, change: ItemChange): void {
  const { world, repository, actor } = scene;
  const { title, body, milestone, labels, assignees } = change;
  refuseTooLong('Issue', { title, body });
  const has = new Set(item.assignees.map(({ login }) => login));
  refuseUnassignable(repository, assignees?.filter((login) => !has.has(login)) ?? []);
  const changes: Record<string, { from: unknown }> = {};
  if (title !== undefined && title !== item.title) {
    if (title.trim() === '') throw invalidField('Issue', 'title', 'missing_field');
    changes['title'] = { from: item.title };
    record(scene, item, 'renamed', { rename: { from: item.title, to: title } });
    item.title = title;
  }
  if (body !== undefined && body !== item.body) {
    changes['body'] = { from: item.body ?? '' };
    if (item.edits.length === 0) item.edits.push(creationOf(world, item));
    item.edits.push({
      id: world.nextId(),
      editor: actor.account,
      atMs: world.clock.now(),
      diff: body ?? '',
    });
    item.body = body;
  }
  if (milestone !== undefined && milestone !== item.milestone) setMilestone(scene, item, milestone);
  if (labels !== undefined) setLabels(scene, item, labels);
  if (assignees !== undefined) setAssignees(scene, item, assignees);
  if (Object.keys(changes).length > 0) {
    touch(scene, item);
    tellItem(scene, item, 'edited', { changes });
  }
  if (change.state !== undefined && change.state !== item.state) {
    setState(scene, item, change.state, change.stateReason ?? null);
  } else if (change.stateReason && item.state === 'closed') {
    item.stateReason = change.stateReason;
    touch(scene, item);
  }
  repository.updatedAtMs = world.clock.now();
}

export function setState(
  scene: Scene,
  item: Item,
  state: 'open' | 'closed',
  reason: Item['stateReason'],
  commitSha: string | null = null,
): void {
  const { world, actor } = scene;
  item.state = state;
  touch(scene, item);
  const isClosed = state === 'closed';
  item.closedAtMs = isClosed ? world.clock.now() : null;
  item.closedBy = isClosed ? actor.account : null;
  if (item.pull === null) item.stateReason = isClosed ? (reason ?? 'completed') : 'reopened';
  const stateReason =
    item.pull === null ? { state_reason: isClosed ? item.stateReason : null } : {};
  record(scene, item, isClosed ? 'closed' : 'reopened', stateReason, commitSha);
  tellItem(scene, item, isClosed ? 'closed' : 'reopened');
}

function setMilestone(scene: Scene, item: Item, number: number | null): void {
  const { world, repository } = scene;
  const old = item.milestone === null ? undefined : repository.milestones.get(item.milestone);
  const next = number === null ? undefined : repository.milestones.get(number);
  if (number !== null && next === undefined) throw invalidField('Issue', 'milestone');
  item.milestone = number;
  touch(scene, item);
  for (const [one, event] of [
    [old, 'demilestoned'],
    [next, 'milestoned'],
  ] as const) {
    if (one === undefined) continue;
    record(scene, item, event, { milestone: { title: one.title } });
    tellItem(scene, item, event, { milestone: showMilestone(world, repository, one) });
  }
}

const labelMore = ({ name, color }: Label) => ({ label: { name, color } });

/** One that is not there is made, as GitHub does when a label is put on an item. */
function ensureLabel({ world, repository }: Scene, name: string): Label {
  const known = repository.labels.get(name.toLowerCase());
  if (known !== undefined) return known;
  const made = { id: world.nextId(), name, color: 'ededed', description: null };
  repository.labels.set(name.toLowerCase(), made);
  return made;
}

export function addLabels(scene: Scene, item: Item, names: readonly string[]): void {
  for (const name of names) {
    const label = ensureLabel(scene, name);
    if (item.labels.includes(label.name)) continue;
    if (item.labels.length >= labelsAtMost) throw invalidField('Issue', 'labels');
    item.labels.push(label.name);
    touch(scene, item);
    record(scene, item, 'labeled', labelMore(label));
    const shown = showLabel(scene.world, scene.repository, label);
    tellItem(scene, item, 'labeled', { label: shown });
  }
}

/** @throws Problem 404 "Label does not exist" when the item does not carry it */
export function removeLabel(scene: Scene, item: Item, name: string): void {
  const label = scene.repository.labels.get(name.toLowerCase());
  if (label === undefined || !item.labels.includes(label.name)) {
    throw new Problem(404, 'Label does not exist');
  }
  item.labels = item.labels.filter((one) => one !== label.name);
  touch(scene, item);
  record(scene, item, 'unlabeled', labelMore(label));
  const shown = showLabel(scene.world, scene.repository, label);
  tellItem(scene, item, 'unlabeled', { label: shown });
}

export function setLabels(scene: Scene, item: Item, names: readonly string[]): void {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  for (const name of [...item.labels]) {
    if (!wanted.has(name.toLowerCase())) removeLabel(scene, item, name);
  }
  addLabels(scene, item, names);
}

const assigneeMore = (scene: Scene, login: string) => ({
  assignee: showAccount(scene.world, scene.world.account(login)),
  assigner: showAccount(scene.world, scene.actor.account),
});

export function isAssignable({ assignable }: Repository, login: string): boolean {
  return assignable === null || assignable.has(login.toLowerCase());
}

/** @throws Problem 422 naming the field, as creating and editing do */
export function refuseUnassignable(repository: Repository, logins: readonly string[]): void {
  const wrong = logins.filter((login) => !isAssignable(repository, login));
  if (wrong.length === 0) return;
  const message = `assignees ${wrong.join(', ')} cannot be assigned to this issue`;
  throw new Problem(422, 'Validation Failed', {
    errors: [{ resource: 'Issue', field: 'assignees', code: 'invalid', message }],
  });
}

export function setAssignees(scene: Scene, item: Item, logins: readonly string[]): void {
  const wanted = new Set(logins.map((login) => login.toLowerCase()));
  const has = new Set(item.assignees.map(({ login }) => login.toLowerCase()));
  const removed = item.assignees.filter(({ login }) => !wanted.has(login.toLowerCase()));
  const added = [...wanted].filter((login) => !has.has(login));
  item.assignees = item.assignees.filter((one) => !removed.includes(one));
  for (const login of added) item.assignees.push(scene.world.account(login));
  const all = [
    ...removed.map(({ login }) => ['unassigned', login] as const),
    ...added.map((login) => ['assigned', login] as const),
  ];
  for (const [event, login] of all) {
    touch(scene, item);
    const more = assigneeMore(scene, login);
    record(scene, item, event, more);
    tellItem(scene, item, event, { assignee: more.assignee });
  }
}

export function addComment(scene: Scene, item: Item, body: string): Comment {
  const { world, actor } = scene;
  refuseComment(body);
  const at = world.clock.now();
  const comment: Comment = {
    id: world.nextId(),
    item: item.number,
    author: actor.account,
    app: actor.app,
    createdAtMs: at,
    body,
    updatedAtMs: at,
  };
  item.comments.push(comment);
  touch(scene, item);
  tellComment(scene, item, comment, 'created');
  return comment;
}

export function tellComment(
  { world, repository, actor }: Scene,
  item: Item,
  comment: Comment,
  action: string,
  more: Readonly<Record<string, unknown>> = {},
): void {
  tell(world, repository, actor, 'issue_comment', action, {
    issue: showIssue(world, repository, item),
    comment: showComment(world, repository, item, comment),
    ...more,
  });
}

export function editComment(scene: Scene, item: Item, comment: Comment, body: string): void {
  refuseComment(body);
  const from = comment.body;
  comment.body = body;
  comment.updatedAtMs = scene.world.clock.now();
  touch(scene, item);
  tellComment(scene, item, comment, 'edited', { changes: { body: { from } } });
}

export function findComment(repository: Repository, id: number): readonly [Item, Comment] {
  for (const item of repository.items.values()) {
    const comment = item.comments.find((one) => one.id === id);
    if (comment !== undefined) return [item, comment];
  }
  throw new Problem(404, 'Not Found');
}
