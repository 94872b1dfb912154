/** Labels and milestones of a repository. */
import {
  createLabel,
  createMilestone,
  deleteLabel,
  deleteMilestone,
  editLabel,
  editMilestone,
  type MilestoneChange,
} from '../acts/labels.js';
import { notFound } from '../problem.js';
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

function milestoneOf(call: Call): Milestone {
  const found = call.repository().milestones.get(numberParam(call, 'milestone_number'));
  if (found === undefined) throw notFound();
  return found;
}

const shown = (call: Call, label: Label) => showLabel(call.world, call.repository(), label);
const shownMilestone = (call: Call, one: Milestone) =>
  showMilestone(call.world, call.repository(), one);

function milestoneChange(call: Call): MilestoneChange {
  const due = text(call, 'due_on');
  return {
    title: text(call, 'title'),
    description: text(call, 'description'),
    state: text(call, 'state'),
    ...(due === undefined ? {} : { dueAtMs: Date.parse(due) }),
  };
}

export const labelOperations: readonly Operation[] = [
  operation('issues/list-labels-for-repo', `GET ${repo}/labels`, 'issues:read', (call) =>
    paged(call, [...call.repository().labels.values()], (one) => shown(call, one)),
  ),
  operation('issues/create-label', `POST ${repo}/labels`, 'issues:write', (call) => {
    const [color, description] = [text(call, 'color'), text(call, 'description')];
    const init = { name: needed(call, 'name'), color, description };
    return created(shown(call, createLabel(call.scene(), init)));
  }),
  operation('issues/get-label', `GET ${repo}/labels/{+name}`, 'issues:read', (call) =>
    ok(shown(call, labelOf(call))),
  ),
  operation('issues/update-label', `PATCH ${repo}/labels/{+name}`, 'issues:write', (call) => {
    const label = labelOf(call);
    editLabel(call.scene(), label, {
      name: text(call, 'new_name'),
      color: text(call, 'color'),
      description: text(call, 'description'),
    });
    return ok(shown(call, label));
  }),
  operation('issues/delete-label', `DELETE ${repo}/labels/{+name}`, 'issues:write', (call) => {
    deleteLabel(call.scene(), labelOf(call));
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
    const init = { ...milestoneChange(call), title: needed(call, 'title') };
    return created(shownMilestone(call, createMilestone(call.scene(), init)));
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
      editMilestone(call.scene(), one, milestoneChange(call));
      return ok(shownMilestone(call, one));
    },
  ),
  operation(
    'issues/delete-milestone',
    `DELETE ${repo}/milestones/{milestone_number}`,
    'issues:write',
    (call) => {
      deleteMilestone(call.scene(), milestoneOf(call));
      return noContent;
    },
  ),
];
