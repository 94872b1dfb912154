/** The stories of the sync of issues and files whose histories are kept: each plays on a real server and at a GitHub. */
import type { SyncView } from '../../src/domain/issue-sync/view.js';
import { type RepositoryKey, repositoryWorkflowId } from '../../src/domain/repository/names.js';
import {
  queryNames,
  signalNames,
  taskQueues,
  updateNames,
  workflowTypes,
} from '../../src/domain/wire-names.js';
import type { EngineUnderTest } from '../support/engine-under-test.js';
import type { GithubUnderTest } from '../support/github.js';
import { by, type Operator, until } from '../support/operator.js';
import { policyFile } from '../support/policy-file.js';

type SyncStory = (
  operator: Operator,
  engine: EngineUnderTest,
  github: GithubUnderTest,
) => Promise<{ readonly workflowId: string; readonly runId?: string }>;

async function aRepository(github: GithubUnderTest, name: string, sync: object) {
  const repository = { owner: 'acme', name };
  const files = {
    'sluice.yaml': policyFile(`sync: ${JSON.stringify(sync)}`),
    'issues/slow.md': '---\ntitle: Slow\n---\nIt takes 9 s.\n',
  };
  await github.control.createRepository({ ...repository, files });
  return repository;
}

async function begin(engine: EngineUnderTest, repository: RepositoryKey) {
  const workflowId = repositoryWorkflowId('issue-sync', repository);
  const handle = await engine.client.workflow.start(workflowTypes.syncIssues, {
    ...{ workflowId, taskQueue: taskQueues.workflows },
    args: [{ repository, dryRun: false }],
  });
  const is = (what: string, ready: (view: SyncView) => boolean) =>
    until(what, () => handle.query<SyncView>(queryNames.readSync), ready, 60_000);
  const rests = () => is('it rests', ({ phase }) => phase === 'resting');
  return { handle, workflowId, is, rests };
}

/** Held, approved, asked, paused, resumed, answered: long enough to go on as a new run. */
const settled =
  (name: string): SyncStory =>
  async (operator, engine, github) => {
    const repository = await aRepository(github, name, { every: '1h' });
    const { handle, workflowId, is, rests } = await begin(engine, repository);
    const { digest } = await is('held', ({ phase }) => phase === 'held');
    await operator.tell(workflowId, updateNames.planSync);
    await operator.tell(workflowId, updateNames.approveSync, { ...by, digest });
    await is('done', ({ lastWrite }) => lastWrite !== null);
    const path = 'issues/001-slow.md';
    const text = (await github.codeHost.contents.readFile(repository, path, 'main')) ?? '';
    const files = { [path]: text.replace('9 s', '10 s') };
    await github.control.commit(repository, { branch: 'main', files });
    await github.control.editIssue(repository, 1, { body: 'It takes 11 s.' });
    const told = { repository, actor: null, atMs: 0, delivery: 'd-1' };
    const event = { kind: 'issue', action: 'edited', number: 1, ...told };
    await handle.signal(signalNames.repositoryEvent, event);
    await is('a conflict', ({ waits }) => waits.some(({ kind }) => kind === 'conflict'));
    await operator.tell(workflowId, updateNames.pause);
    await operator.tell(workflowId, updateNames.resume);
    await rests();
    const answer = { issue: 1, field: 'body', take: 'github', text: null };
    await operator.tell(workflowId, updateNames.resolveSync, { ...by, ...answer });
    await is('settled', ({ waits, phase }) => waits.length === 0 && phase === 'resting');
    await operator.tell(workflowId, updateNames.syncNow, { ...by, full: true });
    await rests();
    return { workflowId, runId: handle.firstExecutionRunId };
  };

export const syncStories: Readonly<Record<string, SyncStory>> = {
  'sync-settled': settled('synced'),

  'sync-carried': async (operator, engine, github) => {
    const { workflowId } = await settled('carried')(operator, engine, github);
    return { workflowId };
  },

  'sync-explained': async (_operator, engine, github) => {
    const repository = await aRepository(github, 'explained', { firstPass: 'go' });
    await (await begin(engine, repository)).rests();
    const workflowId = repositoryWorkflowId('issue-sync', repository, 'why-1');
    await engine.client.workflow.execute(workflowTypes.explainSync, {
      ...{ workflowId, taskQueue: taskQueues.workflows },
      args: [{ repository, number: 1, atMost: 10 }],
    });
    return { workflowId };
  },
};
