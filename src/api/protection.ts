/** Branch protection over HTTP: compared with what is written, made so, brought back. */
import type { UpdateDefinition } from '@temporalio/common';
import { Failure } from '../domain/failures.js';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { workflowTypes } from '../domain/wire-names.js';
import {
  applyProtectionUpdate,
  planProtectionUpdate,
  readProtectionQuery,
  restoreProtectionUpdate,
} from '../workflows/repository/protection-messages.js';
import type { ApiDeps } from './deps.js';
import { defineOperation } from './operation.js';
import { commandBody } from './schemas/command.js';
import {
  applyProtectionBody,
  plannedProtection,
  protectionApplied,
  protectionRestored,
  protectionViewSchema,
  restoreProtectionBody,
} from './schemas/protection.js';
import { keyOf, ofRepository, tellStarted } from './short-workflow.js';
import { readView } from './temporal.js';

/** Each of these asks the code host several times. */
const answerMs = 30_000;

const base = '/v1/repositories/{owner}/{name}/protection';

const getProtection = defineOperation({
  ...ofRepository,
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
  ...ofRepository,
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
  ...ofRepository,
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
  ...ofRepository,
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

async function tell<Answer, C>(
  deps: ApiDeps,
  repository: RepositoryKey,
  dryRun: boolean,
  update: UpdateDefinition<Answer, [C]>,
  command: C,
): Promise<Answer> {
  const type = workflowTypes.protectBranches;
  const told = {
    kind: 'protection',
    type,
    repository,
    dryRun,
    about: 'branch protection',
  } as const;
  const limits = { ...deps.limits, answerMs };
  try {
    return await tellStarted({ ...deps, limits }, told, update, command);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'Unavailable') throw error;
    throw new Failure(
      'Unavailable',
      'it is not done yet; what was asked for goes on',
      {
        where: repositoryWorkflowId('protection', repository, dryRun ? 'plan' : undefined),
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
