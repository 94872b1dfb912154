/** Mutations of issues and pull requests. */
import {
  addComment,
  addLabels,
  createIssue,
  editComment,
  editItem,
  findComment,
  record,
  removeLabel,
  setState,
  tellItem,
} from '../acts/items.js';
import { mergeIfWaiting } from '../acts/checks.js';
import { type MergeMethod, mergePull, pullOf } from '../acts/pulls.js';
import { ruleBlock } from '../acts/verdicts.js';
import { nodeId, parseNodeId } from '../node-id.js';
import { Problem } from '../problem.js';
import type { Item, Repository } from '../state.js';
import { type Context, itemById, repositoryById, sceneIn, time, unresolved } from './context.js';
import { commentView, itemView } from './item-views.js';

type Input = Readonly<Record<string, unknown>>;

const text = (input: Input, name: string) =>
  typeof input[name] === 'string' ? input[name] : undefined;
const id = (input: Input, name: string) => text(input, name) ?? '';

function labelsOf(repository: Repository, ids: unknown): string[] {
  return ((ids ?? []) as string[]).map((each) => {
    const number = Number(parseNodeId(each)?.parts[1]);
    const label = [...repository.labels.values()].find((one) => one.id === number);
    if (label === undefined) throw unresolved(each);
    return label.name;
  });
}

function found(context: Context, input: Input, name: string) {
  const [repository, item] = itemById(context, id(input, name));
  const scene = sceneIn(context, repository);
  return { repository, item, scene, view: () => itemView(context, repository, item) };
}

function checkHead(input: Input, item: Item): void {
  const expected = text(input, 'expectedHeadOid');
  if (expected !== undefined && expected !== pullOf(item).headSha) {
    throw new Problem(409, 'Head branch was modified. Review and try the merge again.', {
      type: 'UNPROCESSABLE',
    });
  }
}

async function mergePullRequest(context: Context, input: Input): Promise<object> {
  const { item, scene, view } = found(context, input, 'pullRequestId');
  checkHead(input, item);
  const title = text(input, 'commitHeadline');
  const message = text(input, 'commitBody');
  await mergePull(scene, item, {
    method: (text(input, 'mergeMethod') ?? 'MERGE').toLowerCase() as MergeMethod,
    ...(title === undefined ? {} : { title }),
    ...(message === undefined ? {} : { message }),
  });
  return { pullRequest: view, actor: null };
}

async function enableAutoMerge(context: Context, input: Input): Promise<object> {
  const { item, scene, repository, view } = found(context, input, 'pullRequestId');
  const pull = pullOf(item);
  checkHead(input, item);
  if (!repository.allowsAutoMerge) {
    throw new Problem(422, 'Auto merge is not allowed for this repository');
  }
  if (ruleBlock(context.world, repository, pull) === null) {
    throw new Problem(422, 'Pull request is in clean status');
  }
  pull.autoMerge = {
    by: context.actor.account,
    method: (text(input, 'mergeMethod') ?? 'MERGE').toLowerCase() as MergeMethod,
    title: text(input, 'commitHeadline') ?? null,
    message: text(input, 'commitBody') ?? null,
    atMs: context.world.clock.now(),
  };
  record(scene, item, 'auto_merge_enabled');
  tellItem(scene, item, 'auto_merge_enabled');
  await mergeIfWaiting(scene, item);
  return { pullRequest: view };
}

function enqueue(context: Context, input: Input): object {
  const { item, scene, repository, view } = found(context, input, 'pullRequestId');
  checkHead(input, item);
  const pull = pullOf(item);
  pull.queue ??= { id: context.world.nextId(), atMs: context.world.clock.now() };
  const { queue } = pull;
  record(scene, item, 'added_to_merge_queue');
  tellItem(scene, item, 'enqueued');
  const waiting = [...repository.items.values()]
    .filter((one) => one.pull?.queue != null)
    .sort((a, b) => (a.pull?.queue?.id ?? 0) - (b.pull?.queue?.id ?? 0));
  return {
    mergeQueueEntry: {
      id: nodeId('MQE', repository.id, queue.id),
      enqueuedAt: time(queue.atMs),
      position: waiting.indexOf(item) + 1,
      state: 'QUEUED',
      jump: false,
      solo: false,
      pullRequest: view,
    },
  };
}

function dequeue(context: Context, input: Input): object {
  const { item, scene } = found(context, input, 'id');
  pullOf(item).queue = null;
  record(scene, item, 'removed_from_merge_queue');
  tellItem(scene, item, 'dequeued', { reason: 'MANUAL' });
  return { mergeQueueEntry: null };
}

export const itemMutations: Readonly<
  Record<string, (context: Context, input: Input) => object | Promise<object>>
> = {
  createIssue: (context, input) => {
    const repository = repositoryById(context, id(input, 'repositoryId'));
    const item = createIssue(sceneIn(context, repository), {
      title: id(input, 'title'),
      body: text(input, 'body') ?? null,
      labels: labelsOf(repository, input['labelIds']),
    });
    return { issue: () => itemView(context, repository, item) };
  },
  updateIssue: (context, input) => {
    const { item, scene, repository, view } = found(context, input, 'id');
    const [title, body, state] = [text(input, 'title'), text(input, 'body'), text(input, 'state')];
    const labels = input['labelIds'] ? labelsOf(repository, input['labelIds']) : undefined;
    editItem(scene, item, {
      ...(title === undefined ? {} : { title }),
      ...(body === undefined ? {} : { body }),
      ...(state === undefined ? {} : { state: state === 'OPEN' ? 'open' : 'closed' }),
      ...(labels === undefined ? {} : { labels }),
    });
    return { issue: view };
  },
  closeIssue: (context, input) => {
    const { item, scene, view } = found(context, input, 'issueId');
    const reason = text(input, 'stateReason')?.toLowerCase() as Item['stateReason'] | undefined;
    if (item.state === 'open') setState(scene, item, 'closed', reason ?? 'completed');
    return { issue: view };
  },
  deleteIssue: (context, input) => {
    const { item, scene, repository } = found(context, input, 'issueId');
    repository.items.delete(item.number);
    repository.gone.set(item.number, { movedTo: null });
    tellItem(scene, item, 'deleted');
    return {};
  },
  reopenIssue: (context, input) => {
    const { item, scene, view } = found(context, input, 'issueId');
    if (item.state === 'closed') setState(scene, item, 'open', null);
    return { issue: view };
  },
  addComment: (context, input) => {
    const { item, scene, repository, view } = found(context, input, 'subjectId');
    const one = addComment(scene, item, id(input, 'body'));
    return {
      subject: view,
      commentEdge: { cursor: '', node: commentView(context, repository, item, one) },
    };
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
  markPullRequestReadyForReview: (context, input) => {
    const { item, scene, view } = found(context, input, 'pullRequestId');
    pullOf(item).isDraft = false;
    record(scene, item, 'ready_for_review');
    tellItem(scene, item, 'ready_for_review');
    return { pullRequest: view };
  },
  convertPullRequestToDraft: (context, input) => {
    const { item, scene, view } = found(context, input, 'pullRequestId');
    pullOf(item).isDraft = true;
    record(scene, item, 'convert_to_draft');
    tellItem(scene, item, 'converted_to_draft');
    return { pullRequest: view };
  },
  mergePullRequest,
  enablePullRequestAutoMerge: enableAutoMerge,
  disablePullRequestAutoMerge: (context, input) => {
    const { item, scene, view } = found(context, input, 'pullRequestId');
    pullOf(item).autoMerge = null;
    record(scene, item, 'auto_merge_disabled');
    tellItem(scene, item, 'auto_merge_disabled', { reason: 'Disabled by user' });
    return { pullRequest: view };
  },
  enqueuePullRequest: enqueue,
  dequeuePullRequest: dequeue,
};
