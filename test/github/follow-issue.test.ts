/** From an issue to its archived file, on a real Temporal server and a GitHub: each stage by its own event, each effect once. */
import assert from 'node:assert/strict';
import { issueStages } from '../../src/domain/issue/advance.js';
import type { IssueEnd, IssueView } from '../../src/domain/issue/view.js';
import { type RepositoryKey, repositoryWorkflowId } from '../../src/domain/repository/names.js';
import type { IssueEvent, PullEvent, PushEvent } from '../../src/domain/webhook/event.js';
import {
  queryNames,
  signalNames,
  taskQueues,
  updateNames,
  workflowTypes,
} from '../../src/domain/wire-names.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { loseResults } from '../support/lost-results.js';
import { by, createOperator, type Operator, refusal, until } from '../support/operator.js';
import { serveApi } from '../support/api-under-test.js';
import { bareBook, policyFile } from '../support/policy-file.js';

describe('life of an issue', function () {
  this.timeout(180_000);
  let github: GithubUnderTest;
  let engine: EngineUnderTest;
  let operator: Operator;
  let count = 0;

  before(async () => {
    github = await startGithub();
    // The first result of every effect is lost: each is tried twice.
    const only = [
      ...['createIssueBranch', 'openIssuePull', 'checkIssuePull'],
      ...['closeMergedIssue', 'archiveIssueFile'],
    ];
    engine = await startEngine({
      repositories: { codeHost: github.codeHost, policies: bareBook },
      metrics: loseResults({ seed: 11, share: 1, only }).metrics,
    });
    operator = createOperator(engine);
  });
  after(async () => {
    await engine.stop();
    await github.stop();
  });

  async function aRepository(...lines: string[]): Promise<RepositoryKey> {
    const repository = { owner: 'acme', name: `life-${++count}` };
    const files = {
      'README.md': '# shop\n',
      'sluice.yaml': policyFile(...lines),
      'issues/001-search-is-slow.md': '---\ntitle: Search is slow\n---\nIt is.\n',
      'issues/002-other.md': '# other\n',
    };
    await github.control.createRepository({ ...repository, files });
    return repository;
  }

  async function anIssue(
    repository: RepositoryKey,
    title = 'Search is slow',
    body = 'It takes 9 s.',
  ) {
    const { number } = await github.control.createIssue(repository, { title, body });
    return number;
  }

  /** As the router does it. */
  async function hear(
    repository: RepositoryKey,
    number: number,
    event: object = {},
    dryRun = false,
  ) {
    const id = repositoryWorkflowId('issue', repository, number);
    const told = {
      ...{ kind: 'issue', action: 'opened', number, nodeId: 'I', title: '', author: null },
      ...{ state: 'open', stateReason: null, labels: [], label: null, itemMarkers: [] },
      ...{ repository, actor: null, atMs: Date.now(), delivery: 'd1', ...event },
    } as unknown as IssueEvent;
    await engine.client.workflow.signalWithStart(workflowTypes.followIssue, {
      workflowId: id,
      taskQueue: taskQueues.workflows,
      args: [{ repository, number, dryRun }],
      signal: signalNames.repositoryEvent,
      signalArgs: [told],
    });
    const view = () => operator.handle(id).query<IssueView>(queryNames.readIssue);
    const at = (stage: string) =>
      until(`${id} is ${stage}`, view, (seen) => seen.stage === stage, 60_000);
    return { id, view, at };
  }

  const pushed = (branch: string): Partial<PushEvent> => ({
    kind: 'push',
    action: 'updated',
    branch,
  });
  const pulled = (number: number, ref: string): Partial<PullEvent> => ({
    kind: 'pull',
    number,
    action: 'closed',
    head: { ref, sha: '', repository: null },
  });
  const branches = (repository: RepositoryKey) =>
    [...github.control.repository(repository).git.refs().keys()]
      .filter((ref) => ref.startsWith('refs/heads/feature/'))
      .map((ref) => ref.slice('refs/heads/'.length));
  const pulls = (repository: RepositoryKey) =>
    [...github.control.repository(repository).items.values()].filter((item) => item.pull !== null);
  const file = async (repository: RepositoryKey, path: string) =>
    github.codeHost.contents.readFile(repository, path, 'main');

  it('goes from created to archived, each effect once though every first result is lost', async () => {
    const repository = await aRepository('issues: {pull: {draft: false}}');
    const number = await anIssue(repository);
    const askedAt = performance.now();
    const flow = await hear(repository, number);
    await flow.at('linked');
    assert.ok(performance.now() - askedAt < 30_000, 'the branch is there within 30 s');
    const branch = 'feature/issue-1-search-is-slow';
    assert.deepEqual(branches(repository), [branch]);
    assert.equal(github.control.item(repository, number).linkedBranches.length, 1);

    await hear(repository, number);
    await hear(repository, number, { action: 'edited' });
    assert.deepEqual(branches(repository), [branch], 'repeated events create nothing');

    await github.control.commit(repository, { branch, files: { 'search.ts': 'fast' } });
    await hear(repository, number, pushed(branch));
    await flow.at('inReview');
    const [pull, ...more] = pulls(repository);
    assert.equal(more.length, 0);
    assert.ok(pull?.pull);
    assert.match(pull.body ?? '', /Closes #1\b/);
    assert.match(pull.body ?? '', /- \[x\] feat/);
    assert.match(pull.body ?? '', /- \[ \] Tests cover/);
    assert.equal(pull.title, 'feat: search is slow');
    const sha = github.control.readRef(repository, `refs/heads/${branch}`) ?? '';
    const checks = async () =>
      (await github.codeHost.checks.listRuns(repository, sha)).map(({ name, conclusion }) => [
        name,
        conclusion,
      ]);
    await until('it is checked', checks, (runs) => runs.length > 0);
    assert.deepEqual(await checks(), [['Sluice template', 'success']]);

    await github.codeHost.pulls.editPull(repository, pull.number, { body: 'nothing here' });
    await hear(repository, number, { ...pulled(pull.number, branch), action: 'edited' });
    await until('it fails', checks, (runs) =>
      runs.some(([, conclusion]) => conclusion === 'failure'),
    );
    assert.equal((await checks()).length, 1, 'one check');
    await until('it says what lacks', flow.view, ({ reason }) =>
      /lacks issueLink, checklist, changeType/.test(reason),
    );

    const merged = await github.codeHost.pulls.mergePull(repository, pull.number, {
      headSha: sha,
      method: 'squash',
    });
    assert.equal(merged.kind, 'merged', JSON.stringify(merged));
    assert.equal(
      github.control.item(repository, number).state,
      'open',
      'its text does not close it any more',
    );
    await hear(repository, number, pulled(pull.number, branch));
    const end = (await operator.handle(flow.id).result()) as IssueEnd;
    assert.deepEqual(
      [end.kind, end.state.stage, end.state.pull],
      ['archived', 'archived', pull.number],
    );
    assert.equal(github.control.item(repository, number).state, 'closed');
    assert.equal(await file(repository, 'issues/001-search-is-slow.md'), null);
    assert.match(
      (await file(repository, 'issues/archive/001-search-is-slow.md')) ?? '',
      /^---\ntitle/,
    );
    assert.equal(await file(repository, 'issues/002-other.md'), '# other\n');
    const { story } = await flow.view();
    const stages = story
      .map(({ text }) => text.split(':')[0])
      .filter((stage) => issueStages.some((s) => s === stage));
    assert.deepEqual(stages, issueStages.slice(1));

    const events = await engine.ports.ledger.read({ subject: flow.id, limit: 100 });
    const kinds = [...new Map(events.map(({ id, kind }) => [id, kind])).values()];
    assert.deepEqual(kinds, [
      'issueBranchCreated',
      'issuePullOpened',
      // One for each head.
      ...['issuePullChecked', 'issuePullChecked'],
      'issueClosed',
      'issueFileArchived',
    ]);
    assert.match(String(events[0]?.data.cause), /issue opened/);
  });

  it('finds everything done when it hears of it for the first time', async () => {
    const repository = await aRepository('issues: {}');
    const number = await anIssue(repository);
    const branch = 'feature/issue-1-under-another-title';
    await github.control.commit(repository, { branch, files: { 'a.ts': 'a' } });
    const pull = await github.control.createPull(repository, {
      title: 'feat: x',
      head: branch,
      body: `Closes #${number}`,
    });
    const sha = github.control.readRef(repository, `refs/heads/${branch}`) ?? '';
    await github.codeHost.pulls.mergePull(repository, pull.number, {
      headSha: sha,
      method: 'squash',
    });
    const flow = await hear(repository, number, { action: 'closed', state: 'closed' });
    const end = (await operator.handle(flow.id).result()) as IssueEnd;
    assert.equal(end.kind, 'archived');
    assert.deepEqual(branches(repository), [branch]);
    assert.equal(pulls(repository).length, 1);
  });

  it('waits for what the policy names, or for a person’s word', async () => {
    const repository = await aRepository(
      'issues:',
      '  branch: {when: labeled, labels: [ready], from: main}',
    );
    const number = await anIssue(repository, '検索が遅い 🚀');
    const flow = await hear(repository, number);
    await until('it waits', flow.view, ({ reason }) => /a label: ready/.test(reason));
    assert.deepEqual(branches(repository), []);
    await github.control.label(repository, number, ['Ready']);
    await hear(repository, number, { action: 'labeled', label: 'Ready' });
    await flow.at('linked');
    assert.deepEqual(branches(repository), ['feature/issue-1']);

    const other = await anIssue(repository, 'Another');
    const next = await hear(repository, other);
    await until('it waits', next.view, ({ reason }) => /a label/.test(reason));
    const pause = operator.tell(next.id, updateNames.pause);
    assert.deepEqual(await pause, {
      accepted: true,
      message: 'keep our hands off it until resumed',
    });
    await github.control.label(repository, other, ['ready']);
    await hear(repository, other, { action: 'labeled' });
    assert.match(
      await refusal(operator.tell(next.id, updateNames.branchNow)),
      /not possible.*paused/,
    );
    assert.equal(branches(repository).length, 1, 'hands off');
    await operator.tell(next.id, updateNames.resume, by);
    await next.at('linked');
  });

  it('closes nothing again that a person opened again after its merge', async () => {
    const repository = await aRepository('issues: {pull: {draft: false}}');
    const number = await anIssue(repository);
    const branch = 'feature/issue-1-x';
    await github.control.commit(repository, { branch, files: { 'a.ts': 'a' } });
    const pull = await github.control.createPull(repository, {
      title: 'feat: x',
      head: branch,
      body: 'Closes #1',
    });
    const sha = github.control.readRef(repository, `refs/heads/${branch}`) ?? '';
    await github.codeHost.pulls.mergePull(repository, pull.number, {
      headSha: sha,
      method: 'squash',
    });
    await until(
      'it is closed',
      async () => github.control.item(repository, number).state,
      (s) => s === 'closed',
    );
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await github.codeHost.items.editItem(repository, number, { state: 'open' });
    const flow = await hear(repository, number, { action: 'reopened' });
    await until('it waits', flow.view, ({ reason }) => /opened again after its merge/.test(reason));
    assert.equal(github.control.item(repository, number).state, 'open');
    assert.equal(pulls(repository).length, 1);
  });

  it('leaves what Sluice made itself alone, and does nothing in a dry run but say what it would do', async () => {
    const repository = await aRepository('issues: {}');
    const own = await anIssue(repository, 'Stale branch', 'Old.\n\n<!-- sluice:stale-branch/x -->');
    const foreign = await hear(repository, own);
    assert.equal(((await operator.handle(foreign.id).result()) as IssueEnd).kind, 'notFollowed');
    const number = await anIssue(repository, 'New');
    const before = github.control.writes().length;
    const flow = await hear(repository, number, {}, true);
    const end = (await operator.handle(flow.id).result()) as IssueEnd;
    assert.deepEqual(end.plan, ['create the branch feature/issue-2-new from the default branch']);
    assert.equal(github.control.writes().length, before);
    const off = await aRepository('protection: {}');
    const nothing = await hear(off, await anIssue(off));
    const why = ((await operator.handle(nothing.id).result()) as IssueEnd).reason;
    assert.match(why, /not configured/);
  });

  it('is commanded and read over HTTP, where nobody follows it yet', async () => {
    const repository = await aRepository('issues: {branch: {when: assigned}}');
    const number = await anIssue(repository, 'Over HTTP');
    const api = await serveApi(engine.client);
    try {
      const path = `/v1/repositories/acme/${repository.name}/issues/${number}`;
      assert.equal((await api.call('GET', path)).status, 404);
      const asked = await api.call('POST', `${path}/branch`, { body: { reason: 'urgent' } });
      assert.equal(asked.status, 200, JSON.stringify(asked.body));
      const seen = await until(
        'its branch is there',
        async () => (await api.call('GET', path)).body as IssueView,
        ({ stage }) => stage === 'linked',
        60_000,
      );
      assert.equal(seen.branch, 'feature/issue-1-over-http');
      assert.equal(
        (await api.call('POST', `${path}/branch`, { body: { reason: 'again' } })).status,
        409,
      );
      assert.equal(
        (await api.call('POST', `${path}/explode`, { body: { reason: 'x' } })).status,
        400,
      );
      assert.equal((await api.call('POST', `${path}/pause`, { body: {} })).status, 400);
    } finally {
      await api.stop();
    }
  });

  it('archives a file under a protected branch never by force, and says what is in the way', async () => {
    const repository = await aRepository('issues: {}');
    const number = await anIssue(repository);
    github.control.protect(repository, 'main', {
      reviews: {
        count: 1,
        dismissStale: false,
        codeOwners: false,
        lastPush: false,
        dismissal: null,
        bypass: null,
      },
      enforceAdmins: true,
    });
    await github.codeHost.items.editItem(repository, number, { state: 'closed' });
    const flow = await hear(repository, number, { action: 'closed', state: 'closed' });
    const { trouble, stage } = await until(
      'trouble',
      flow.view,
      (view) => view.trouble !== null,
      60_000,
    );
    assert.equal(stage, 'closed');
    assert.match(trouble ?? '', /through a pull request/);
    github.control.protect(repository, 'main', null);
    await operator.tell(flow.id, updateNames.lookAgain);
    assert.equal(((await operator.handle(flow.id).result()) as IssueEnd).kind, 'dropped');
    assert.notEqual(await file(repository, 'issues/archive/001-search-is-slow.md'), null);
  });
});
