/** Issues over HTTP: where one stands and why, and the commands that move it or leave it alone. */
import { WithStartWorkflowOperation } from '@temporalio/client';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../domain/repository/names.js';
import { taskQueues, workflowTypes } from '../domain/wire-names.js';
import type { followIssue } from '../workflows/repository/follow-issue-workflow.js';
import {
  branchNowUpdate,
  lookAgainUpdate,
  pauseIssueUpdate,
  readIssueQuery,
  resumeIssueUpdate,
} from '../workflows/repository/issue-messages.js';
import { defineOperation } from './operation.js';
import { commandAccepted } from './schemas/command.js';
import {
  issueCommandBody,
  issueCommandParams,
  issuePathParams,
  issueViewSchema,
} from './schemas/issue.js';
import { noQuery } from './schemas/names.js';
import { answerOf } from './short-workflow.js';
import { readView } from './temporal.js';

type Params = RepositoryKey & { readonly number: number };

const base = '/v1/repositories/{owner}/{name}/issues/{number}';
const keyOf = ({ owner, name }: RepositoryKey): RepositoryKey => ({ owner, name });
const idOf = (params: Params): string =>
  repositoryWorkflowId('issue', keyOf(params), params.number);

const updates = {
  branch: branchNowUpdate,
  look: lookAgainUpdate,
  pause: pauseIssueUpdate,
  resume: resumeIssueUpdate,
} as const;

const getIssue = defineOperation({
  id: 'getIssue',
  method: 'get',
  path: base,
  tag: 'repositories',
  summary: 'Where an issue stands on its way to the archive, and why',
  scope: 'read',
  lane: 'read',
  params: issuePathParams,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'As it is, or as it ended.', schema: issueViewSchema },
  failures: ['NotFound'],
  async handle({ params }, deps) {
    return { body: await readView(deps, idOf(params), readIssueQuery) };
  },
});

const commandIssue = defineOperation({
  id: 'commandIssue',
  method: 'post',
  path: `${base}/{command}`,
  tag: 'repositories',
  summary: 'Create an issue’s branch now, look at it again, leave it alone, or go on',
  description: 'An issue that nobody follows yet is followed from then on.',
  scope: 'operate',
  lane: 'write',
  params: issueCommandParams,
  query: noQuery,
  body: issueCommandBody,
  success: { status: 200, description: 'It is done next.', schema: commandAccepted },
  failures: ['CommandRejected'],
  async handle({ params, body, bearer }, deps) {
    const id = idOf(params);
    const repository = keyOf(params);
    const { number, command } = params;
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof followIssue>(
      workflowTypes.followIssue,
      {
        workflowId: id,
        taskQueue: taskQueues.workflows,
        args: [{ repository, number, dryRun: false }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `issue ${repositoryPath(repository)}#${number}`.slice(0, 200),
      },
    );
    const by = { actor: bearer.owner, reason: body.reason };
    const receipt = await answerOf(deps, id, () =>
      deps.client.workflow.executeUpdateWithStart(updates[command], {
        startWorkflowOperation,
        args: [by],
      }),
    );
    return { body: receipt };
  },
});

export const issueOperations = [getIssue, commandIssue];
