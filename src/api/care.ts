/** Repositories over HTTP: which automations are off and why, their switches, and a self-check. */
import { WithStartWorkflowOperation } from '@temporalio/client';
import { Failure } from '../domain/failures.js';
import { type CareState, nothingRemembered } from '../domain/repository/care.js';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import type { checkRepository } from '../workflows/repository/check-repository-workflow.js';
import {
  pauseAutomationUpdate,
  readRepositoryQuery,
  resumeAutomationUpdate,
} from '../workflows/repository/own-repository-messages.js';
import type { ownRepository } from '../workflows/repository/own-repository-workflow.js';
import { defineOperation } from './operation.js';
import { repositoryPathParams } from './schemas/branch.js';
import { type CareView, careView, repositoryCheck, switchBody } from './schemas/care.js';
import { commandAccepted } from './schemas/command.js';
import { noQuery } from './schemas/names.js';
import { answerOf, startOf } from './short-workflow.js';
import { readView, sendCommand } from './temporal.js';

const path = '/v1/repositories/{owner}/{name}';
const keyOf = ({ owner, name }: RepositoryKey): RepositoryKey => ({ owner, name });
const idOf = (key: RepositoryKey): string => repositoryWorkflowId('repository', keyOf(key));

const getRepository = defineOperation({
  id: 'getRepository',
  method: 'get',
  path,
  tag: 'repositories',
  summary: 'Which automations are off, and what fails',
  scope: 'read',
  lane: 'read',
  params: repositoryPathParams,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'As it is now.', schema: careView },
  failures: [],
  async handle({ params }, deps) {
    const { off, streaks } = await readView(deps, idOf(params), readRepositoryQuery).catch(ofNone);
    const body: CareView = {
      repository: repositoryPath(keyOf(params)),
      off: Object.entries(off).map(([automation, known]) => ({
        automation: automation as CareView['off'][number]['automation'],
        ...known,
      })),
      failing: Object.entries(streaks).map(([activity, streak]) => ({ activity, ...streak })),
    };
    return { body };
  },
});

/** A repository has a workflow of its own from its first pause, failure or sweep on. */
function ofNone(error: unknown): CareState {
  if (error instanceof Failure && error.code === 'NotFound') return nothingRemembered;
  throw error;
}

const checkCare = defineOperation({
  id: 'checkRepository',
  method: 'post',
  path: `${path}/check`,
  tag: 'repositories',
  summary: 'Self-check: policy, switches, failures, webhooks; nothing is written',
  scope: 'read',
  lane: 'read',
  params: repositoryPathParams,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'What was found.', schema: repositoryCheck },
  failures: ['NotFound', 'Forbidden'],
  async handle({ params }, deps) {
    const repository = keyOf(params);
    const id = repositoryWorkflowId('repository', repository, 'check');
    const found = await answerOf(deps, id, () =>
      deps.client.workflow.execute<typeof checkRepository>(workflowTypes.checkRepository, {
        ...startOf(id, deps),
        args: [repository],
        staticSummary: `self-check of ${repositoryPath(repository)}`.slice(0, 200),
      }),
    );
    return { body: found };
  },
});

const pause = defineOperation({
  id: 'pauseAutomation',
  method: 'post',
  path: `${path}/pause`,
  tag: 'repositories',
  summary: 'Let an automation do nothing here until somebody says resume',
  scope: 'operate',
  lane: 'rescue',
  params: repositoryPathParams,
  query: noQuery,
  body: switchBody,
  success: { status: 200, description: 'It is off.', schema: commandAccepted },
  failures: ['CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const repository = keyOf(params);
    const id = idOf(params);
    // Nothing has been remembered of most repositories, and a pause must hold in them all the same.
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof ownRepository>(
      workflowTypes.ownRepository,
      {
        ...{ workflowId: id, taskQueue: taskQueues.workflows },
        args: [{ repository, carried: null }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `care of ${repositoryPath(repository)}`.slice(0, 200),
      },
    );
    const command = { actor: bearer.owner, ...body };
    const receipt = await answerOf(deps, id, () =>
      deps.client.workflow.executeUpdateWithStart(pauseAutomationUpdate, {
        ...{ startWorkflowOperation, args: [command] },
      }),
    );
    return { body: receipt };
  },
});

const resume = defineOperation({
  id: 'resumeAutomation',
  method: 'post',
  path: `${path}/resume`,
  tag: 'repositories',
  summary: 'Let an automation do its work here again',
  scope: 'operate',
  lane: 'write',
  params: repositoryPathParams,
  query: noQuery,
  body: switchBody,
  success: { status: 200, description: 'It is on.', schema: commandAccepted },
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const command = { actor: bearer.owner, ...body };
    return { body: await sendCommand(deps, idOf(params), resumeAutomationUpdate, command) };
  },
});

export const careOperations = [getRepository, checkCare, pause, resume];
