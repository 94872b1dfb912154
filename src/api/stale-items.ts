/** Stale issues and pull requests over HTTP: those on their way, what a pass would do, why, and people's word about them. */
import { WithStartWorkflowOperation } from '@temporalio/client';
import {
  parseRepositoryWorkflowId,
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import type { explainStaleItem } from '../workflows/repository/explain-stale-item-workflow.js';
import type { sweepStaleItems } from '../workflows/repository/sweep-stale-items-workflow.js';
import {
  staleSweepId,
  sweepItemsNowUpdate,
} from '../workflows/repository/sweep-stale-items-messages.js';
import {
  cancelItemUpdate,
  closeItemUpdate,
  keepItemUpdate,
  readStaleItemQuery,
} from '../workflows/repository/watch-stale-item-messages.js';
import { needsAttentionKey, phaseKey, repositoryKey } from '../workflows/search-attributes.js';
import { defineOperation } from './operation.js';
import { phaseOf } from './releases.js';
import { repositoryPathParams } from './schemas/branch.js';
import { commandAccepted, commandBody } from './schemas/command.js';
import { noQuery } from './schemas/names.js';
import {
  itemPathParams,
  staleExplanation,
  type StaleItemList,
  staleItemList,
  staleItemListQuery,
  staleItemView,
  staleSweepView,
} from './schemas/stale-item.js';
import { answerOf, startOf } from './short-workflow.js';
import { readView, sendCommand } from './temporal.js';
import { attributeIs, isRunning, listVisible, typeIs } from './visibility.js';

const keyOf = ({ owner, name }: RepositoryKey): RepositoryKey => ({ owner, name });
const base = '/v1/repositories/{owner}/{name}/stale-items';
const onItem = { tag: 'repositories', params: itemPathParams, query: noQuery } as const;

const listStaleItems = defineOperation({
  id: 'listStaleItems',
  method: 'get',
  path: base,
  tag: 'repositories',
  summary: 'List issues and pull requests that are marked as stale or about to be',
  description: 'From an index that may lag behind by a second.',
  scope: 'read',
  lane: 'read',
  params: repositoryPathParams,
  query: staleItemListQuery,
  body: null,
  success: { status: 200, description: 'One page.', schema: staleItemList },
  failures: [],
  async handle({ params, query }, deps) {
    const path = repositoryPath(keyOf(params));
    const conditions = [
      ...[typeIs(workflowTypes.watchItem), isRunning],
      ...attributeIs(repositoryKey, path),
    ];
    const page = await listVisible(deps, conditions, query);
    const items = page.items.map((row) => {
      const number = Number(parseRepositoryWorkflowId(row.workflowId).what);
      return {
        number,
        phase: phaseOf(row.attribute(phaseKey)),
        needsAttention: row.attribute(needsAttentionKey),
        startedAtMs: row.startedAtMs,
        location: `/v1/repositories/${path}/stale-items/${number}`,
      };
    });
    const body: StaleItemList = { items, nextCursor: page.nextCursor };
    return { body };
  },
});

const planStaleItems = defineOperation({
  id: 'planStaleItems',
  method: 'get',
  path: `${base}/plan`,
  tag: 'repositories',
  summary: 'What a pass would do now; nothing is written',
  scope: 'read',
  lane: 'read',
  params: repositoryPathParams,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'The plan.', schema: staleSweepView },
  failures: ['NotFound', 'Forbidden'],
  async handle({ params }, deps) {
    const repository = keyOf(params);
    const id = repositoryWorkflowId('repository-sweep', repository, 'stale-items-plan');
    const plan = await answerOf(deps, id, () =>
      deps.client.workflow.execute<typeof sweepStaleItems>(workflowTypes.sweepItems, {
        ...startOf(id, deps),
        args: [{ repository, dryRun: true, once: true }],
        staticSummary: `what is stale in ${repositoryPath(repository)}?`,
      }),
    );
    return { body: plan };
  },
});

const sweepNow = defineOperation({
  id: 'sweepStaleItems',
  method: 'post',
  path: `${base}/sweep`,
  tag: 'repositories',
  summary: 'Go through the issues and pull requests now',
  scope: 'operate',
  lane: 'write',
  params: repositoryPathParams,
  query: noQuery,
  body: commandBody,
  success: { status: 200, description: 'It begins.', schema: commandAccepted },
  failures: [],
  async handle({ params, body, bearer }, deps) {
    const repository = keyOf(params);
    const id = staleSweepId(repository);
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof sweepStaleItems>(
      workflowTypes.sweepItems,
      {
        workflowId: id,
        taskQueue: taskQueues.workflows,
        args: [{ repository, dryRun: false }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `stale items of ${repositoryPath(repository)}`,
      },
    );
    const command = { actor: bearer.owner, reason: body.reason };
    const receipt = await answerOf(deps, id, () =>
      deps.client.workflow.executeUpdateWithStart(sweepItemsNowUpdate, {
        startWorkflowOperation,
        args: [command],
      }),
    );
    return { body: receipt };
  },
});

const getStaleItem = defineOperation({
  ...onItem,
  id: 'getStaleItem',
  method: 'get',
  path: `${base}/{number}`,
  summary: 'What becomes of an issue or pull request that is marked, and when',
  scope: 'read',
  lane: 'read',
  body: null,
  success: { status: 200, description: 'As it is, or as it ended.', schema: staleItemView },
  failures: ['NotFound'],
  async handle({ params }, deps) {
    const id = repositoryWorkflowId('item', keyOf(params), params.number);
    return { body: await readView(deps, id, readStaleItemQuery) };
  },
});

const whyStaleItem = defineOperation({
  ...onItem,
  id: 'whyStaleItem',
  method: 'get',
  path: `${base}/{number}/why`,
  summary: 'Why any issue or pull request is, or is not, marked or closed',
  scope: 'read',
  lane: 'read',
  body: null,
  success: { status: 200, description: 'Rule by rule.', schema: staleExplanation },
  failures: ['NotFound', 'Forbidden', 'CommandRejected'],
  async handle({ params }, deps) {
    const repository = keyOf(params);
    const { number } = params;
    const id = repositoryWorkflowId('repository-sweep', repository, `why-${number}`);
    const why = await answerOf(deps, id, () =>
      deps.client.workflow.execute<typeof explainStaleItem>(workflowTypes.explainItem, {
        ...startOf(id, deps),
        args: [{ repository, number }],
        staticSummary: `why is ${repositoryPath(repository)}#${number} as it is?`,
      }),
    );
    return { body: why };
  },
});

/** One operation for each word of a person about a marked item. */
function commandOn(
  name: 'keep' | 'close' | 'cancel',
  summary: string,
  description: string,
  update: typeof keepItemUpdate,
) {
  return defineOperation({
    ...onItem,
    id: `${name}StaleItem`,
    method: 'post',
    path: `${base}/{number}/${name}`,
    summary,
    scope: 'operate',
    lane: 'write',
    body: commandBody,
    success: { status: 200, description, schema: commandAccepted },
    failures: ['NotFound', 'CommandRejected'],
    async handle({ params, body, bearer }, deps) {
      const id = repositoryWorkflowId('item', keyOf(params), params.number);
      const command = { actor: bearer.owner, reason: body.reason };
      return { body: await sendCommand(deps, id, update, command) };
    },
  });
}

export const staleItemOperations = [
  listStaleItems,
  planStaleItems,
  sweepNow,
  getStaleItem,
  whyStaleItem,
  commandOn('keep', 'Take the mark off', 'The mark goes.', keepItemUpdate),
  commandOn('close', 'Close it now', 'It is closed.', closeItemUpdate),
  commandOn('cancel', 'Watch it no more, and leave it as it is', 'It is left.', cancelItemUpdate),
];
