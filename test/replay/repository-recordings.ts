/** The stories of repositories whose histories are kept: each plays on a real server and at a GitHub. */
import assert from 'node:assert/strict';
import type { IssueView } from '../../src/domain/issue/view.js';
import type { RolloutMirrorView } from '../../src/domain/deployment-mirror/rollout.js';
import { deploymentWorkflowId, rolloutDeploymentWorkflowId } from '../../src/domain/names.js';
import { type RepositoryKey, repositoryWorkflowId } from '../../src/domain/repository/names.js';
import {
  queryNames,
  signalNames,
  taskQueues,
  updateNames,
  workflowTypes,
} from '../../src/domain/wire-names.js';
import { aCanary, aRelease, aRequest, anEnvironment } from '../support/builders.js';
import type { EngineUnderTest } from '../support/engine-under-test.js';
import type { GithubUnderTest } from '../support/github.js';
import { by, type Operator, until } from '../support/operator.js';
import { policyFile } from '../support/policy-file.js';

type RepositoryStory = (
  operator: Operator,
  engine: EngineUnderTest,
  github: GithubUnderTest,
) => Promise<{ readonly workflowId: string; readonly runId?: string }>;

async function aRepository(
  github: GithubUnderTest,
  name: string,
  ...policy: readonly string[]
): Promise<RepositoryKey> {
  const repository = { owner: 'acme', name };
  const files = { 'sluice.yaml': policyFile(...policy), 'issues/001-slow.md': '# slow\n' };
  await github.control.createRepository({ ...repository, files });
  return repository;
}

function begin(engine: EngineUnderTest, type: string, workflowId: string, input: object) {
  const options = { workflowId, taskQueue: taskQueues.workflows, args: [input] };
  return engine.client.workflow.start(type, options);
}

/** A release of a commit, up to its approval. */
async function released(operator: Operator, github: GithubUnderTest) {
  const service = operator.freshService();
  await operator.installedIn(service, ['production']);
  const sha = github.control.readRef(github.repository, 'refs/heads/main') ?? '';
  const plan = anEnvironment('production', { promotion: 'manual', strategy: aCanary([50]) });
  const releaseId = await operator.release({ ...aRelease(service, '1.1.0', [plan]), gitSha: sha });
  await operator.releaseIs(releaseId, ({ phase }) => phase === 'AwaitingApproval');
  return { service, sha, releaseId };
}

export const repositoryStories: Readonly<Record<string, RepositoryStory>> = {
  'issue-archived': async (operator, engine, github) => {
    const repository = await aRepository(github, 'life', 'issues: {pull: {draft: false}}');
    const { number } = await github.control.createIssue(repository, { title: 'Slow', body: '' });
    const workflowId = repositoryWorkflowId('issue', repository, number);
    const handle = await begin(engine, workflowTypes.followIssue, workflowId, {
      ...{ repository, number, dryRun: false },
    });
    const view = () => handle.query<IssueView>(queryNames.readIssue);
    const at = (stage: string) => until(stage, view, (seen) => seen.stage === stage, 60_000);
    const told = { kind: 'issue', action: 'edited', number, repository, actor: null, atMs: 0 };
    await at('linked');
    await operator.tell(workflowId, updateNames.pause);
    await operator.tell(workflowId, updateNames.resume);
    const branch = 'feature/issue-1-slow';
    await github.control.commit(repository, { branch, files: { 'a.ts': 'a' } });
    await handle.signal(signalNames.repositoryEvent, { ...told, delivery: '1' });
    const { pull } = await at('inReview');
    assert.ok(pull);
    const headSha = github.control.readRef(repository, `refs/heads/${branch}`) ?? '';
    await github.codeHost.pulls.mergePull(repository, pull, { headSha, method: 'squash' });
    await handle.signal(signalNames.repositoryEvent, { ...told, delivery: '2' });
    await handle.result();
    return { workflowId };
  },

  'protection-restored': async (operator, engine, github) => {
    const policy = ['protection: {main: {requiredApprovals: 1}}'];
    const repository = await aRepository(github, 'guarded', ...policy);
    const workflowId = repositoryWorkflowId('protection', repository);
    await begin(engine, workflowTypes.protectBranches, workflowId, { repository, dryRun: false });
    await operator.tell(workflowId, updateNames.planProtection);
    await operator.tell(workflowId, updateNames.applyProtection, { ...by, branch: null });
    const restore = { ...by, branch: 'main', backup: null };
    await operator.tell(workflowId, updateNames.restoreProtection, restore);
    return { workflowId };
  },

  'mirror-promoted': async (operator, engine, github) => {
    const { service, sha, releaseId } = await released(operator, github);
    const { runId } = await operator.handle(releaseId).describe();
    const release = { service, version: '1.1.0' };
    const workflowId = deploymentWorkflowId(release, runId);
    const { repository } = github;
    const handle = await begin(engine, workflowTypes.mirrorRelease, workflowId, {
      ...{ release, runId, repository, sha, production: [], logUrl: null, dryRun: false },
    });
    await operator.tell(workflowId, updateNames.lookAgain);
    await operator.approve(releaseId, 'production', 'ann');
    await handle.result();
    return { workflowId };
  },

  'rollout-mirrored': async (operator, engine, github) => {
    const target = { service: operator.freshService(), environment: 'production' };
    await operator.installed(target);
    const slow = aRequest('1.1.0', { strategy: aCanary([50], 60_000) });
    const { rolloutId } = await operator.ask(target, slow);
    await operator.rolloutIs(rolloutId, ({ phase }) => phase === 'Analysing');
    const { runId } = await operator.handle(rolloutId).describe();
    const rollout = { target, n: 2 };
    const workflowId = rolloutDeploymentWorkflowId(rollout, runId);
    const { repository } = github;
    const handle = await begin(engine, workflowTypes.mirrorRollout, workflowId, {
      ...{ rollout, runId, repository, candidate: slow.candidate },
      ...{ isProduction: true, logUrl: null, dryRun: false },
    });
    await until(
      'it is shown',
      () => handle.query<RolloutMirrorView>(queryNames.readMirror),
      ({ shown, deploymentId }) => shown === 'Analysing' && deploymentId !== null,
    );
    await operator.tell(workflowId, updateNames.lookAgain);
    await operator.tell(rolloutId, updateNames.abort);
    await handle.result();
    return { workflowId };
  },

  'gate-approved': async (operator, engine, github) => {
    const { sha, releaseId } = await released(operator, github);
    const { repository } = github;
    const environment = 'production';
    const runId = await github.control.askProtectionRule(repository, { environment, sha });
    const workflowId = repositoryWorkflowId('deployment-gate', repository, `${runId}/production`);
    const handle = await begin(engine, workflowTypes.answerDeployment, workflowId, {
      ...{ repository, runId, environment, sha, dryRun: false },
    });
    await operator.approve(releaseId, environment, 'ann');
    await handle.result();
    return { workflowId };
  },
};
