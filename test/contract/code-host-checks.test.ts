/** Checks, statuses, deployments and protection through the port, at the stand-in. */
import assert from 'node:assert/strict';
import type { CheckReport } from '../../src/ports/code-host/checks.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';

describe('checks of a code host', () => {
  let github: GithubUnderTest;
  let sha: string;
  before(async () => {
    github = await startGithub({ isJudged: true, startMs: Date.parse('2030-03-01T12:00:00Z') });
  });
  beforeEach(async () => {
    const { control, repository } = github;
    const files = { 'n.txt': String(control.log.length) };
    sha = await control.commit(repository, { branch: 'main', from: 'main', files });
    control.clearLog();
  });
  afterEach(() => github.control.clearFaults());
  after(() => github.stop());

  const checks = () => github.codeHost.checks;
  const writes = () =>
    github.control.writes().filter(({ path }) => !path.includes('access_tokens'));
  const check = (more: Partial<CheckReport> = {}): CheckReport => ({
    ...{ name: 'sluice/title', sha, externalId: 'pull-1', conclusion: 'failure' },
    ...{ title: 'Not semantic', summary: 'Write feat: …' },
    ...more,
  });

  it('reports a check once, changes it, and leaves an equal one alone', async () => {
    const { repository } = github;
    const running = await checks().report(repository, check({ conclusion: null }));
    assert.equal(running.conclusion, null);
    const made = await checks().report(repository, check());
    assert.deepEqual([made.id, made.conclusion], [running.id, 'failure']);
    await checks().report(repository, check());
    assert.equal(writes().length, 2);
    const { isChanged, ...run } = made;
    assert.ok(isChanged);
    assert.deepEqual(await checks().listRuns(repository, sha), [run]);
    const results = await checks().listResults(repository, sha);
    assert.deepEqual(
      results.map(({ name, source, conclusion }) => [name, source, conclusion]),
      [['sluice/title', 'check', 'failure']],
    );
  });

  it('reports several checks of a commit after one look, and leaves equal ones alone', async () => {
    const { control, repository } = github;
    const names = ['title', 'size', 'labels', 'breaking', 'policy'];
    const all = names.map((name) => check({ name: `sluice/${name}` }));
    control.fault({ operation: 'checks/create', kind: 'errorAfterEffect', after: 2 });
    const made = await checks().reportAll(repository, sha, all);
    assert.deepEqual(
      made.map(({ name, isChanged }) => [name, isChanged]),
      all.map(({ name }) => [name, true]),
    );
    assert.equal((await checks().listRuns(repository, sha)).length, names.length);
    control.clearLog();
    const mended = all.map((one, n) =>
      n === 1 ? { ...one, conclusion: 'success' as const } : one,
    );
    const again = await checks().reportAll(repository, sha, mended);
    assert.deepEqual(
      again.map(({ id, isChanged }) => [id, isChanged]),
      made.map(({ id }, n) => [id, n === 1]),
    );
    assert.deepEqual([control.log.length, writes().length], [2, 1]);
  });

  it('finds the check that was made when the answer is lost', async () => {
    const { control, repository } = github;
    control.fault({ operation: 'checks/create', kind: 'errorAfterEffect' });
    const made = await checks().report(repository, check());
    const { isChanged, ...run } = made;
    assert.ok(isChanged);
    assert.deepEqual(await checks().listRuns(repository, sha), [run]);
  });

  it('cuts what is too long, and hands on annotations beyond what a call takes', async () => {
    const { repository } = github;
    const annotations = Array.from({ length: 120 }, (_, n) => ({
      ...{ path: 'n.txt', line: n + 1, level: 'warning' as const, message: `No ${n}` },
    }));
    const long = check({ summary: 'x'.repeat(70_000), annotations });
    await checks().report(repository, long);
    assert.equal(writes().length, 3);
    await checks().report(repository, long);
    assert.equal(writes().length, 3);
  });

  it('sets a status once and tells it beside the checks', async () => {
    const { control, repository } = github;
    const status = {
      sha,
      context: 'release/staging',
      state: 'success',
      description: 'Promoted',
    } as const;
    await checks().setStatus(repository, status);
    await checks().setStatus(repository, status);
    assert.equal(writes().length, 1);
    control.fault({ operation: 'repos/create-commit-status', kind: 'errorAfterEffect' });
    await checks().setStatus(repository, { ...status, state: 'failure' });
    const results = await checks().listResults(repository, sha);
    assert.deepEqual(results, [
      { name: 'release/staging', source: 'status', appId: null, conclusion: 'failure', url: null },
    ]);
  });

  it('says that check runs need an App', async () => {
    const person = github.connect({ token: github.control.createToken('ada') });
    await assert.rejects(person.checks.report(github.repository, check()), { code: 'Forbidden' });
  });

  it('mirrors a release as one deployment', async () => {
    const { control, repository } = github;
    const { deployments } = github.codeHost;
    const wanted = {
      ...{ key: 'release:shop:1.2.3', sha, environment: 'production', description: '1.2.3' },
      ...{ isProduction: true, isRetry: false },
    };
    control.fault({ operation: 'repos/create-deployment', kind: 'errorAfterEffect' });
    const made = await deployments.createDeployment(repository, wanted);
    assert.deepEqual(made.payload, { key: 'release:shop:1.2.3' });
    const same = await deployments.createDeployment(repository, { ...wanted, isRetry: true });
    assert.deepEqual([same.id, writes().length], [made.id, 1]);
    const state = {
      state: 'in_progress',
      description: '5 %',
      logUrl: 'https://ci.test/1',
    } as const;
    await deployments.setState(repository, made.id, state);
    await deployments.setState(repository, made.id, state);
    control.fault({ operation: 'repos/create-deployment-status', kind: 'errorAfterEffect' });
    await deployments.setState(repository, made.id, { state: 'success', description: '100 %' });
    assert.equal(writes().length, 3);
  });

  it('writes protection, reads it back, and takes it away', async () => {
    const { repository } = github;
    const { protection, pulls } = github.codeHost;
    const wanted = {
      ...{ requiredChecks: ['ci', 'sluice/title'], requireUpToDate: true, requiredApprovals: 2 },
      ...{ dismissStaleApprovals: true, requireCodeOwners: false, requireLinearHistory: true },
      ...{ requireConversationResolution: true, enforceForAdmins: true },
      ...{ allowForcePushes: false, allowDeletions: false },
    };
    assert.equal(await protection.readProtection(repository, 'main'), null);
    await protection.writeProtection(repository, 'main', wanted);
    assert.deepEqual(await protection.readProtection(repository, 'main'), wanted);
    const rules = await pulls.readRules(repository, 'main');
    assert.deepEqual(
      rules.requiredChecks.map(({ name }) => name),
      ['ci', 'sluice/title'],
    );
    assert.deepEqual([rules.requiresUpToDate, rules.requiredApprovals], [true, 2]);
    assert.deepEqual(rules.mergeMethods, ['squash', 'rebase']);
    await protection.writeProtection(repository, 'main', null);
    await protection.writeProtection(repository, 'main', null);
    assert.equal(await protection.readProtection(repository, 'main'), null);
    assert.equal(writes().length, 2);
    await assert.rejects(protection.readProtection(repository, 'no-such'), { code: 'NotFound' });
  });
});
