/** Approvals and gates between GitHub and releases: signed reviews count as their people, waiting runs hear the gate. */
import assert from 'node:assert/strict';
import type { DeploymentAnswer } from '../../src/workflows/repository/mirror-messages.js';
import type { PipelineSnapshot } from '../../src/domain/release/release.js';
import { deploymentWorkflowId } from '../../src/domain/names.js';
import { repositoryWorkflowId } from '../../src/domain/repository/names.js';
import { taskQueues, updateNames, workflowTypes } from '../../src/domain/wire-names.js';
import { type ApiUnderTest, digestA, secrets, serveApi } from '../support/api-under-test.js';
import { aRelease, anEnvironment } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { loseResults } from '../support/lost-results.js';
import { by, createOperator, type Operator, refusal, until } from '../support/operator.js';
import { bareBook } from '../support/policy-file.js';
import { send } from '../support/webhook-sender.js';

describe('GitHub and the gates of releases', function () {
  this.timeout(120_000);
  let github: GithubUnderTest;
  let engine: EngineUnderTest;
  let operator: Operator;
  let api: ApiUnderTest;
  let pipeline: PipelineSnapshot;
  let commits = 0;

  before(async () => {
    github = await startGithub();
    engine = await startEngine({
      repositories: { codeHost: github.codeHost, policies: bareBook },
      metrics: loseResults({ seed: 5, share: 1, only: ['answerDeploymentRule'] }).metrics,
    });
    operator = createOperator(engine);
    api = await serveApi(engine.client, {
      tickets: engine.ports.tickets,
      resolvePipeline: async () => pipeline,
      mirroredIn: async () => 'acme/shop',
    });
  });
  after(async () => {
    await api.stop();
    await engine.stop();
    await github.stop();
  });

  /** A release of a commit of its own that waits for approval of production. */
  async function waiting() {
    const service = operator.freshService();
    await operator.installedIn(service, ['production']);
    const sha = await github.control.commit(github.repository, {
      branch: 'main',
      files: { 'a.txt': String(++commits) },
    });
    const plan = anEnvironment('production', {
      promotion: 'manual',
      approvals: {
        ...{ required: 1, approvers: ['ann'], minimumWaitMs: 0, deadlineMs: null },
        ...{ acceptClaims: false, fromGithub: { 'Ann-GH': 'ann', bob: 'bob' } },
      },
    });
    const input = { ...aRelease(service, '1.1.0', [plan]), gitSha: sha };
    pipeline = input.pipeline;
    const posted = await fetch(`${api.url}/v1/releases`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secrets.all}`, 'content-type': 'application/json' },
      body: JSON.stringify({ service, version: '1.1.0', digest: digestA, gitSha: sha }),
    });
    assert.equal(posted.status, 202, await posted.text());
    const id = `release:${service}:1.1.0`;
    await operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');
    // Reviews find it by the index, which lags.
    const listed = async () => {
      const found: string[] = [];
      const query = `WorkflowType = 'promoteRelease' AND GitSha = '${sha}'`;
      for await (const { workflowId } of engine.client.workflow.list({ query }))
        found.push(workflowId);
      return found;
    };
    await until('it is listed', listed, (found) => found.includes(id));
    return { id, sha, service };
  }

  const review = (sha: string, login: string, change: object = {}) => ({
    ...{ action: 'approved', comment: 'tested by hand', since: '2026-11-21T10:00:00Z' },
    ...{ approver: { login, type: 'User' }, sender: { login, type: 'User' } },
    workflow_job_runs: [{ id: 1, environment: 'production' }],
    workflow_run: { id: 7, head_sha: sha },
    repository: { full_name: 'acme/shop', name: 'shop', owner: { login: 'acme' } },
    ...change,
  });
  let guid = 0;
  const tell = (payload: object, more: object = {}) =>
    send(api.url, {
      event: 'deployment_review',
      guid: `00000000-0000-4000-8000-${String(++guid).padStart(12, '0')}`,
      body: JSON.stringify(payload),
      ...more,
    });

  it('counts a signed review of a mapped person as that approver, once', async () => {
    const { id, sha } = await waiting();
    const same = { guid: '11111111-0000-4000-8000-000000000001' };
    const answers = await Promise.all([
      tell(review(sha, 'ann-gh'), same),
      tell(review(sha, 'ann-gh'), same),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202],
    );
    await tell(review(sha, 'ann-gh'), same);
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
    const [stage] = (await operator.releaseView(id)).stages;
    assert.deepEqual(
      stage?.approvals.map(({ actor, reason, attested }) => [actor, reason, attested]),
      [['ann', 'tested by hand', true]],
    );
  });

  it('counts nobody else: no signature, no mapping, no approver, a bot, two names, another commit', async () => {
    const { id, sha } = await waiting();
    const approvals = async () => (await operator.releaseView(id)).stages[0]?.approvals.length;
    const forged = await tell(review(sha, 'ann-gh'), { secret: 'another secret of some length' });
    assert.equal(forged.status, 401);
    const cases = [
      review(sha, 'mallory'),
      review(sha, 'bob'),
      review(sha, 'ann-gh', { sender: { login: 'ann-gh', type: 'Bot' } }),
      review(sha, 'ann-gh', { sender: { login: 'mallory', type: 'User' } }),
      review('f'.repeat(40), 'ann-gh'),
      review(sha, 'ann-gh', { workflow_job_runs: [{ id: 1, environment: 'staging' }] }),
    ];
    for (const payload of cases) assert.equal((await tell(payload)).status, 202);
    assert.equal(await approvals(), 0);
    assert.equal((await operator.releaseView(id)).phase, 'AwaitingApproval');
    assert.equal(
      (await tell(review(sha, 'ann-gh', { action: 'rejected', comment: 'not now' }))).status,
      202,
    );
    const end = await operator.releaseEnd(id);
    assert.deepEqual([end.outcome, end.reason], ['ReleaseRejected', 'rejected by ann: not now']);
  });

  it('mirrors what is posted, once, however often', async () => {
    const { id, sha, service } = await waiting();
    const { runId } = await operator.handle(id).describe();
    const mirror = deploymentWorkflowId({ service, version: '1.1.0' }, runId);
    const again = () =>
      fetch(`${api.url}/v1/releases`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secrets.all}`, 'content-type': 'application/json' },
        body: JSON.stringify({ service, version: '1.1.0', digest: digestA, gitSha: sha }),
      });
    assert.deepEqual(
      (await Promise.all([again(), again()])).map(({ status }) => status),
      [202, 202],
    );
    const shown = () =>
      [...github.control.repository(github.repository).deployments.values()].filter(
        (each) => each.sha === sha,
      );
    await until(
      'it is shown',
      async () => shown(),
      ([one]) => (one?.statuses.length ?? 0) > 1,
      30_000,
    );
    await operator.approve(id, 'production', 'ann');
    await operator.handle(mirror).result();
    assert.equal(shown().length, 1);
  });

  async function aRun(sha: string, dryRun = false) {
    const runId = await github.control.askProtectionRule(github.repository, {
      environment: 'production',
      sha,
    });
    const workflowId = repositoryWorkflowId(
      'deployment-gate',
      github.repository,
      `${runId}/production`,
    );
    const handle = await engine.client.workflow.start(workflowTypes.answerDeployment, {
      workflowId,
      taskQueue: taskQueues.workflows,
      args: [{ repository: github.repository, runId, environment: 'production', sha, dryRun }],
    });
    const answers = () =>
      github.control.repository(github.repository).waitingRuns.get(runId)?.answers ?? [];
    return {
      runId,
      workflowId,
      answers,
      result: () => handle.result() as Promise<DeploymentAnswer>,
    };
  }

  it('lets a waiting run go when the gate is passed, and not before', async () => {
    const { id, sha } = await waiting();
    const run = await aRun(sha);
    const planned = await aRun(sha, true);
    await until(
      'it waits',
      () => operator.metadata(run.workflowId),
      ({ currentDetails }) => /AwaitingApproval at production/.test(currentDetails),
    );
    assert.deepEqual(run.answers(), []);
    await operator.approve(id, 'production', 'ann');
    const { state, comment } = await run.result();
    assert.equal(state, 'approved');
    assert.match(comment, /approved by ann/);
    assert.deepEqual(
      run.answers().map((each) => each.state),
      ['approved'],
    );
    assert.equal((await planned.result()).state, 'approved');
    assert.deepEqual(planned.answers(), [], 'a dry run answers nothing');
    const sent = github.control.writes().filter(({ path }) => path.includes(`/${planned.runId}/`));
    assert.deepEqual(sent, []);
  });

  it('refuses it when the release is refused, and hears a person in its place', async () => {
    const { id, sha } = await waiting();
    const run = await aRun(sha);
    await operator.tell(id, updateNames.reject, { ...by, environment: 'production' });
    assert.equal((await run.result()).state, 'rejected');
    assert.deepEqual(
      run.answers().map((each) => each.state),
      ['rejected'],
    );

    const lonely = await aRun('e'.repeat(40));
    const approve = () => operator.tell(lonely.workflowId, updateNames.approve);
    assert.match(
      await refusal(operator.tell(lonely.workflowId, updateNames.approve, { actor: 'ann' })),
      /reason/,
    );
    await approve();
    assert.deepEqual(await lonely.result(), {
      state: 'approved',
      comment: 'approved by ann: because',
    });
  });
});
