/** Branches over HTTP: what becomes of them and why, kept, archived, brought back. */
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { CommandReceipt } from '../domain/command.js';
import {
  parseRepositoryWorkflowId,
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import {
  archiveNowUpdate,
  cancelUpdate,
  keepBranchUpdate,
  readBranchQuery,
} from '../workflows/repository/branch-messages.js';
import type {
  listArchivedBranches,
  restoreBranch,
} from '../workflows/repository/restore-branch-workflow.js';
import type { retireStaleBranch } from '../workflows/repository/retire-branch-workflow.js';
import { needsAttentionKey, phaseKey, repositoryKey } from '../workflows/search-attributes.js';
import type { ApiDeps } from './deps.js';
import { defineOperation } from './operation.js';
import { phaseOf } from './releases.js';
import {
  archivedBranchList,
  type ArchivedBranchList,
  type BranchList,
  branchList,
  branchListQuery,
  branchPathParams,
  branchViewSchema,
  keepBranchBody,
  repositoryPathParams,
  restoreBranchBody,
  restoredBranch,
} from './schemas/branch.js';
import { commandAccepted, commandBody } from './schemas/command.js';
import { noQuery } from './schemas/names.js';
import { answerOf, startOf } from './short-workflow.js';
import { readView, sendCommand } from './temporal.js';
import { attributeIs, isRunning, listVisible, typeIs } from './visibility.js';

type Params = { readonly owner: string; readonly name: string; readonly branch: string };

const keyOf = ({ owner, name }: RepositoryKey): RepositoryKey => ({ owner, name });
const idOf = (params: Params): string =>
  repositoryWorkflowId('branch', keyOf(params), params.branch);
const base = '/v1/repositories/{owner}/{name}';

const listBranches = defineOperation({
  id: 'listBranches',
  method: 'get',
  path: `${base}/branches`,
  tag: 'repositories',
  summary: 'List branches that are on their way to the archive',
  description: 'From an index that may lag behind by a second.',
  scope: 'read',
  lane: 'read',
  params: repositoryPathParams,
  query: branchListQuery,
  body: null,
  success: { status: 200, description: 'One page.', schema: branchList },
  failures: [],
  async handle({ params, query }, deps) {
    const path = repositoryPath(keyOf(params));
    const conditions = [
      ...[typeIs(workflowTypes.retireBranch), isRunning],
      ...attributeIs(repositoryKey, path),
    ];
    const page = await listVisible(deps, conditions, query);
    const items = page.items.map((row) => {
      const branch = parseRepositoryWorkflowId(row.workflowId).what ?? '';
      return {
        branch,
        phase: phaseOf(row.attribute(phaseKey)),
        needsAttention: row.attribute(needsAttentionKey),
        startedAtMs: row.startedAtMs,
        location: `/v1/repositories/${path}/branches/${encodeURIComponent(branch)}`,
      };
    });
    const body: BranchList = { items, nextCursor: page.nextCursor };
    return { body };
  },
});

const listArchived = defineOperation({
  id: 'listArchivedBranches',
  method: 'get',
  path: `${base}/archived-branches`,
  tag: 'repositories',
  summary: 'List archived branches, oldest first',
  scope: 'read',
  lane: 'read',
  params: repositoryPathParams,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'All of them.', schema: archivedBranchList },
  failures: ['NotFound', 'Forbidden'],
  async handle({ params }, deps) {
    const repository = keyOf(params);
    const id = repositoryWorkflowId('branch-restore', repository);
    const found = await answerOf(deps, id, () =>
      deps.client.workflow.execute<typeof listArchivedBranches>(
        workflowTypes.listArchivedBranches,
        {
          ...startOf(id, deps),
          args: [{ repository }],
          staticSummary: `archived branches of ${repositoryPath(repository)}`,
        },
      ),
    );
    const items = found.map(({ branch, sha, ref, archivedAtMs }) => ({
      ...{ branch, sha, ref, archivedAtMs },
    }));
    const body: ArchivedBranchList = { items };
    return { body };
  },
});

const getBranch = defineOperation({
  id: 'getBranch',
  method: 'get',
  path: `${base}/branches/{branch}`,
  tag: 'repositories',
  summary: 'What becomes of a branch, when and why',
  scope: 'read',
  lane: 'read',
  params: branchPathParams,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'As it is, or as it ended.', schema: branchViewSchema },
  failures: ['NotFound'],
  async handle({ params }, deps) {
    return { body: await readView(deps, idOf(params), readBranchQuery) };
  },
});

const keepBranch = defineOperation({
  id: 'keepBranch',
  method: 'post',
  path: `${base}/branches/{branch}/keep`,
  tag: 'repositories',
  summary: 'Keep a branch, for a time or until another word',
  scope: 'operate',
  lane: 'write',
  params: branchPathParams,
  query: noQuery,
  body: keepBranchBody,
  success: { status: 200, description: 'It stays.', schema: commandAccepted },
  failures: ['CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const untilMs = body.for === undefined ? null : deps.clock() + body.for;
    const command = { actor: bearer.owner, reason: body.reason, untilMs };
    return { body: await tellBranch(deps, params, keepBranchUpdate, command) };
  },
});

const archiveBranch = defineOperation({
  id: 'archiveBranch',
  method: 'post',
  path: `${base}/branches/{branch}/archive`,
  tag: 'repositories',
  summary: 'Archive a branch now, whatever its age; exemptions hold',
  scope: 'operate',
  lane: 'write',
  params: branchPathParams,
  query: noQuery,
  body: commandBody,
  success: { status: 200, description: 'It is archived next.', schema: commandAccepted },
  failures: ['CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const command = { actor: bearer.owner, reason: body.reason };
    return { body: await tellBranch(deps, params, archiveNowUpdate, command) };
  },
});

const cancelBranch = defineOperation({
  id: 'cancelBranch',
  method: 'post',
  path: `${base}/branches/{branch}/cancel`,
  tag: 'repositories',
  summary: 'Call the archiving of a branch off; it counts as activity of today',
  scope: 'operate',
  lane: 'write',
  params: branchPathParams,
  query: noQuery,
  body: commandBody,
  success: { status: 200, description: 'It is off.', schema: commandAccepted },
  failures: ['NotFound', 'CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const command = { actor: bearer.owner, reason: body.reason };
    return { body: await sendCommand(deps, idOf(params), cancelUpdate, command) };
  },
});

const restore = defineOperation({
  id: 'restoreBranch',
  method: 'post',
  path: `${base}/branches/{branch}/restore`,
  tag: 'repositories',
  summary: 'Bring an archived branch back, commit for commit',
  scope: 'operate',
  lane: 'rescue',
  params: branchPathParams,
  query: noQuery,
  body: restoreBranchBody,
  success: { status: 200, description: 'It is there again.', schema: restoredBranch },
  failures: ['NotFound', 'Conflict', 'Forbidden', 'PolicyDenied'],
  async handle({ params, body, bearer }, deps) {
    const repository = keyOf(params);
    const { branch } = params;
    const { reason, sha = null, dryRun } = body;
    const id = repositoryWorkflowId('branch-restore', repository, branch);
    const restored = await answerOf(deps, id, () =>
      deps.client.workflow.execute<typeof restoreBranch>(workflowTypes.restoreBranch, {
        ...startOf(id, deps),
        args: [{ repository, branch, sha, dryRun, actor: bearer.owner, reason }],
        staticSummary: `bring ${branch} back in ${repositoryPath(repository)}`.slice(0, 200),
      }),
    );
    return { body: restored };
  },
});

/** A branch that has no workflow gets one with the command, in one call. */
async function tellBranch<C>(
  deps: ApiDeps,
  params: Params,
  update: UpdateDefinition<CommandReceipt, [C]>,
  command: C,
): Promise<CommandReceipt> {
  const id = idOf(params);
  const repository = keyOf(params);
  const { branch } = params;
  const startWorkflowOperation = new WithStartWorkflowOperation<typeof retireStaleBranch>(
    workflowTypes.retireBranch,
    {
      workflowId: id,
      taskQueue: taskQueues.workflows,
      args: [{ repository, branch, dryRun: false }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `${branch} in ${repositoryPath(repository)}`.slice(0, 200),
    },
  );
  return await answerOf(deps, id, () =>
    deps.client.workflow.executeUpdateWithStart(update, {
      startWorkflowOperation,
      args: [command],
    }),
  );
}

export const branchOperations = [
  listBranches,
  listArchived,
  getBranch,
  keepBranch,
  archiveBranch,
  cancelBranch,
  restore,
];
