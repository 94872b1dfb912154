/** Branch protection as code, on a real Temporal server and a GitHub: plan, apply, drift, restore; nothing in a dry run. */
import assert from 'node:assert/strict';
import { repositoryWorkflowId } from '../../src/domain/repository/names.js';
import type {
  ProtectionApplied,
  ProtectionRestored,
  ProtectionView,
} from '../../src/domain/protection/view.js';
import type { RepositoryEvent } from '../../src/domain/webhook/event.js';
import {
  queryNames,
  signalNames,
  taskQueues,
  updateNames,
  workflowTypes,
} from '../../src/domain/wire-names.js';
import type { PlannedProtection } from '../../src/workflows/repository/protection-messages.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { type LostResults, loseResults } from '../support/lost-results.js';
import { by, createOperator, type Operator, refusal, until } from '../support/operator.js';
import { secrets, serveApi } from '../support/api-under-test.js';
import { bareBook, policyFile } from '../support/policy-file.js';
import { fastForward } from '../support/virtual-time.js';

describe('branch protection', function () {
  this.timeout(120_000);
  let github: GithubUnderTest;
  let engine: EngineUnderTest;
  let operator: Operator;
  let losses: LostResults;
  let count = 0;

  before(async () => {
    github = await startGithub();
    const only = ['applyProtection', 'restoreProtection', 'reportDrift'];
    losses = loseResults({ seed: 7, share: 1, only });
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

  const written = ['protection:', '  main: {requiredChecks: [ci], requiredApprovals: 2}'];

  /** A repository of its own with a policy, and the flow that watches it. */
  async function start({ policy = written, dryRun = false, protect = true } = {}) {
    const repository = { owner: 'acme', name: `shop-${++count}` };
    const files = { 'README.md': '# shop\n', 'sluice.yaml': policyFile(...policy) };
    await github.control.createRepository({ ...repository, files });
    if (protect) {
      github.control.protect(repository, 'main', {
        reviews: {
          count: 1,
          dismissStale: false,
          codeOwners: false,
          lastPush: false,
          dismissal: null,
          bypass: null,
        },
        allowForcePushes: true,
        lockBranch: true,
      });
    }
    github.control.clearLog();
    const id = repositoryWorkflowId('protection', repository);
    await engine.client.workflow.start(workflowTypes.protectBranches, {
      workflowId: id,
      taskQueue: taskQueues.workflows,
      args: [{ repository, dryRun }],
    });
    const view = () => operator.handle(id).query<ProtectionView>(queryNames.readProtection);
    const looked = () => until('it looked', view, ({ lookedAtMs }) => lookedAtMs !== null);
    const apply = (branch: string | null = null) =>
      operator.tell<ProtectionApplied>(id, updateNames.applyProtection, { ...by, branch });
    const restore = (backup: string | null = null) =>
      operator.tell<ProtectionRestored>(id, updateNames.restoreProtection, {
        ...{ ...by, branch: 'main', backup },
      });
    const rule = () => github.control.repository(repository).protections.get('main') ?? null;
    const issues = () =>
      [...github.control.repository(repository).items.values()].map(
        ({ number, title, state, body }) => ({
          ...{ number, title, state, body },
        }),
      );
    const told = async () => {
      const event: RepositoryEvent = {
        ...{ kind: 'protection', action: 'edited', source: 'classic', name: 'main' },
        ...{ repository, actor: null, atMs: Date.now(), delivery: 'd1' },
      };
      await operator.handle(id).signal(signalNames.repositoryEvent, event);
    };
    return { id, repository, view, looked, apply, restore, rule, issues, told };
  }

  const writesTo = (name: string) =>
    github.control.writes().filter(({ path }) => path.includes(`/${name}/`));

  it('plans without writing, reports the drift once, applies it, and finds nothing to do after', async () => {
    const flow = await start();
    const { lines } = await operator.tell<PlannedProtection>(flow.id, updateNames.planProtection);
    assert.deepEqual(lines, [
      '~ main',
      '    ~ required checks: none → "ci"',
      '    ~ required approvals: 1 → 2',
      '    ~ force pushes: on → off',
    ]);
    const shown = await until('it is reported', flow.view, ({ issue }) => issue !== null);
    assert.deepEqual([shown.hasDrift, flow.rule()?.reviews?.count], [true, 1], 'not overwritten');
    const [issue, ...more] = flow.issues();
    assert.equal(more.length, 0, 'one issue, though the result of making it was lost');
    assert.match(issue?.title ?? '', /^Branch protection is not as written: main/);
    assert.match(issue?.body ?? '', /required approvals: 1 → 2/);
    const seen = await until(
      'attention',
      () => operator.described(flow.id),
      ({ attributes }) => attributes.NeedsAttention !== undefined,
    );
    assert.match(String(seen.attributes.NeedsAttention), /not as written: main/);
    assert.equal(seen.attributes.Repository, `acme/${flow.repository.name}`);

    const applied = await flow.apply();
    assert.deepEqual([applied.written, applied.refused], [['main'], []]);
    assert.equal(applied.backups.length, 1, 'backed up, though the result of applying was lost');
    const rule = flow.rule();
    assert.deepEqual(
      [
        rule?.checks?.checks.map(({ context }) => context),
        rule?.reviews?.count,
        rule?.allowForcePushes,
      ],
      [['ci'], 2, false],
    );
    assert.equal(rule?.lockBranch, true, 'what nobody wrote about stays');
    const again = await flow.apply();
    assert.deepEqual([again.written, again.plan.isEmpty], [[], true]);
    const puts = writesTo(flow.repository.name).filter(({ method }) => method === 'PUT');
    assert.equal(puts.length, 1, 'written once');
    assert.deepEqual(
      flow.issues().map(({ state }) => state),
      ['closed'],
    );
    assert.match((await operator.metadata(flow.id)).currentDetails, /\*\*as written\*\*/);
  });

  it('brings the former settings back, and none where there were none, from the ledger', async () => {
    const flow = await start();
    const applied = await flow.apply();
    const back = await flow.restore(applied.backups[0]?.id ?? 'none');
    assert.deepEqual([back.changed, back.from], [true, applied.backups[0]?.id]);
    assert.deepEqual(
      [flow.rule()?.checks, flow.rule()?.reviews?.count, flow.rule()?.allowForcePushes],
      [null, 1, true],
    );
    const forth = await flow.restore(back.backup);
    assert.equal(flow.rule()?.reviews?.count, 2);
    assert.notEqual(forth.backup, back.backup);

    const bare = await start({ protect: false });
    await bare.apply();
    assert.equal(bare.rule()?.reviews?.count, 2);
    await bare.restore();
    assert.equal(bare.rule(), null);
    assert.match(
      await refusal(
        operator.tell(bare.id, updateNames.restoreProtection, {
          ...by,
          branch: 'other',
          backup: null,
        }),
      ),
      /no backup of the protection of other/,
    );
    const kinds = (await engine.ports.ledger.read({ subject: bare.id, limit: 50 })).map(
      ({ kind }) => kind,
    );
    assert.equal(kinds.filter((kind) => kind === 'protectionBackedUp').length, 2);
    assert.ok(kinds.includes('commandAccepted'));
  });

  it('enforces where the policy says so, but never loosens and never over a person’s restore', async () => {
    const policy = ['protection:', '  main: {requiredApprovals: 2, enforce: true}'];
    const flow = await start({ policy });
    await until(
      'it is enforced',
      async () => flow.rule(),
      (rule) => rule?.reviews?.count === 2,
    );
    assert.equal(flow.rule()?.allowForcePushes, false);
    await flow.looked();
    assert.deepEqual(flow.issues(), []);

    await flow.restore();
    await flow.told();
    const shown = await until('it is shown', flow.view, ({ issue }) => issue !== null);
    assert.deepEqual([shown.held, flow.rule()?.reviews?.count], [['main'], 1]);
    await flow.apply();
    assert.deepEqual([(await flow.view()).held, flow.rule()?.reviews?.count], [[], 2]);

    github.control.protect(flow.repository, 'main', {
      reviews: {
        count: 5,
        dismissStale: false,
        codeOwners: false,
        lastPush: false,
        dismissal: null,
        bypass: null,
      },
    });
    await flow.told();
    const drift = await until(
      'drift is seen',
      flow.view,
      ({ hasDrift, issue }) => hasDrift && issue !== null,
    );
    assert.deepEqual(drift.lines, ['~ main', '    ~ required approvals: 5 → 2']);
    assert.equal(flow.rule()?.reviews?.count, 5, 'stricter than written: for people');
  });

  it('finds within a day what nobody told it of', async () => {
    const flow = await start();
    await flow.apply();
    await until(
      'nothing differs',
      flow.view,
      ({ hasDrift, nextLookAtMs }) => !hasDrift && nextLookAtMs !== null,
    );
    github.control.protect(flow.repository, 'main', { allowDeletions: true });
    await fastForward(engine.client, flow.id, 23 * 3_600_000);
    const seen = await until('it is found', flow.view, ({ issue }) => issue !== null, 30_000);
    assert.ok(seen.lines.includes('    ~ deletion: on → off'), seen.lines.join('\n'));
    assert.equal(flow.rule()?.allowDeletions, true, 'and not overwritten');
  });

  it('writes nothing in a dry run, and says the same plan', async () => {
    const flow = await start({ dryRun: true });
    const { lines } = await operator.tell<PlannedProtection>(flow.id, updateNames.planProtection);
    const applied = await flow.apply();
    assert.deepEqual([applied.lines, applied.written], [lines, []]);
    assert.match(await refusal(flow.restore()), /dry run/);
    assert.equal(writesTo(flow.repository.name).length, 0);
    assert.equal(flow.rule()?.reviews?.count, 1);
  });

  it('is planned, applied, looked at and restored over HTTP, where nothing runs yet', async () => {
    const repository = { owner: 'acme', name: `shop-${++count}` };
    const files = { 'sluice.yaml': policyFile(...written) };
    await github.control.createRepository({ ...repository, files });
    const api = await serveApi(engine.client);
    const call = async (path: string, body?: object) => {
      const answer = await fetch(
        `${api.url}/v1/repositories/acme/${repository.name}/protection${path}`,
        {
          method: body === undefined ? 'GET' : 'POST',
          headers: { authorization: `Bearer ${secrets.all}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        },
      );
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    try {
      const before = writesTo(repository.name).length;
      const planned = await call('/plan', { reason: 'to see' });
      assert.equal(planned.status, 200, JSON.stringify(planned.body));
      assert.match(String((planned.body.lines as string[])[0]), /^\+ main: not protected yet/);
      const dry = await call('/apply', { reason: 'to see', dryRun: true });
      assert.deepEqual([dry.status, dry.body.lines], [200, planned.body.lines]);
      assert.equal(writesTo(repository.name).length, before);
      const rule = () => github.control.repository(repository).protections.get('main') ?? null;
      assert.equal(rule(), null);
      const applied = await call('/apply', { reason: 'agreed' });
      assert.deepEqual([applied.status, applied.body.written], [200, ['main']]);
      assert.equal(rule()?.reviews?.count, 2);
      const seen = await call('');
      assert.deepEqual([seen.status, seen.body.hasDrift], [200, false]);
      const restored = await call('/restore', { reason: 'it blocks', branch: 'main' });
      assert.deepEqual([restored.status, restored.body.changed], [200, true]);
      assert.equal(rule(), null);
      assert.equal((await call('/restore', { reason: 'x', branch: 'nobody' })).status, 404);
      assert.equal((await call('/apply', { branch: 'main' })).status, 400);
    } finally {
      await api.stop();
    }
  });

  it('refuses commands without who and why, and branches that nobody wrote about', async () => {
    const flow = await start();
    const tell = (command: object) => operator.tell(flow.id, updateNames.applyProtection, command);
    assert.match(await refusal(tell({ actor: 'ann', branch: null })), /"reason" is missing/);
    assert.match(await refusal(tell({ ...by })), /"branch" is missing/);
    assert.match(await refusal(flow.apply('other')), /other is not named/);
  });

  it('does nothing where it cannot read, and says so', async () => {
    const flow = await start({ policy: ['protection:', '  main: {requiredApprovals: 99}'] });
    const { trouble } = await until('trouble', flow.view, (view) => view.trouble !== null);
    assert.match(trouble ?? '', /faults/);
    assert.equal(writesTo(flow.repository.name).length, 0);
    assert.equal(flow.rule()?.reviews?.count, 1);
  });
});
