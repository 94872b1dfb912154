/** The sync of issues and files over HTTP: where it stands, what it would do, who changed what, and its commands. */
import type { UpdateDefinition } from '@temporalio/common';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { workflowTypes } from '../domain/wire-names.js';
import type { explainSync } from '../workflows/repository/explain-sync-workflow.js';
import {
  abortSyncUpdate,
  approveSyncUpdate,
  pauseSyncUpdate,
  planSyncUpdate,
  readSyncQuery,
  resolveSyncUpdate,
  resumeSyncUpdate,
  syncNowUpdate,
} from '../workflows/repository/sync-issues-messages.js';
import type { ApiDeps } from './deps.js';
import { defineOperation } from './operation.js';
import { repositoryPathParams } from './schemas/branch.js';
import { commandAccepted, commandBody } from './schemas/command.js';
import {
  approveSyncBody,
  plannedSync,
  resolveSyncBody,
  syncIssueParams,
  syncLogQuery,
  syncLogSchema,
  syncNowBody,
  syncViewSchema,
} from './schemas/sync.js';
import { answerOf, keyOf, ofRepository, startOf, tellStarted } from './short-workflow.js';
import { readView, sendCommand } from './temporal.js';

/** A plan asks the code host for all that changed. */
const planMs = 60_000;

const base = '/v1/repositories/{owner}/{name}/sync';
const command = { ...ofRepository, method: 'post', scope: 'operate', lane: 'write' } as const;
const taken = { status: 200, description: 'It is done next.', schema: commandAccepted } as const;

const getSync = defineOperation({
  ...ofRepository,
  id: 'getSync',
  method: 'get',
  path: base,
  summary: 'Where the sync of issues and files stands, its last pass, and what waits for a person',
  scope: 'read',
  lane: 'read',
  body: null,
  success: { status: 200, description: 'As it is.', schema: syncViewSchema },
  failures: ['NotFound'],
  async handle({ params }, deps) {
    return { body: await readView(deps, idOf(keyOf(params)), readSyncQuery) };
  },
});

const planSync = defineOperation({
  ...ofRepository,
  id: 'planSync',
  method: 'post',
  path: `${base}/plan`,
  summary: 'What a pass would do now; nothing is written',
  scope: 'read',
  lane: 'write',
  body: commandBody,
  success: { status: 200, description: 'The plan.', schema: plannedSync },
  failures: ['CommandRejected', 'Forbidden'],
  async handle({ params, body, bearer }, deps) {
    const limits = { ...deps.limits, answerMs: planMs };
    const asked = { actor: bearer.owner, reason: body.reason };
    return {
      body: await tell({ ...deps, limits }, keyOf(params), true, planSyncUpdate, asked),
    };
  },
});

const syncNow = defineOperation({
  ...command,
  id: 'syncNow',
  path: `${base}/run`,
  summary: 'Look now, at what changed or at every issue',
  body: syncNowBody,
  success: taken,
  failures: ['CommandRejected'],
  async handle({ params, body: { reason, full }, bearer }, deps) {
    const asked = { actor: bearer.owner, reason, full };
    return { body: await tell(deps, keyOf(params), false, syncNowUpdate, asked) };
  },
});

const approveSync = defineOperation({
  ...command,
  id: 'approveSync',
  path: `${base}/approve`,
  summary: 'Carry out the plan that waits for approval',
  body: approveSyncBody,
  success: taken,
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const asked = { actor: bearer.owner, ...body };
    return { body: await sendCommand(deps, idOf(keyOf(params)), approveSyncUpdate, asked) };
  },
});

const resolveSync = defineOperation({
  ...command,
  id: 'resolveSync',
  path: `${base}/resolve`,
  summary: 'Settle a field that both sides changed',
  body: resolveSyncBody,
  success: taken,
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const text = body.take === 'text' ? body.text : null;
    const asked = { actor: bearer.owner, ...body, text };
    return { body: await sendCommand(deps, idOf(keyOf(params)), resolveSyncUpdate, asked) };
  },
});

const pauseSync = defineOperation({
  ...command,
  id: 'pauseSync',
  path: `${base}/pause`,
  summary: 'Write nothing until it is resumed',
  lane: 'rescue',
  body: commandBody,
  success: taken,
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const asked = { actor: bearer.owner, reason: body.reason };
    return { body: await sendCommand(deps, idOf(keyOf(params)), pauseSyncUpdate, asked) };
  },
});

const abortSync = defineOperation({
  ...command,
  id: 'abortSync',
  path: `${base}/abort`,
  summary: 'Stop the pass that runs where it is, and write nothing until it is resumed',
  lane: 'rescue',
  body: commandBody,
  success: { ...taken, description: 'It stops.' },
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const asked = { actor: bearer.owner, reason: body.reason };
    return { body: await sendCommand(deps, idOf(keyOf(params)), abortSyncUpdate, asked) };
  },
});

const resumeSync = defineOperation({
  ...command,
  id: 'resumeSync',
  path: `${base}/resume`,
  summary: 'Go on after a pause',
  body: commandBody,
  success: taken,
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const asked = { actor: bearer.owner, reason: body.reason };
    return { body: await sendCommand(deps, idOf(keyOf(params)), resumeSyncUpdate, asked) };
  },
});

const getSyncLog = defineOperation({
  id: 'getSyncLog',
  method: 'get',
  path: `${base}/log`,
  tag: 'repositories',
  summary: 'Who changed which field of which issue, on which side, newest first',
  scope: 'read',
  lane: 'read',
  params: repositoryPathParams,
  query: syncLogQuery,
  body: null,
  success: { status: 200, description: 'From the log of the base ref.', schema: syncLogSchema },
  failures: ['CommandRejected'],
  async handle({ params, query }, deps) {
    return { body: await explain(deps, keyOf(params), null, query.limit) };
  },
});

const whySync = defineOperation({
  id: 'whySync',
  method: 'get',
  path: `${base}/issues/{number}`,
  tag: 'repositories',
  summary: 'How an issue and its file stand to each other, and who changed what, on which side',
  scope: 'read',
  lane: 'read',
  params: syncIssueParams,
  query: syncLogQuery,
  body: null,
  success: { status: 200, description: 'From the log of the base ref.', schema: syncLogSchema },
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, query }, deps) {
    return { body: await explain(deps, keyOf(params), params.number, query.limit) };
  },
});

function idOf(repository: RepositoryKey): string {
  return repositoryWorkflowId('issue-sync', repository);
}

function explain(deps: ApiDeps, repository: RepositoryKey, number: number | null, atMost: number) {
  const what = `why-${number ?? 'all'}`;
  const id = repositoryWorkflowId('issue-sync', repository, what);
  return answerOf(deps, id, () =>
    deps.client.workflow.execute<typeof explainSync>(workflowTypes.explainSync, {
      ...startOf(id, deps),
      args: [{ repository, number, atMost }],
      staticSummary: `who changed what in ${repositoryPath(repository)}?`.slice(0, 200),
    }),
  );
}

function tell<Answer, C>(
  deps: Pick<ApiDeps, 'client' | 'limits'>,
  repository: RepositoryKey,
  dryRun: boolean,
  update: UpdateDefinition<Answer, [C]>,
  asked: C,
): Promise<Answer> {
  const type = workflowTypes.syncIssues;
  const told = { kind: 'issue-sync', type, repository, dryRun, about: 'issues and files' } as const;
  return tellStarted(deps, told, update, asked);
}

export const syncOperations = [
  getSync,
  planSync,
  syncNow,
  approveSync,
  resolveSync,
  pauseSync,
  abortSync,
  resumeSync,
  getSyncLog,
  whySync,
];
