/** Releases as GitHub shows them, on a real Temporal server: every phase that the engine's own history holds, in order. */
import assert from 'node:assert/strict';
import { shownPhases } from '../../src/domain/deployment-mirror/shown-phase.js';
import type { MirrorEnd, MirrorView } from '../../src/domain/deployment-mirror/view.js';
import { deploymentWorkflowId, rolloutWorkflowId } from '../../src/domain/names.js';
import { isEnded, type Phase } from '../../src/domain/phase.js';
import type { ReleaseInput } from '../../src/domain/release/view.js';
import { queryNames, taskQueues, updateNames, workflowTypes } from '../../src/domain/wire-names.js';
import { aCanary, aRelease, anEnvironment } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { loseResults } from '../support/lost-results.js';
import { createOperator, type Operator, until } from '../support/operator.js';
import { bareBook } from '../support/policy-file.js';

describe('mirror of a release', function () {
  this.timeout(180_000);
  let github: GithubUnderTest;
  let engine: EngineUnderTest;
  let operator: Operator;
  let sha: string;

  before(async () => {
    github = await startGithub();
    // Every write's first result is lost: each is done twice, and must be seen once.
    const only = ['showDeployment', 'showRelease', 'answerDeploymentRule'];
    engine = await startEngine({
      repositories: { codeHost: github.codeHost, policies: bareBook },
      metrics: loseResults({ seed: 3, share: 1, only }).metrics,
    });
    operator = createOperator(engine);
    engine.behaviours.set('1.2.0', { errorRate: 0.3, latencyMs: 20 });
    sha = github.control.readRef(github.repository, 'refs/heads/main') ?? '';
  });
  after(async () => {
    await engine.stop();
    await github.stop();
  });

  const ended = async (id: string) => (await operator.handle(id).describe()).runId;

  async function mirror(input: ReleaseInput, { dryRun = false } = {}) {
    const releaseId = await operator.release(input);
    const runId = await ended(releaseId);
    const { service, version } = input;
    const id = deploymentWorkflowId({ service, version }, runId);
    const start = () =>
      engine.client.workflow.start(workflowTypes.mirrorRelease, {
        workflowId: id,
        taskQueue: taskQueues.workflows,
        args: [
          {
            ...{ release: { service, version }, runId, repository: github.repository, sha, dryRun },
            ...{ production: ['production'], logUrl: `https://ui.test/${service}` },
          },
        ],
      });
    return { id, releaseId, runId, start };
  }

  /** What GitHub holds of a release: the states of each environment's deployment, oldest first. */
  function shown(service: string): Record<string, string[]> {
    const { deployments } = github.control.repository(github.repository);
    const ours = [...deployments.values()].filter(({ description }) =>
      description?.startsWith(`${service} `),
    );
    return Object.fromEntries(
      ours.map(({ environment, statuses }) => [
        environment,
        [...statuses]
          .sort((a, b) => a.id - b.id)
          .map(({ description }) => /\((\w+)\)/.exec(description)?.[1] ?? ''),
      ]),
    );
  }

  /** What the engine went through, read from its histories in a way of its own. */
  async function wentThrough(releaseId: string, service: string): Promise<Record<string, Phase[]>> {
    const changes = async (workflowId: string) =>
      (await operator.handle(workflowId).fetchHistory()).events?.flatMap((event) => {
        const fields =
          event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
        const read = (name: string) => {
          const data = fields?.[name]?.data;
          return data
            ? ([JSON.parse(Buffer.from(data).toString())].flat()[0] as string | undefined)
            : undefined;
        };
        return fields ? [{ phase: read('Phase') as Phase, environment: read('Environment') }] : [];
      }) ?? [];
    const rollouts = async (environment: string) => {
      const its: Phase[] = [];
      for (let n = 1; ; n += 1) {
        const id = rolloutWorkflowId({ target: { service, environment }, n });
        const all = await changes(id).catch(() => null);
        if (all === null) return its;
        const view = await operator.rolloutView(id);
        if (view.releaseId === releaseId) its.push(...all.flatMap(({ phase }) => phase ?? []));
      }
    };
    const stages: Record<string, Phase[]> = {};
    for (const { phase, environment } of await changes(releaseId)) {
      if (environment == null) continue;
      const steps = (stages[environment] ??= []);
      // Under load a rollout begins before its release says so; what it did is part of deploying all the same.
      const its = phase === 'Deploying' ? await rollouts(environment) : [];
      steps.push(phase, ...its.filter((each) => !isEnded(each)));
      stages[environment] = steps.filter((each, n) => each !== steps[n - 1]);
    }
    return stages;
  }

  const status = (environment: string | null) => {
    const context = `sluice/${environment ?? 'release'}`;
    const all = github.control.repository(github.repository).statuses.get(sha) ?? [];
    return all.filter((each) => each.context === context).at(-1)?.state;
  };

  it('shows all that the engine goes through, approval and soak included, while it happens', async () => {
    const service = operator.freshService();
    await operator.installedIn(service, ['staging', 'production']);
    const plans = [
      anEnvironment('staging', { strategy: aCanary([50]), soakMs: 300 }),
      anEnvironment('production', { promotion: 'manual' }),
    ];
    const { id, releaseId, start } = await mirror({
      ...aRelease(service, '1.1.0', plans),
      gitSha: sha,
    });
    const handle = await start();
    await operator.releaseIs(releaseId, ({ phase }) => phase === 'AwaitingApproval');
    await until(
      'GitHub shows that it waits',
      async () => shown(service).production,
      (phases) => phases?.at(-1) === 'AwaitingApproval',
      60_000,
    );
    assert.equal(status('production'), 'pending');
    assert.equal(status('staging'), 'success');
    await operator.approve(releaseId, 'production', 'ann');
    const end = (await handle.result()) as MirrorEnd;
    assert.equal(end.trouble, null);
    assert.deepEqual(shown(service), await wentThrough(releaseId, service));
    assert.deepEqual(shown(service).staging?.slice(-3), ['Promoting', 'Analysing', 'Promoted']);
    assert.deepEqual([status('production'), status(null)], ['success', 'success']);
    const { deployments } = github.control.repository(github.repository);
    const ours = [...deployments.values()].filter(({ description }) =>
      description?.startsWith(service),
    );
    assert.equal(ours.length, 2, 'one deployment for each environment');
    for (const { statuses } of ours) {
      for (const { state, description, logUrl } of statuses) {
        const phase = /\((\w+)\)/.exec(description)?.[1] as Phase;
        assert.equal(state, shownPhases[phase].deployment);
        assert.equal(logUrl, `https://ui.test/${service}`);
      }
    }
    assert.deepEqual(
      ours.map(({ environment, isProduction }) => [environment, isProduction]),
      [
        ['staging', false],
        ['production', true],
      ],
    );
    const seen = await operator.described(id);
    assert.deepEqual([seen.attributes.Phase, seen.attributes.GitSha], ['Promoted', sha]);
  });

  it('shows a rollback with its reason, and another run of the release beside the first', async () => {
    const service = operator.freshService();
    await operator.installedIn(service, ['production']);
    const input = {
      ...aRelease(service, '1.2.0', [anEnvironment('production', { strategy: aCanary([50]) })]),
      gitSha: sha,
    };
    const first = await mirror(input);
    await (await first.start()).result();
    assert.deepEqual(shown(service), await wentThrough(first.releaseId, service));
    assert.deepEqual(shown(service).production?.slice(-2), ['RollingBack', 'RolledBack']);
    assert.deepEqual([status('production'), status(null)], ['failure', 'failure']);
    const { deployments } = github.control.repository(github.repository);
    const ours = () =>
      [...deployments.values()].filter(({ description }) => description?.startsWith(service));
    const descriptions = ours().flatMap(({ statuses }) =>
      statuses.map(({ description }) => description),
    );
    assert.match(descriptions.join('\n'), /was taken back \(RolledBack\): .*(failed|error)/);

    engine.behaviours.delete('1.2.0');
    const second = await mirror(input);
    assert.notEqual(second.runId, first.runId);
    await (await second.start()).result();
    assert.equal(ours().length, 2);
    assert.deepEqual([status('production'), status(null)], ['success', 'success']);
    engine.behaviours.set('1.2.0', { errorRate: 0.3, latencyMs: 20 });
  });

  it('shows afterwards, in its order, what went by while nobody looked', async () => {
    const service = operator.freshService();
    await operator.installedIn(service, ['staging', 'production']);
    const plans = ['staging', 'production'].map((name) =>
      anEnvironment(name, { strategy: aCanary([50]) }),
    );
    const { releaseId, start } = await mirror({
      ...aRelease(service, '1.3.0', plans),
      gitSha: sha,
    });
    assert.equal((await operator.releaseEnd(releaseId)).outcome, 'promoted');
    await (await start()).result();
    assert.deepEqual(shown(service), await wentThrough(releaseId, service));
  });

  it('goes on where it was after its worker is gone', async () => {
    const service = operator.freshService();
    await operator.installedIn(service, ['production']);
    const plan = anEnvironment('production', { promotion: 'manual' });
    const { releaseId, start } = await mirror({
      ...aRelease(service, '1.4.0', [plan]),
      gitSha: sha,
    });
    const handle = await start();
    await until(
      'it waits',
      async () => shown(service).production,
      (phases) => phases?.at(-1) === 'AwaitingApproval',
    );
    await engine.restartWorkers();
    await operator.approve(releaseId, 'production', 'ann');
    await handle.result();
    assert.deepEqual(shown(service), await wentThrough(releaseId, service));
  });

  it('writes nothing in a dry run, and tells the same steps', async () => {
    const service = operator.freshService();
    await operator.installedIn(service, ['production']);
    const { releaseId, start } = await mirror(
      { ...aRelease(service, '1.5.0', [anEnvironment('production')]), gitSha: sha },
      { dryRun: true },
    );
    const before = github.control.writes().length;
    const { steps } = (await (await start()).result()) as MirrorEnd;
    assert.equal(github.control.writes().length, before);
    assert.deepEqual(
      steps.filter(({ environment }) => environment === 'production').map(({ phase }) => phase),
      (await wentThrough(releaseId, service)).production,
    );
  });

  it('says what GitHub refuses, goes on, and writes all of it again when asked', async () => {
    const service = operator.freshService();
    await operator.installedIn(service, ['production']);
    const plan = anEnvironment('production', { promotion: 'manual' });
    const { id, releaseId, start } = await mirror({
      ...aRelease(service, '1.6.0', [plan]),
      gitSha: sha,
    });
    github.control.fault({
      operation: 'repos/create-deployment',
      kind: 'errorBeforeEffect',
      status: 403,
      times: 20,
    });
    const handle = await start();
    const view = () => operator.handle(id).query<MirrorView>(queryNames.readMirror);
    await until(
      'trouble',
      view,
      ({ trouble, shown: at }) => trouble !== null && at.stages.production === 'AwaitingApproval',
    );
    github.control.clearFaults();
    await operator.tell(id, updateNames.lookAgain);
    await until(
      'it is shown',
      async () => shown(service).production,
      (phases) => phases?.at(-1) === 'AwaitingApproval',
    );
    await operator.approve(releaseId, 'production', 'ann');
    assert.equal(((await handle.result()) as MirrorEnd).trouble, null);
  });
});
