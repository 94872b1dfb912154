/** Rollouts that belong to no release, as GitHub shows them, on a real Temporal server: each once, every phase in order. */
import assert from 'node:assert/strict';
import type {
  MirrorRolloutInput,
  RolloutMirrorEnd,
} from '../../src/domain/deployment-mirror/rollout.js';
import { shownPhases } from '../../src/domain/deployment-mirror/shown-phase.js';
import {
  parseRolloutWorkflowId,
  rolloutDeploymentWorkflowId,
  rolloutWorkflowId,
  type TargetKey,
} from '../../src/domain/names.js';
import type { Phase } from '../../src/domain/phase.js';
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import { taskQueues, updateNames, workflowTypes } from '../../src/domain/wire-names.js';
import { aCanary, aRelease, aRequest, anEnvironment } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { loseResults } from '../support/lost-results.js';
import { by, createOperator, type Operator, until } from '../support/operator.js';
import { bareBook, policyFile } from '../support/policy-file.js';

describe('mirror of rollouts without a release', function () {
  this.timeout(180_000);
  let github: GithubUnderTest;
  let engine: EngineUnderTest;
  let operator: Operator;
  const lost = loseResults({ seed: 5, share: 1, only: ['showRollout', 'findShownCommit'] });
  /** By service. */
  const shownIn = new Map<string, RepositoryKey>();
  const asked: string[] = [];

  before(async () => {
    github = await startGithub();
    engine = await startEngine({
      repositories: {
        codeHost: github.codeHost,
        policies: bareBook,
        placeOfRollout: async (id) => {
          asked.push(id);
          const { service, environment } = parseRolloutWorkflowId(id).target;
          const repository = shownIn.get(service);
          if (repository === undefined) return null;
          const isProduction = environment === 'production';
          return { repository, isProduction, logUrl: `https://ui.test/${id}` };
        },
      },
      // Every write's first result is lost: each is done twice, and must be seen once.
      metrics: lost.metrics,
    });
    operator = createOperator(engine);
  });
  after(async () => {
    await engine.stop();
    await github.stop();
  });

  function fresh(repository: RepositoryKey | null = github.repository): TargetKey {
    const service = operator.freshService();
    if (repository !== null) shownIn.set(service, repository);
    return { service, environment: 'staging' };
  }

  async function rollBack(target: TargetKey): Promise<string> {
    const command = { ...by, version: null };
    const id = `back:${target.service}:${Math.random()}`;
    const { orchestrator } = engine.ports;
    return (await orchestrator.rollBackTarget(target, 'local', command, id)).rolloutId;
  }

  /** The receipt comes before the rollout has begun. */
  const runOf = async (rolloutId: string) => {
    const look = () => operator.handle(rolloutId).describe();
    return (await until(`${rolloutId} begins`, look, () => true)).runId;
  };
  const mirrorOf = async (rolloutId: string) =>
    rolloutDeploymentWorkflowId(parseRolloutWorkflowId(rolloutId), await runOf(rolloutId));

  async function mirrored(rolloutId: string): Promise<RolloutMirrorEnd> {
    const id = await mirrorOf(rolloutId);
    await until(
      `${id} begins`,
      () => operator.handle(id).describe(),
      () => true,
      30_000,
    );
    return operator.handle(id).result() as Promise<RolloutMirrorEnd>;
  }

  const deploymentsOf = (
    { service }: TargetKey,
    { repository }: Pick<GithubUnderTest, 'repository'> = github,
  ) =>
    [...github.control.repository(repository).deployments.values()].filter(({ description }) =>
      description?.startsWith(`${service} `),
    );
  const ofRollout = (id: string) =>
    deploymentsOf(parseRolloutWorkflowId(id).target).filter(
      ({ payload }) => (payload as { rollout?: string }).rollout === id,
    );

  /** States that the sender wrote, oldest first; what GitHub makes inactive by itself repeats the words of the last. */
  function statesOf(rolloutId: string) {
    const [deployment, ...more] = ofRollout(rolloutId);
    assert.ok(deployment, `${rolloutId} is shown`);
    assert.equal(more.length, 0, `${rolloutId} is shown once`);
    const oldest = [...deployment.statuses].sort((a, b) => a.id - b.id);
    return oldest.filter(({ description }, n) => description !== oldest[n - 1]?.description);
  }
  const phaseIn = (description: string) => /\((\w+)\)/.exec(description)?.[1] as Phase;
  const shown = (rolloutId: string) =>
    statesOf(rolloutId).map(({ description }) => phaseIn(description));

  /** What the engine went through, read from its history in a way of its own. */
  async function wentThrough(rolloutId: string): Promise<Phase[]> {
    const { events } = await operator.handle(rolloutId).fetchHistory();
    const all = (events ?? []).flatMap((event) => {
      const fields =
        event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
      const data = fields?.Phase?.data;
      return data ? ([JSON.parse(Buffer.from(data).toString())].flat() as Phase[]) : [];
    });
    return all.filter((phase, n) => phase !== all[n - 1]);
  }

  const reconcile = async () =>
    engine.client.workflow.execute(workflowTypes.reconcile, {
      ...{ workflowId: `pass-${Math.random()}`, taskQueue: taskQueues.workflows, args: [] },
    });

  it('shows a rollback by command once, with its phases in order, at the commit of the release', async () => {
    const target = fresh();
    const { service, environment } = target;
    const sha = await github.control.commit(github.repository, {
      ...{ branch: 'main', files: { 'a.txt': 'a' } },
    });
    const head = await github.control.commit(github.repository, {
      ...{ branch: 'main', files: { 'a.txt': 'b' } },
    });
    const plan = anEnvironment(environment, { strategy: aCanary([50]) });
    const releaseId = await operator.release({
      ...aRelease(service, '1.0.0', [plan]),
      gitSha: sha,
    });
    assert.equal((await operator.releaseEnd(releaseId)).outcome, 'promoted');
    const direct = await operator.roll(target, aRequest('1.1.0', { strategy: aCanary([50]) }));
    assert.equal(direct.outcome, 'promoted');
    await mirrored(direct.rolloutId);
    const back = await rollBack(target);
    const end = await mirrored(back);

    assert.equal(end.trouble, null);
    assert.deepEqual(shown(back), await wentThrough(back));
    assert.deepEqual(shown(direct.rolloutId), await wentThrough(direct.rolloutId));
    assert.deepEqual(shown(back).at(-1), 'Promoted');
    for (const { state, description, logUrl } of statesOf(back)) {
      assert.equal(state, shownPhases[phaseIn(description)].deployment);
      assert.equal(logUrl, `https://ui.test/${back}`);
    }
    const [deployment] = ofRollout(back);
    assert.deepEqual([deployment?.sha, ofRollout(direct.rolloutId)[0]?.sha], [sha, head]);
    const { key, ...facts } = (deployment?.payload ?? {}) as Record<string, unknown>;
    assert.equal(key, `${back}/${await runOf(back)}`);
    assert.equal(facts['version'], '1.0.0');
    assert.equal(deployment?.environment, environment);
    assert.deepEqual(
      ofRollout(direct.rolloutId)[0]?.statuses.map(({ state }) => state)[0],
      'inactive',
      'GitHub takes what was before for past',
    );

    // The release's own rollout is the release's to show, and no commit is judged by a rollout.
    const own = rolloutWorkflowId({ target, n: 1 });
    assert.ok(asked.includes(own), 'it was heard of');
    assert.deepEqual(ofRollout(own), []);
    const { statuses } = github.control.repository(github.repository);
    assert.deepEqual([statuses.get(sha) ?? [], statuses.get(head) ?? []], [[], []]);

    await reconcile();
    await engine.restartWorkers();
    await reconcile();
    assert.equal(deploymentsOf(target).length, 2, 'whoever hears of them again');
    // What follows quickly is shown by one call.
    assert.ok((lost.lost.get('showRollout') ?? 0) >= 2, 'a result of each mirror was lost');
    const seen = await operator.described(await mirrorOf(back));
    assert.deepEqual([seen.attributes.Phase, seen.attributes.GitSha], ['Promoted', sha]);
  });

  it('shows it while it happens, with the reason, and goes on where it was after its worker is gone', async () => {
    const target = fresh();
    await operator.installed(target);
    const { rolloutId } = await operator.ask(
      target,
      aRequest('1.1.0', { strategy: aCanary([50], 60_000) }),
    );
    await until(
      'it is analysed',
      async () => shown(rolloutId),
      (all) => all.at(-1) === 'Analysing',
      60_000,
    );
    await operator.tell(rolloutId, updateNames.pause);
    await until(
      'it is seen to hold',
      async () => shown(rolloutId),
      (all) => all.at(-1) === 'Holding',
      60_000,
    );
    await engine.restartWorkers();
    await operator.tell(rolloutId, updateNames.abort);
    await mirrored(rolloutId);
    assert.deepEqual(shown(rolloutId), await wentThrough(rolloutId));
    const last = statesOf(rolloutId).at(-1);
    assert.equal(last?.state, 'error');
    assert.match(last?.description ?? '', /was stopped \(Aborted\): .*because/);
  });

  it('says of a rollout that was terminated that it was lost', async () => {
    const target = fresh();
    await operator.installed(target);
    const { rolloutId } = await operator.ask(
      target,
      aRequest('1.1.0', { strategy: aCanary([50], 60_000) }),
    );
    await until(
      'it is analysed',
      async () => shown(rolloutId),
      (all) => all.at(-1) === 'Analysing',
      60_000,
    );
    await operator.handle(rolloutId).terminate('by hand');
    await mirrored(rolloutId);
    assert.match(
      statesOf(rolloutId).at(-1)?.description ?? '',
      /\(Aborted\): the rollout was lost/,
    );
  });

  it('has the reconciler find what nobody heard of, and never takes what was replaced for stable', async () => {
    const target = fresh(null);
    await operator.installed(target);
    const { rolloutId } = await operator.roll(
      target,
      aRequest('1.1.0', { strategy: aCanary([50]) }),
    );
    await until(
      'its target knows',
      () => operator.targetView(target),
      ({ current }) => current === null,
    );
    assert.deepEqual(deploymentsOf(target), []);
    shownIn.set(target.service, github.repository);
    await reconcile();
    const first = rolloutWorkflowId({ target, n: 1 });
    for (const id of [first, rolloutId]) {
      await mirrored(id);
      assert.deepEqual(shown(id), await wentThrough(id));
    }
    assert.equal(statesOf(rolloutId).at(-1)?.state, 'success');
    assert.equal(statesOf(first).at(-1)?.state, 'inactive');
  });

  it('shows one that was repeated by hand after its release had ended', async () => {
    const target = fresh();
    await operator.installed(target);
    const plan = anEnvironment(target.environment, { strategy: aCanary([50]) });
    const releaseId = await operator.release(aRelease(target.service, '1.2.0', [plan]));
    engine.behaviours.set('1.2.0', { errorRate: 0.3, latencyMs: 20 });
    await operator.releaseEnd(releaseId);
    engine.behaviours.delete('1.2.0');
    const failed = rolloutWorkflowId({ target, n: 2 });
    await operator.targetIs(target, ({ current }) => current === null);
    await operator.tell(
      `target:${target.service}:${target.environment}`,
      updateNames.retryRollout,
      { ...by, n: 2 },
    );
    const again = rolloutWorkflowId({ target, n: 3 });
    await until(
      'it begins',
      () => operator.rolloutView(again),
      () => true,
    );
    await mirrored(again);
    assert.deepEqual(shown(again), await wentThrough(again));
    assert.deepEqual(ofRollout(failed), []);
  });

  it('writes nothing in a dry run, and tells the same steps', async () => {
    const target = fresh(null);
    const { rolloutId } = await operator.roll(target, aRequest('1.0.0'));
    const input: MirrorRolloutInput = {
      ...{ rollout: parseRolloutWorkflowId(rolloutId), runId: await runOf(rolloutId) },
      ...{ repository: github.repository, isProduction: false, logUrl: null, dryRun: true },
      candidate: aRequest('1.0.0').candidate,
    };
    const before = github.control.writes().length;
    const end = (await engine.client.workflow.execute(workflowTypes.mirrorRollout, {
      ...{ workflowId: await mirrorOf(rolloutId), taskQueue: taskQueues.workflows, args: [input] },
    })) as RolloutMirrorEnd;
    assert.equal(github.control.writes().length, before);
    assert.deepEqual(
      end.steps.map(({ phase }) => phase),
      await wentThrough(rolloutId),
    );
    assert.notEqual(end.sha, null);
  });

  it('shows nothing where it is switched off, and in a repository that is archived, and says why', async () => {
    const off = { owner: 'acme', name: 'off' };
    await github.control.createRepository({ ...off, isOrganization: true });
    await github.control.commit(off, {
      branch: 'main',
      files: { 'sluice.yaml': policyFile('enable: {deployments: false}') },
    });
    const archived = { owner: 'acme', name: 'archived' };
    await github.control.createRepository({ ...archived, isOrganization: true });
    github.control.repository(archived).isArchived = true;
    for (const [repository, why] of [
      [off, /switched off/],
      [archived, /archived/],
    ] as const) {
      const target = fresh(repository);
      const { rolloutId } = await operator.roll(target, aRequest('1.0.0'));
      const end = await mirrored(rolloutId);
      assert.match(end.skipped ?? '', why);
      assert.deepEqual(deploymentsOf(target, { repository }), []);
    }
  });

  it('says what GitHub refuses, goes on, and writes it again when asked', async () => {
    const target = fresh();
    await operator.installed(target);
    github.control.fault({
      ...{ operation: 'repos/create-deployment', kind: 'errorBeforeEffect' },
      ...{ status: 403, times: 20 },
    });
    const { rolloutId } = await operator.ask(
      target,
      aRequest('1.1.0', { strategy: aCanary([50], 60_000) }),
    );
    await operator.rolloutIs(rolloutId, ({ phase }) => phase === 'Analysing');
    const id = await mirrorOf(rolloutId);
    await until(
      'trouble',
      () => operator.described(id),
      ({ attributes }) => /Analysing is not shown/.test(String(attributes.NeedsAttention)),
      60_000,
    );
    github.control.clearFaults();
    await operator.tell(id, updateNames.lookAgain);
    await until(
      'it is shown',
      async () => shown(rolloutId),
      (all) => all.at(-1) === 'Analysing',
      60_000,
    );
    await operator.tell(rolloutId, updateNames.abort);
    assert.equal((await mirrored(rolloutId)).trouble, null);
  });
});
