/** Mutations of issues, their comments and their labels. */
import {
  addComment,
  addLabels,
  createIssue,
  editComment,
  editItem,
  findComment,
  refuseUnassignable,
  removeLabel,
  setAssignees,
  setState,
} from '../acts/items.js';
import { createLabel } from '../acts/labels.js';
import { deleteIssue, transferIssue } from '../acts/transfer.js';
import { parseNodeId } from '../node-id.js';
import type { Item } from '../state.js';
import { type Context, repositoryById, sceneIn } from './context.js';
import { found, id, type Input, labelsOf, loginsOf, milestoneOf, text } from './inputs.js';
import { commentView, itemView, labelView } from './item-views.js';

/** Those that GitHub counts as content made. */
export const contentFields: ReadonlySet<string> = new Set([
  'createIssue',
  'addComment',
  'updateIssueComment',
  'createPullRequest',
  'addPullRequestReview',
]);

function changeAssignees(context: Context, input: Input, isAdded: boolean): object {
  const { item, scene, repository, view } = found(context, input, 'assignableId');
  const named = loginsOf(context, input['assigneeIds']);
  const has = item.assignees.map(({ login }) => login);
  if (isAdded) refuseUnassignable(repository, named);
  const gone = new Set(named);
  setAssignees(scene, item, isAdded ? [...has, ...named] : has.filter((one) => !gone.has(one)));
  return { assignable: view };
}

function updateIssue(context: Context, input: Input): object {
  const { item, scene, repository, view } = found(context, input, 'id');
  const [title, body, state] = [text(input, 'title'), text(input, 'body'), text(input, 'state')];
  const { labelIds, assigneeIds, milestoneId } = input;
  editItem(scene, item, {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { body }),
    ...(state === undefined ? {} : { state: state === 'OPEN' ? 'open' : 'closed' }),
    ...(labelIds ? { labels: labelsOf(repository, labelIds) } : {}),
    ...(assigneeIds ? { assignees: loginsOf(context, assigneeIds) } : {}),
    ...(milestoneId === undefined ? {} : { milestone: milestoneOf(repository, milestoneId) }),
  });
  return { issue: view };
}

export const issueMutations: Readonly<
  Record<string, (context: Context, input: Input) => object | Promise<object>>
> = {
  createIssue: (context, input) => {
    const repository = repositoryById(context, id(input, 'repositoryId'));
    const item = createIssue(sceneIn(context, repository), {
      title: id(input, 'title'),
      body: text(input, 'body') ?? null,
      labels: labelsOf(repository, input['labelIds']),
      assignees: loginsOf(context, input['assigneeIds']),
      milestone: milestoneOf(repository, input['milestoneId'] ?? null),
    });
    return { issue: () => itemView(context, repository, item) };
  },
  updateIssue,
  closeIssue: (context, input) => {
    const { item, scene, view } = found(context, input, 'issueId');
    const reason = text(input, 'stateReason')?.toLowerCase() as Item['stateReason'] | undefined;
    if (item.state === 'open') setState(scene, item, 'closed', reason ?? 'completed');
    else if (reason != null && reason !== item.stateReason) {
      editItem(scene, item, { stateReason: reason });
    }
    return { issue: view };
  },
  reopenIssue: (context, input) => {
    const { item, scene, view } = found(context, input, 'issueId');
    if (item.state === 'closed') setState(scene, item, 'open', null);
    return { issue: view };
  },
  deleteIssue: (context, input) => {
    const { item, scene } = found(context, input, 'issueId');
    deleteIssue(scene, item);
    return {};
  },
  transferIssue: (context, input) => {
    const { item, scene } = found(context, input, 'issueId');
    const target = repositoryById(context, id(input, 'repositoryId'));
    const moved = transferIssue(scene, item, target, input['createLabelsIfMissing'] === true);
    return { issue: () => itemView(context, target, moved) };
  },
  addComment: (context, input) => {
    const { item, scene, repository, view } = found(context, input, 'subjectId');
    const one = addComment(scene, item, id(input, 'body'));
    const node = commentView(context, repository, item, one);
    return { subject: view, commentEdge: { cursor: '', node } };
  },
  updateIssueComment: (context, input) => {
    const own = id(input, 'id');
    const repository = repositoryById(context, own);
    const [item, one] = findComment(repository, Number(parseNodeId(own)?.parts[2]));
    editComment(sceneIn(context, repository), item, one, id(input, 'body'));
    return { issueComment: commentView(context, repository, item, one) };
  },
  addLabelsToLabelable: (context, input) => {
    const { item, scene, repository, view } = found(context, input, 'labelableId');
    addLabels(scene, item, labelsOf(repository, input['labelIds']));
    return { labelable: view };
  },
  removeLabelsFromLabelable: (context, input) => {
    const { item, scene, repository, view } = found(context, input, 'labelableId');
    for (const name of labelsOf(repository, input['labelIds'])) {
      if (item.labels.includes(name)) removeLabel(scene, item, name);
    }
    return { labelable: view };
  },
  addAssigneesToAssignable: (context, input) => changeAssignees(context, input, true),
  removeAssigneesFromAssignable: (context, input) => changeAssignees(context, input, false),
  createLabel: (context, input) => {
    const repository = repositoryById(context, id(input, 'repositoryId'));
    const { name, ...rest } = {
      ...{ name: id(input, 'name'), color: text(input, 'color') },
      description: text(input, 'description'),
    };
    const label = createLabel(sceneIn(context, repository), { name, ...rest });
    return { label: labelView(repository, label.name) };
  },
};
