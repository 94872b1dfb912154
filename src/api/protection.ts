/** Branch protection over HTTP: compared with what is written, made so, brought back. */
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { Failure } from '../domain/failures.js';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import type { protectBranches } from '../workflows/repository/protect-branches-workflow.js';
import {
  applyProtectionUpdate,
  planProtectionUpdate,
  readProtectionQuery,
  restoreProtectionUpdate,
} from '../workflows/repository/protection-messages.js';
import type { ApiDeps } from './deps.js';
import { defineOperation } from './operation.js';
import { repositoryPathParams } from './schemas/branch.js';
import { commandBody } from './schemas/command.js';
import { noQuery } from './schemas/names.js';
import {
  applyProtectionBody,
  plannedProtection,
  protectionApplied,
  protectionRestored,
  protectionViewSchema,
  restoreProtectionBody,
} from './schemas/protection.js';
import { answerOf } from './short-workflow.js';
import { readView } from './temporal.js';

/** Each of these asks the code host several times. */
const answerMs = 30_000;

const keyOf = ({ owner, name }: RepositoryKey): RepositoryKey => ({ owner, name });
const base = '/v1/repositories/{owner}/{name}/protection';

const common = { tag: 'repositories', params: repositoryPathParams, query: noQuery } as const;

const getProtection = defineOperation({
  ...common,
  id: 'getProtection',
  method: 'get',
  path: base,
  summary: 'What is not as written, since when, and the backups there are',
  scope: 'read',
  lane: 'read',
  body: null,
  success: { status: 200, description: 'As it was seen last.', schema: protectionViewSchema },
  failures: ['NotFound'],
  async handle({ params }, deps) {
    const id = repositoryWorkflowId('protection', keyOf(params));
    return { body: await readView(deps, id, readProtectionQuery) };
  },
});

const planProtection = defineOperation({
  ...common,
  id: 'planProtection',
  method: 'post',
  path: `${base}/plan`,
  summary: 'Compare the protection of branches with what is written; nothing is changed',
  scope: 'read',
  lane: 'write',
  body: commandBody,
  success: { status: 200, description: 'What applying would do.', schema: plannedProtection },
  failures: ['InvalidInput', 'Forbidden'],
  async handle({ params, body, bearer }, deps) {
    const command = { actor: bearer.owner, reason: body.reason };
    return { body: await tell(deps, keyOf(params), true, planProtectionUpdate, command) };
  },
});

const applyProtection = defineOperation({
  ...common,
  id: 'applyProtection',
  method: 'post',
  path: `${base}/apply`,
  summary: 'Make the protection of branches as it is written',
  scope: 'operate',
  lane: 'write',
  body: applyProtectionBody,
  success: { status: 200, description: 'What was written.', schema: protectionApplied },
  failures: ['NotFound', 'InvalidInput', 'Forbidden'],
  async handle({ params, body, bearer }, deps) {
    const { reason, branch = null, dryRun } = body;
    const command = { actor: bearer.owner, reason, branch };
    return { body: await tell(deps, keyOf(params), dryRun, applyProtectionUpdate, command) };
  },
});

const restoreProtection = defineOperation({
  ...common,
  id: 'restoreProtection',
  method: 'post',
  path: `${base}/restore`,
  summary: 'Bring back what a branch was protected by before',
  scope: 'operate',
  lane: 'rescue',
  body: restoreProtectionBody,
  success: { status: 200, description: 'It is as it was.', schema: protectionRestored },
  failures: ['NotFound', 'Forbidden'],
  async handle({ params, body, bearer }, deps) {
    const { reason, branch, backup = null } = body;
    const command = { actor: bearer.owner, reason, branch, backup };
    return { body: await tell(deps, keyOf(params), false, restoreProtectionUpdate, command) };
  },
});

/** A question that changes nothing is put to a workflow of its own, which ends soon after. */
async function tell<Answer, C>(
  deps: ApiDeps,
  repository: RepositoryKey,
  dryRun: boolean,
  update: UpdateDefinition<Answer, [C]>,
  command: C,
): Promise<Answer> {
  const id = repositoryWorkflowId('protection', repository, dryRun ? 'plan' : undefined);
  const startWorkflowOperation = new WithStartWorkflowOperation<typeof protectBranches>(
    workflowTypes.protectBranches,
    {
      workflowId: id,
      taskQueue: taskQueues.workflows,
      args: [{ repository, dryRun }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `branch protection of ${repositoryPath(repository)}`.slice(0, 200),
    },
  );
  const limits = { ...deps.limits, answerMs };
  try {
    return await answerOf({ ...deps, limits }, id, () =>
      deps.client.workflow.executeUpdateWithStart(update, {
        startWorkflowOperation,
        args: [command],
      }),
    );
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'Unavailable') throw error;
    throw new Failure(
      'Unavailable',
      'it is not done yet; what was asked for goes on',
      {
        where: id,
        next: `see what became of it: sluice protection drift ${repositoryPath(repository)}`,
        retryAfterMs: 5_000,
      },
      error,
    );
  }
}

export const protectionOperations = [
  getProtection,
  planProtection,
  applyProtection,
  restoreProtection,
];
