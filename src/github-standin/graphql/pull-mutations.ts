/** Mutations of pull requests. */
import { record, tellItem } from '../acts/items.js';
import { mergeIfWaiting } from '../acts/checks.js';
import { type MergeMethod, mergePull, pullOf } from '../acts/pulls.js';
import { ruleBlock } from '../acts/verdicts.js';
import { nodeId } from '../node-id.js';
import { Problem } from '../problem.js';
import type { Item } from '../state.js';
import { type Context, time } from './context.js';
import { found, type Input, text } from './inputs.js';

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

export const pullMutations: Readonly<
  Record<string, (context: Context, input: Input) => object | Promise<object>>
> = {
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
