/** Crashes after effects, answers of GitHub that get lost, webhooks lost and doubled: an issue's life has each effect once. */
import assert from 'node:assert/strict';
import type { IssueEnd, IssueView } from '../../src/domain/issue/view.js';
import { repositoryWorkflowId } from '../../src/domain/repository/names.js';
import { queryNames, signalNames, taskQueues, workflowTypes } from '../../src/domain/wire-names.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { crashRuns, crashSeed, loseResults, type LostResults } from '../support/lost-results.js';
import { createOperator, type Operator, until } from '../support/operator.js';
import { bareBook, policyFile } from '../support/policy-file.js';

// `SLUICE_TEST_FULL` asks for the full count.
const runs = crashRuns({ change: 12, full: 350 });
const atOnce = 6;
const seed = crashSeed();

describe(`lives of ${runs} issues among crashes (seed ${seed})`, function () {
  this.timeout(60_000 + runs * 20_000);
  let github: GithubUnderTest;
  let engine: EngineUnderTest;
  let operator: Operator;
  let losses: LostResults;

  before(async () => {
    github = await startGithub();
    github.control.limits.primaryPerHour = 1_000_000_000;
    losses = loseResults({ seed, share: 0.5 });
    engine = await startEngine({
      repositories: { codeHost: github.codeHost, policies: bareBook },
      metrics: losses.metrics,
    });
    operator = createOperator(engine);
  });
  after(async () => {
    await engine.stop();
    await github.stop();
  });

  /** 0 ≤ x < 1 by seed, run and question. */
  const draws = (run: number) => {
    let state = (seed ^ Math.imul(run + 1, 0x9e3779b9)) >>> 0;
    return () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
  };

  const lostAnswers = [
    ...['createLinkedBranch', 'pulls/create', 'checks/create', 'createCommitOnBranch'],
    'issues/update',
  ];

  async function live(run: number): Promise<void> {
    const draw = draws(run);
    const repository = { owner: 'acme', name: `crash-${tries}-${run}` };
    await github.control.createRepository({
      ...repository,
      files: {
        'sluice.yaml': policyFile('issues: {pull: {draft: false}}'),
        'issues/001-it.md': '# it\n',
      },
    });
    const { number } = await github.control.createIssue(repository, { title: 'It', body: '' });
    const id = repositoryWorkflowId('issue', repository, number);
    let deliveries = 0;
    const signal = () =>
      engine.client.workflow.signalWithStart(workflowTypes.followIssue, {
        workflowId: id,
        taskQueue: taskQueues.workflows,
        args: [{ repository, number, dryRun: false }],
        signal: signalNames.repositoryEvent,
        signalArgs: [
          {
            kind: 'issue',
            action: 'edited',
            number,
            repository,
            actor: null,
            atMs: 0,
            delivery: `${++deliveries}`,
          },
        ],
      });
    /** Lost, told once or told twice; what is lost is found by the next sweep, which is the next look of `until`. */
    const hear = async () => {
      const times = Math.floor(draw() * 3);
      for (let n = 0; n < times; n += 1) await signal();
      const operation = lostAnswers[Math.floor(draw() * lostAnswers.length)] ?? '*';
      if (draw() < 0.3) github.control.fault({ operation, kind: 'errorAfterEffect', status: 502 });
    };
    await signal();
    let looks = 0;
    const reached = (stage: string) =>
      until(
        `${id} is ${stage}`,
        async () => {
          looks += 1;
          if (looks % 50 === 0) await signal();
          return operator.handle(id).query<IssueView>(queryNames.readIssue);
        },
        (seen) => seen.stage === stage,
        90_000,
      );
    const branch = 'feature/issue-1-it';
    await reached('linked');
    await github.control.commit(repository, { branch, files: { 'a.ts': 'a' } });
    await hear();
    const { pull } = await reached('inReview');
    assert.ok(pull);
    const headSha = github.control.readRef(repository, `refs/heads/${branch}`) ?? '';
    const { kind } = await github.codeHost.pulls.mergePull(repository, pull, {
      headSha,
      method: 'squash',
    });
    assert.equal(kind, 'merged');
    await hear();
    await signal();
    const end = (await operator.handle(id).result()) as IssueEnd;
    assert.equal(end.kind, 'archived');

    const held = github.control.repository(repository);
    const refs = [...held.git.refs().keys()].filter((ref) => ref.startsWith('refs/heads/feature/'));
    assert.deepEqual(refs, [`refs/heads/${branch}`]);
    const items = [...held.items.values()];
    assert.equal(items.filter((item) => item.pull !== null).length, 1, 'one pull request');
    assert.equal(items.length, 2);
    assert.ok(items.every(({ comments }) => [...comments.values()].length === 0));
    assert.equal(github.control.item(repository, number).state, 'closed');
    const moves = await github.codeHost.refs.compare(
      repository,
      held.git.refs().get(`refs/heads/${branch}`) ?? '',
      'main',
    );
    const archived = moves.commits.filter(({ message }) => message.startsWith('Archive issue 1'));
    assert.equal(archived.length, 1, 'one commit of the archive');
    const ledger = await engine.ports.ledger.read({ subject: id, limit: 1000 });
    const once = [...new Map(ledger.map((event) => [event.id, event.kind])).values()].sort();
    assert.deepEqual(
      // Whose check is seen first, by a push or by the pull request, differs from life to life.
      once.filter((kind) => kind !== 'issueClosed' && kind !== 'issuePullChecked'),
      [...['issueBranchCreated', 'issueFileArchived', 'issuePullOpened']],
    );
  }

  // Of a try that failed some lives may still go on.
  let tries = 0;
  it('comes to the same end, with one branch, one pull request and one commit each', async () => {
    tries += 1;
    const due = Array.from({ length: runs }, (_, run) => run);
    const worker = async () => {
      for (let run = due.shift(); run !== undefined; run = due.shift()) await live(run);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    const lost = [...losses.lost.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(lost >= runs, `${lost} results were lost`);
  });
});
