/** Resets over HTTP: planned, begun, approved or refused, and the backups by which they are taken back. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { planKey } from '../domain/develop-reset/plan.js';
import { Failure } from '../domain/failures.js';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import type { listBackups, resetBranch } from '../workflows/repository/reset-branch-workflow.js';
import {
  approveResetUpdate,
  readResetQuery,
  rejectResetUpdate,
} from '../workflows/repository/reset-messages.js';
import { defineOperation } from './operation.js';
import { branchPathParams, repositoryPathParams } from './schemas/branch.js';
import { commandAccepted, commandBody } from './schemas/command.js';
import { noQuery } from './schemas/names.js';
import {
  approveResetBody,
  backupList,
  backupQuery,
  resetBody,
  resetPlanned,
  resetStarted,
  resetViewSchema,
} from './schemas/reset.js';
import { answerOf, startOf } from './short-workflow.js';
import { failureOf, readView, sendCommand } from './temporal.js';

type Params = { readonly owner: string; readonly name: string; readonly branch: string };

const ticketLifetimeMs = 60_000;
const base = '/v1/repositories/{owner}/{name}';
const keyOf = ({ owner, name }: RepositoryKey): RepositoryKey => ({ owner, name });
const idOf = (params: Params): string =>
  repositoryWorkflowId('develop-reset', keyOf(params), params.branch);

const planReset = defineOperation({
  id: 'planReset',
  method: 'post',
  path: `${base}/branches/{branch}/reset/plan`,
  tag: 'repositories',
  summary: 'What a reset would do; nothing is written',
  scope: 'read',
  lane: 'read',
  params: branchPathParams,
  query: noQuery,
  body: resetBody,
  success: { status: 200, description: 'The plan, or why there is none.', schema: resetPlanned },
  failures: ['Forbidden'],
  async handle({ params, body, bearer }, deps) {
    const repository = keyOf(params);
    const { branch } = params;
    const id = `${idOf(params)}:plan`;
    const input = { repository, branch, toRef: body.from ?? null, dryRun: true };
    const planned = await answerOf(deps, id, () =>
      deps.client.workflow.execute<typeof resetBranch>(workflowTypes.resetBranch, {
        ...startOf(id, deps),
        workflowIdConflictPolicy: 'TERMINATE_EXISTING',
        args: [{ ...input, requestedBy: bearer.owner, reason: body.reason }],
        staticSummary: `what would ${branch} lose?`.slice(0, 200),
      }),
    );
    return { body: planned };
  },
});

const startReset = defineOperation({
  id: 'resetBranch',
  method: 'post',
  path: `${base}/branches/{branch}/reset`,
  tag: 'repositories',
  summary: 'Begin a reset; it waits for approvals where commits would be lost',
  scope: 'operate',
  lane: 'write',
  params: branchPathParams,
  query: noQuery,
  body: resetBody,
  success: { status: 202, description: 'It is planned now.', schema: resetStarted },
  failures: ['CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const repository = keyOf(params);
    const { branch } = params;
    const resetId = idOf(params);
    const input = { repository, branch, toRef: body.from ?? null, dryRun: false };
    try {
      await deps.client.withDeadline(Date.now() + deps.limits.answerMs, () =>
        deps.client.workflow.start<typeof resetBranch>(workflowTypes.resetBranch, {
          ...{ workflowId: resetId, taskQueue: taskQueues.workflows },
          args: [{ ...input, requestedBy: bearer.owner, reason: body.reason }],
          staticSummary: `reset ${branch} of ${repositoryPath(repository)}`.slice(0, 200),
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw failureOf(error, resetId);
      throw new Failure('CommandRejected', `a reset of ${branch} is under way`, {
        where: resetId,
        next: `sluice reset show ${repositoryPath(repository)} ${branch}`,
      });
    }
    const location = `/v1/repositories/${repositoryPath(repository)}/branches/${encodeURIComponent(branch)}/reset`;
    return { body: { resetId, location } };
  },
});

const getReset = defineOperation({
  id: 'getReset',
  method: 'get',
  path: `${base}/branches/{branch}/reset`,
  tag: 'repositories',
  summary: 'The reset under way, or the last one',
  scope: 'read',
  lane: 'read',
  params: branchPathParams,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'As it is, or as it ended.', schema: resetViewSchema },
  failures: ['NotFound'],
  handle: async ({ params }, deps) => ({
    body: await readView(deps, idOf(params), readResetQuery),
  }),
});

const approveReset = defineOperation({
  id: 'approveReset',
  method: 'post',
  path: `${base}/branches/{branch}/reset/approve`,
  tag: 'repositories',
  summary: 'Approve the plan that was seen, and no other',
  scope: 'approve',
  lane: 'write',
  params: branchPathParams,
  query: noQuery,
  body: approveResetBody,
  success: { status: 200, description: 'The approval counts.', schema: commandAccepted },
  failures: ['NotFound', 'CommandRejected', 'PolicyDenied', 'Conflict'],
  async handle({ params, body, bearer }, deps) {
    const resetId = idOf(params);
    const { plan } = await readView(deps, resetId, readResetQuery);
    if (plan === null || !plan.before.startsWith(body.before)) {
      throw new Failure('Conflict', 'this is not the plan that was seen', {
        ...{ where: '/before', seen: body.before, limit: plan?.before ?? 'no plan' },
        next: `sluice reset show ${repositoryPath(keyOf(params))} ${params.branch}`,
      });
    }
    const actor = bearer.owner;
    const key = planKey(plan);
    const expiresAtMs = deps.clock() + ticketLifetimeMs;
    const claim = { releaseId: resetId, environment: key, actor, expiresAtMs };
    const ticket = deps.tickets.issue(claim);
    const command = { actor, reason: body.reason, planKey: key, ticket };
    return { body: await sendCommand(deps, resetId, approveResetUpdate, command) };
  },
});

const rejectReset = defineOperation({
  id: 'rejectReset',
  method: 'post',
  path: `${base}/branches/{branch}/reset/reject`,
  tag: 'repositories',
  summary: 'Refuse a reset; nothing is done',
  scope: 'approve',
  lane: 'write',
  params: branchPathParams,
  query: noQuery,
  body: commandBody,
  success: { status: 200, description: 'It ends.', schema: commandAccepted },
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const command = { actor: bearer.owner, reason: body.reason };
    return { body: await sendCommand(deps, idOf(params), rejectResetUpdate, command) };
  },
});

const listOfBackups = defineOperation({
  id: 'listBackups',
  method: 'get',
  path: `${base}/backups`,
  tag: 'repositories',
  summary: 'List what resets have kept',
  scope: 'read',
  lane: 'read',
  params: repositoryPathParams,
  query: backupQuery,
  body: null,
  success: { status: 200, description: 'All of them.', schema: backupList },
  failures: ['NotFound', 'Forbidden'],
  async handle({ params, query }, deps) {
    const repository = keyOf(params);
    const { branch = null } = query;
    const id = `${repositoryWorkflowId('develop-reset', repository, branch ?? '')}:backups`;
    const items = await answerOf(deps, id, () =>
      deps.client.workflow.execute<typeof listBackups>(workflowTypes.listBackups, {
        ...startOf(id, deps),
        args: [{ repository, branch }],
        staticSummary: `backups of ${repositoryPath(repository)}`,
      }),
    );
    return { body: { items: [...items] } };
  },
});

export const resetOperations = [
  planReset,
  startReset,
  getReset,
  approveReset,
  rejectReset,
  listOfBackups,
];
