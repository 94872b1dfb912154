/** Checks of pull requests over HTTP: what they say, what they would say, and a look at it now. */
import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import {
  checkNowUpdate,
  readPullChecksQuery,
} from '../workflows/repository/check-pull-messages.js';
import type { checkPull } from '../workflows/repository/check-pull-workflow.js';
import type { ApiDeps } from './deps.js';
import { defineOperation } from './operation.js';
import { noQuery } from './schemas/names.js';
import { checkPullBody, pullChecksSchema, pullPathParams } from './schemas/pull-checks.js';
import { answerOf, startOf } from './short-workflow.js';
import { readView } from './temporal.js';

type Params = { readonly owner: string; readonly name: string; readonly number: number };

const path = '/v1/repositories/{owner}/{name}/pulls/{number}/checks';
const keyOf = ({ owner, name }: RepositoryKey): RepositoryKey => ({ owner, name });
const idOf = (params: Params): string => repositoryWorkflowId('pull', keyOf(params), params.number);
const titleOf = (params: Params): string => `${repositoryPath(keyOf(params))}#${params.number}`;

/** The code host is read in pages, and each check is a write of its own. */
const lookMs = 30_000;
const patient = (deps: ApiDeps) => ({ ...deps, limits: { ...deps.limits, answerMs: lookMs } });

const getPullChecks = defineOperation({
  id: 'getPullChecks',
  method: 'get',
  path,
  tag: 'repositories',
  summary: 'What the checks of a pull request said last',
  scope: 'read',
  lane: 'read',
  params: pullPathParams,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'As they are told.', schema: pullChecksSchema },
  failures: ['NotFound'],
  handle: async ({ params }, deps) => ({
    body: await readView(deps, idOf(params), readPullChecksQuery),
  }),
});

const planPullChecks = defineOperation({
  id: 'planPullChecks',
  method: 'post',
  path: `${path}/plan`,
  tag: 'repositories',
  summary: 'What the checks of a pull request would say now; nothing is written',
  scope: 'read',
  lane: 'read',
  params: pullPathParams,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'Runs, labels, comment.', schema: pullChecksSchema },
  failures: ['Forbidden'],
  async handle({ params }, deps) {
    const { number } = params;
    const id = `preview:${idOf(params)}:${randomUUID()}`;
    const view = await answerOf(patient(deps), id, () =>
      deps.client.workflow.execute<typeof checkPull>(workflowTypes.checkPull, {
        ...startOf(id, patient(deps)),
        args: [{ repository: keyOf(params), number, dryRun: true }],
        staticSummary: `what would the checks of ${titleOf(params)} say?`,
      }),
    );
    return { body: view };
  },
});

const checkPullNow = defineOperation({
  id: 'checkPull',
  method: 'post',
  path,
  tag: 'repositories',
  summary: 'Check a pull request now and tell it at the code host',
  scope: 'operate',
  lane: 'write',
  params: pullPathParams,
  query: noQuery,
  body: checkPullBody,
  success: { status: 200, description: 'As they were told.', schema: pullChecksSchema },
  failures: ['Forbidden'],
  async handle({ params, body, bearer }, deps) {
    const { number } = params;
    const id = idOf(params);
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof checkPull>(
      workflowTypes.checkPull,
      {
        ...{ workflowId: id, taskQueue: taskQueues.workflows },
        args: [{ repository: keyOf(params), number, dryRun: false }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `checks of ${titleOf(params)}`,
      },
    );
    const command = { actor: bearer.owner, reason: body.reason };
    const view = await answerOf(patient(deps), id, () =>
      deps.client.workflow.executeUpdateWithStart(checkNowUpdate, {
        ...{ startWorkflowOperation, args: [command] },
      }),
    );
    return { body: view };
  },
});

export const pullCheckOperations = [getPullChecks, planPullChecks, checkPullNow];
