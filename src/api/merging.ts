/** Merging over HTTP: why each pull request is or is not merged, and the word that stops it or lets it go on. */
import { WithStartWorkflowOperation } from '@temporalio/client';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import {
  pauseMergingUpdate,
  readMergeQueueQuery,
  resumeMergingUpdate,
} from '../workflows/repository/merge-messages.js';
import type { mergePulls } from '../workflows/repository/merge-pulls-workflow.js';
import { defineOperation } from './operation.js';
import { commandAccepted, commandBody } from './schemas/command.js';
import { mergePlanned, mergeViewSchema, mergingPathParams } from './schemas/merging.js';
import { noQuery } from './schemas/names.js';
import { answerOf, startOf } from './short-workflow.js';
import { readView, sendCommand } from './temporal.js';

type Params = { readonly owner: string; readonly name: string; readonly base: string };

const path = '/v1/repositories/{owner}/{name}/merging/{base}';
const keyOf = ({ owner, name }: RepositoryKey): RepositoryKey => ({ owner, name });
const idOf = (params: Params): string =>
  repositoryWorkflowId('merge-queue', keyOf(params), params.base);

const getMerging = defineOperation({
  id: 'getMerging',
  method: 'get',
  path,
  tag: 'repositories',
  summary: 'Why each pull request is or is not merged',
  description: 'It ends when nobody waits to be merged; then this is how it ended.',
  scope: 'read',
  lane: 'read',
  params: mergingPathParams,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'As it is, or as it ended.', schema: mergeViewSchema },
  failures: ['NotFound'],
  handle: async ({ params }, deps) => ({
    body: await readView(deps, idOf(params), readMergeQueueQuery),
  }),
});

const planMerging = defineOperation({
  id: 'planMerging',
  method: 'post',
  path: `${path}/plan`,
  tag: 'repositories',
  summary: 'What would be merged now; nothing is written',
  scope: 'read',
  lane: 'read',
  params: mergingPathParams,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'In order.', schema: mergePlanned },
  failures: ['Forbidden'],
  async handle({ params }, deps) {
    const repository = keyOf(params);
    const { base } = params;
    const id = `${idOf(params)}:plan`;
    const planned = await answerOf(deps, id, () =>
      deps.client.workflow.execute<typeof mergePulls>(workflowTypes.mergePulls, {
        ...startOf(id, deps),
        args: [{ repository, base, dryRun: true }],
        staticSummary: `what would be merged into ${base}?`.slice(0, 200),
      }),
    );
    return { body: planned };
  },
});

const pauseMerging = defineOperation({
  id: 'pauseMerging',
  method: 'post',
  path: `${path}/pause`,
  tag: 'repositories',
  summary: 'Merge nothing until somebody says resume',
  scope: 'operate',
  lane: 'rescue',
  params: mergingPathParams,
  query: noQuery,
  body: commandBody,
  success: { status: 200, description: 'It is stopped.', schema: commandAccepted },
  failures: ['CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const repository = keyOf(params);
    const { base } = params;
    const id = idOf(params);
    // Where nobody waits there is no workflow, and stopping must hold all the same.
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof mergePulls>(
      workflowTypes.mergePulls,
      {
        ...{ workflowId: id, taskQueue: taskQueues.workflows },
        args: [{ repository, base, dryRun: false }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `merge into ${base} of ${repositoryPath(repository)}`.slice(0, 200),
      },
    );
    const command = { actor: bearer.owner, reason: body.reason };
    const receipt = await answerOf(deps, id, () =>
      deps.client.workflow.executeUpdateWithStart(pauseMergingUpdate, {
        ...{ startWorkflowOperation, args: [command] },
      }),
    );
    return { body: receipt };
  },
});

const resumeMerging = defineOperation({
  id: 'resumeMerging',
  method: 'post',
  path: `${path}/resume`,
  tag: 'repositories',
  summary: 'Let merging go on',
  scope: 'operate',
  lane: 'write',
  params: mergingPathParams,
  query: noQuery,
  body: commandBody,
  success: { status: 200, description: 'It goes on.', schema: commandAccepted },
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const command = { actor: bearer.owner, reason: body.reason };
    return { body: await sendCommand(deps, idOf(params), resumeMergingUpdate, command) };
  },
});

export const mergingOperations = [getMerging, planMerging, pauseMerging, resumeMerging];
