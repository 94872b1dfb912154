/** What can be done to the labels and milestones of a repository; each change with its webhook. */
import { invalidField, Problem } from '../problem.js';
import { showLabel, showMilestone } from '../present/item.js';
import type { Label, Milestone } from '../state.js';
import { tell } from './hooks.js';
import type { Scene } from './items.js';
import { refuseTooLong } from './text-limits.js';

export interface LabelChange {
  readonly name?: string | undefined;
  readonly color?: string | undefined;
  readonly description?: string | undefined;
}

function tellLabel(scene: Scene, label: Label, action: string, more: object = {}): void {
  const { world, repository, actor } = scene;
  const shown = showLabel(world, repository, label);
  tell(world, repository, actor, 'label', action, { label: shown, ...more });
}

function colorOf(color: string | undefined): string | undefined {
  if (color !== undefined && !/^[0-9a-fA-F]{6}$/.test(color)) throw invalidField('Label', 'color');
  return color;
}

export function createLabel(scene: Scene, init: LabelChange & { readonly name: string }): Label {
  const { labels } = scene.repository;
  const key = init.name.toLowerCase();
  refuseTooLong('Label', { name: init.name });
  if (labels.has(key)) throw invalidField('Label', 'name', 'already_exists');
  const label: Label = {
    id: scene.world.nextId(),
    name: init.name,
    color: colorOf(init.color) ?? 'ededed',
    description: init.description ?? null,
  };
  labels.set(key, label);
  tellLabel(scene, label, 'created');
  return label;
}

/** All that carry it carry its new name; their times of change stay. */
export function editLabel(scene: Scene, label: Label, change: LabelChange): void {
  const { labels, items } = scene.repository;
  const from = { name: label.name, color: label.color, description: label.description ?? '' };
  const name = change.name ?? label.name;
  labels.delete(label.name.toLowerCase());
  for (const item of items.values()) {
    item.labels = item.labels.map((one) => (one === label.name ? name : one));
  }
  label.name = name;
  label.color = colorOf(change.color) ?? label.color;
  label.description = change.description ?? label.description;
  labels.set(name.toLowerCase(), label);
  const now = { name, color: label.color, description: label.description ?? '' };
  tellLabel(scene, label, 'edited', { changes: changesOf(from, now) });
}

export function deleteLabel(scene: Scene, label: Label): void {
  const { labels, items } = scene.repository;
  labels.delete(label.name.toLowerCase());
  for (const item of items.values()) {
    item.labels = item.labels.filter((one) => one !== label.name);
  }
  tellLabel(scene, label, 'deleted');
}

function changesOf<T extends object>(from: T, now: T) {
  const keys = Object.keys(from) as (keyof T)[];
  return Object.fromEntries(
    keys.flatMap((key) => (from[key] === now[key] ? [] : [[key, { from: from[key] }]])),
  );
}

export interface MilestoneChange {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly dueAtMs?: number | undefined;
  readonly state?: string | undefined;
}

function tellMilestone(scene: Scene, one: Milestone, action: string, more: object = {}): void {
  const { world, repository, actor } = scene;
  const milestone = showMilestone(world, repository, one);
  tell(world, repository, actor, 'milestone', action, { milestone, ...more });
}

function apply({ world }: Scene, one: Milestone, change: MilestoneChange): void {
  one.title = change.title ?? one.title;
  one.description = change.description ?? one.description;
  one.dueAtMs = change.dueAtMs ?? one.dueAtMs;
  if (change.state === 'open' || change.state === 'closed') {
    one.state = change.state;
    one.closedAtMs = one.state === 'closed' ? world.clock.now() : null;
  }
  one.updatedAtMs = world.clock.now();
}

export function createMilestone(
  scene: Scene,
  init: MilestoneChange & { readonly title: string },
): Milestone {
  const { world, repository, actor } = scene;
  const { milestones } = repository;
  if ([...milestones.values()].some(({ title }) => title === init.title)) {
    const errors = [{ resource: 'Milestone', code: 'already_exists', field: 'title' }];
    throw new Problem(422, 'Validation Failed', { errors });
  }
  const at = world.clock.now();
  const one: Milestone = {
    ...{ id: world.nextId(), number: Math.max(0, ...milestones.keys()) + 1 },
    ...{ creator: actor.account, createdAtMs: at, updatedAtMs: at },
    ...{ title: init.title, description: null, state: 'open', dueAtMs: null, closedAtMs: null },
  };
  apply(scene, one, init);
  milestones.set(one.number, one);
  tellMilestone(scene, one, 'created');
  return one;
}

export function editMilestone(scene: Scene, one: Milestone, change: MilestoneChange): void {
  const from = { title: one.title, description: one.description ?? '' };
  const was = one.state;
  apply(scene, one, change);
  const changes = changesOf(from, { title: one.title, description: one.description ?? '' });
  if (Object.keys(changes).length > 0) tellMilestone(scene, one, 'edited', { changes });
  if (one.state !== was) tellMilestone(scene, one, one.state === 'closed' ? 'closed' : 'opened');
}

export function deleteMilestone(scene: Scene, one: Milestone): void {
  const { milestones, items } = scene.repository;
  milestones.delete(one.number);
  for (const item of items.values()) {
    if (item.milestone === one.number) item.milestone = null;
  }
  tellMilestone(scene, one, 'deleted');
}
