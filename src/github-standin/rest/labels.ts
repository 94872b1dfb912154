/** Labels and milestones of a repository. */
import { invalidField, notFound, Problem } from '../problem.js';
import { showLabel, showMilestone } from '../present/item.js';
import type { Label, Milestone } from '../state.js';
import {
  type Call,
  created,
  needed,
  noContent,
  numberParam,
  ok,
  type Operation,
  operation,
  paged,
  text,
} from './call.js';

const repo = '/repos/{owner}/{repo}';

function labelOf(call: Call): Label {
  const found = call.repository().labels.get((call.params['name'] ?? '').toLowerCase());
  if (found === undefined) throw notFound();
  return found;
}

function colorOf(call: Call): string | undefined {
  const color = text(call, 'color');
  if (color !== undefined && !/^[0-9a-fA-F]{6}$/.test(color)) throw invalidField('Label', 'color');
  return color;
}

function milestoneOf(call: Call): Milestone {
  const found = call.repository().milestones.get(numberParam(call, 'milestone_number'));
  if (found === undefined) throw notFound();
  return found;
}

const shown = (call: Call, label: Label) => showLabel(call.world, call.repository(), label);
const shownMilestone = (call: Call, one: Milestone) =>
  showMilestone(call.world, call.repository(), one);

function changeMilestone(call: Call, one: Milestone): void {
  one.title = text(call, 'title') ?? one.title;
  one.description = text(call, 'description') ?? one.description;
  const due = text(call, 'due_on');
  if (due !== undefined) one.dueAtMs = Date.parse(due);
  const state = text(call, 'state');
  if (state === 'open' || state === 'closed') {
    one.state = state;
    one.closedAtMs = state === 'closed' ? call.world.clock.now() : null;
  }
  one.updatedAtMs = call.world.clock.now();
}

export const labelOperations: readonly Operation[] = [
  operation('issues/list-labels-for-repo', `GET ${repo}/labels`, 'issues:read', (call) =>
    paged(call, [...call.repository().labels.values()], (one) => shown(call, one)),
  ),
  operation('issues/create-label', `POST ${repo}/labels`, 'issues:write', (call) => {
    const { labels } = call.repository();
    const name = needed(call, 'name');
    if (labels.has(name.toLowerCase())) throw invalidField('Label', 'name', 'already_exists');
    const label: Label = {
      id: call.world.nextId(),
      name,
      color: colorOf(call) ?? 'ededed',
      description: text(call, 'description') ?? null,
    };
    labels.set(name.toLowerCase(), label);
    return created(shown(call, label));
  }),
  operation('issues/get-label', `GET ${repo}/labels/{+name}`, 'issues:read', (call) =>
    ok(shown(call, labelOf(call))),
  ),
  operation('issues/update-label', `PATCH ${repo}/labels/{+name}`, 'issues:write', (call) => {
    const repository = call.repository();
    const label = labelOf(call);
    const name = text(call, 'new_name') ?? label.name;
    repository.labels.delete(label.name.toLowerCase());
    for (const item of repository.items.values()) {
      item.labels = item.labels.map((one) => (one === label.name ? name : one));
    }
    label.name = name;
    label.color = colorOf(call) ?? label.color;
    label.description = text(call, 'description') ?? label.description;
    repository.labels.set(name.toLowerCase(), label);
    return ok(shown(call, label));
  }),
  operation('issues/delete-label', `DELETE ${repo}/labels/{+name}`, 'issues:write', (call) => {
    const repository = call.repository();
    const label = labelOf(call);
    repository.labels.delete(label.name.toLowerCase());
    for (const item of repository.items.values()) {
      item.labels = item.labels.filter((one) => one !== label.name);
    }
    return noContent;
  }),
  operation('issues/list-milestones', `GET ${repo}/milestones`, 'issues:read', (call) => {
    const state = call.query['state'] ?? 'open';
    const rows = [...call.repository().milestones.values()];
    return paged(
      call,
      rows.filter((one) => state === 'all' || one.state === state),
      (one) => shownMilestone(call, one),
    );
  }),
  operation('issues/create-milestone', `POST ${repo}/milestones`, 'issues:write', (call) => {
    const { milestones } = call.repository();
    const title = needed(call, 'title');
    if ([...milestones.values()].some((one) => one.title === title)) {
      throw new Problem(422, 'Validation Failed', {
        errors: [{ resource: 'Milestone', code: 'already_exists', field: 'title' }],
      });
    }
    const at = call.world.clock.now();
    const one: Milestone = {
      id: call.world.nextId(),
      number: milestones.size + 1,
      creator: call.actor.account,
      createdAtMs: at,
      title,
      description: null,
      state: 'open',
      dueAtMs: null,
      closedAtMs: null,
      updatedAtMs: at,
    };
    changeMilestone(call, one);
    milestones.set(one.number, one);
    return created(shownMilestone(call, one));
  }),
  operation(
    'issues/get-milestone',
    `GET ${repo}/milestones/{milestone_number}`,
    'issues:read',
    (call) => ok(shownMilestone(call, milestoneOf(call))),
  ),
  operation(
    'issues/update-milestone',
    `PATCH ${repo}/milestones/{milestone_number}`,
    'issues:write',
    (call) => {
      const one = milestoneOf(call);
      changeMilestone(call, one);
      return ok(shownMilestone(call, one));
    },
  ),
  operation(
    'issues/delete-milestone',
    `DELETE ${repo}/milestones/{milestone_number}`,
    'issues:write',
    (call) => {
      const one = milestoneOf(call);
      call.repository().milestones.delete(one.number);
      for (const item of call.repository().items.values()) {
        if (item.milestone === one.number) item.milestone = null;
      }
      return noContent;
    },
  ),
];
