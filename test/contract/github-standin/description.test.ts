/** Every operation of the stand-in, asked once, and every answer and webhook held against GitHub's descriptions. */
import assert from 'node:assert/strict';
import { createAppAuth } from '@octokit/auth-app';
import { judgeDelivery, judgeExchange } from '../../support/github-description.js';
import {
  type Ask,
  askWith,
  type JudgedGithub,
  newKeyPair,
  startHookSink,
  startJudgedGithub,
} from '../../support/judged-github.js';
import {
  walkChecks,
  walkDeployments,
  walkGit,
  walkGraphql,
  walkHooks,
  walkIssues,
  walkPulls,
  walkReleases,
  walkRules,
} from './walks.js';

const shop = { owner: 'acme', name: 'shop' };
const r = '/repos/acme/shop';

describe('the stand-in against the published descriptions', function () {
  this.timeout(120_000);
  let github: JudgedGithub;
  let ask: Ask;
  let askAsApp: Ask;
  let askWithJwt: Ask;
  let sink: Awaited<ReturnType<typeof startHookSink>>;

  before(async () => {
    github = await startJudgedGithub();
    sink = await startHookSink();
    const { publicKey, privateKey } = newKeyPair();
    const { control, url } = github;
    const { app, installation } = control.createApp({
      owner: 'acme',
      publicKey,
      hook: { url: sink.url, secret: 'secret' },
    });
    const auth = createAppAuth({
      appId: app.id,
      privateKey,
      request: undefined as never,
    });
    const { token } = await auth({ type: 'app' });
    askWithJwt = askWith(url, token);
    const minted = await askWithJwt('POST', `/app/installations/${installation.id}/access_tokens`, {
      permissions: app.permissions,
    });
    assert.equal(minted.status, 201);
    askAsApp = askWith(url, minted.body.token);
    ask = askWith(url, control.createToken('ada'));
    await control.createRepository({
      ...shop,
      files: { 'README.md': '# shop\n', 'src/a.ts': '1\n' },
    });
    await control.commit(shop, { branch: 'fix', files: { 'src/a.ts': '1\n2\n' }, author: 'bob' });
  });
  after(async () => {
    await github.control.settle();
    await github.close();
    sink.close();
  });

  it('answers for issues, labels and milestones', () => walkIssues(ask, r));
  it('answers for git', () => walkGit(ask, r));
  it('answers for pull requests', () => walkPulls(ask, r, github.control));
  it('answers for checks and statuses', () => walkChecks(askAsApp, r));
  it('answers for releases', () => walkReleases(ask, r));
  it('answers for protection and rulesets', () => walkRules(ask, r));
  it('answers for deployments and protection rules', () =>
    walkDeployments(askAsApp, r, github.control));
  it('answers for webhooks, installations and limits', () =>
    walkHooks(ask, askWithJwt, askAsApp, r, sink.url));
  it('answers GraphQL', () => walkGraphql(askAsApp, r));

  it('has broken nothing of what is published', async () => {
    await github.control.settle();
    assert.ok(github.exchanges.length > 100, `only ${github.exchanges.length} exchanges`);
    assert.ok(github.deliveries.length > 30, `only ${github.deliveries.length} deliveries`);
    await github.assertTrue();
  });

  it('finds a fault that is planted', async () => {
    const read = github.exchanges.find(({ operation }) => operation === 'issues/get');
    assert.ok(read);
    const { title: _, ...body } = read.responseBody as Record<string, unknown>;
    const violation = await judgeExchange({ ...read, responseBody: body });
    assert.match(violation?.faults.join() ?? '', /title/);
    const push = github.deliveries.find(({ event }) => event === 'push');
    assert.ok(push);
    const { after: __, ...payload } = push.payload as Record<string, unknown>;
    assert.match(judgeDelivery({ ...push, payload })?.faults.join() ?? '', /after/);
    const query = { ...read, template: '/graphql', requestBody: { query: '{ nothing }' } };
    assert.match((await judgeExchange(query))?.faults.join() ?? '', /nothing/);
  });

  it('covers every operation that it serves', () => {
    const asked = new Set(github.exchanges.map(({ operation }) => operation));
    assert.deepEqual(
      github.operationIds.filter((id) => !asked.has(id)),
      [],
    );
  });
});
