/** `sluice doctor github` against a GitHub of our own: every finding is planted, seen, and gone when it is mended. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wantedEvents } from '../../src/adapters/github/inspect-hook.js';
import { inspectGithub } from '../../src/adapters/github/inspection.js';
import { doctorCommand } from '../../src/cli/commands/doctor.js';
import { githubIdentity } from '../../src/config/github-identity.js';
import type { Finding } from '../../src/domain/repository/finding.js';
import { runSluice } from '../support/cli-under-test.js';
import { type GithubTestOptions, type GithubUnderTest, startGithub } from '../support/github.js';

const path = '/v1/webhooks/github';

describe('sluice doctor github', () => {
  let folder: string;
  let receiver: Server;
  let answer = 202;
  let hookUrl: string;
  let github: GithubUnderTest | null = null;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'doctor-'));
    receiver = createServer((request, response) => {
      request.resume();
      response.writeHead(answer).end();
    });
    await new Promise<void>((ready) => receiver.listen(0, '127.0.0.1', ready));
    hookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${path}`;
  });
  afterEach(async () => {
    answer = 202;
    await github?.stop();
    github = null;
  });
  after(async () => {
    receiver.close();
    await rm(folder, { recursive: true });
  });

  async function start(options: GithubTestOptions = {}): Promise<GithubUnderTest> {
    github = await startGithub({
      hook: { url: hookUrl, secret: 's', events: [...wantedEvents] },
      ...options,
    });
    await writeFile(join(folder, 'key.pem'), github.app.privateKey);
    return github;
  }

  /** Something happened, so that there is a delivery to look at. */
  async function deliver({ control, repository }: GithubUnderTest): Promise<void> {
    await control.createIssue(repository, { title: 'Ping' });
    await control.settle();
  }

  async function examine(
    { url, app }: Pick<GithubUnderTest, 'url' | 'app'>,
    given: { token?: string; nowMs?: number; repository?: string; flags?: readonly string[] } = {},
  ) {
    const identity =
      given.token === undefined
        ? `app: {id: ${app.id}, privateKey: {file: ${join(folder, 'key.pem')}}}`
        : 'token: {env: GITHUB_TOKEN}';
    const yaml = `apiVersion: sluice/v1
project: shop
platforms: {local: {kind: playground}}
services: {shop: {repository: ${given.repository ?? 'acme/shop'}, workload: {command: [node]}}}
environments: {production: {platform: local}}
github: {url: '${url}', ${identity}}
`;
    await writeFile(join(folder, 'sluice.yaml'), yaml);
    const env = { GITHUB_TOKEN: given.token, SLUICE_CONFIG: folder };
    const run = await runSluice(
      ['doctor', 'github', ...(given.flags ?? ['--json'])],
      {},
      { env },
      (io) => [
        doctorCommand(io, {
          nodeVersion: 'v24.0.0',
          inspectKubernetes: async () => [],
          readTemporal: () => Promise.reject(new Error('nobody asked for it')),
          inspectGithub: (settings, repositories) =>
            inspectGithub({
              ...{ url: settings.url, identity: githubIdentity(settings, env), repositories },
              ...(given.nowMs !== undefined && { now: () => given.nowMs ?? 0 }),
            }),
        }),
      ],
    );
    const findings = run.out.startsWith('{')
      ? (JSON.parse(run.out) as { findings: readonly Finding[] }).findings
      : [];
    return { ...run, findings, bad: findings.filter(({ state }) => state !== 'ok') };
  }

  const found = (bad: readonly Finding[]) => bad.map(({ subject, state }) => `${state} ${subject}`);

  it('finds nothing where all is well', async () => {
    const at = await start();
    await deliver(at);
    const { bad, code, findings } = await examine(at);
    assert.deepEqual(found(bad), ['warning permission workflows: write in acme']);
    assert.equal(code, 0);
    assert.ok(findings.length > 12);
    const text = await examine(at, { flags: [] });
    assert.match(text.out, /ok {7}credential: signed in as the App sluice\n/);
    assert.match(text.out, /no faults\n$/);
  });

  it('finds a credential that is refused, or not there', async () => {
    const at = await start();
    const { bad, code } = await examine(at, { token: 'ghp_wrong' });
    assert.deepEqual(found(bad), ['fault credential']);
    assert.match(bad[0]?.next ?? '', /github\.token of sluice\.yaml/);
    assert.equal(code, 1);
    await rm(join(folder, 'key.pem'));
    const gone = await examine(at);
    assert.match(gone.bad[0]?.next ?? '', /write it to .*key\.pem/);
  });

  it('finds that GitHub does not answer', async () => {
    const at = await start();
    await at.stop();
    github = null;
    const { bad, code } = await examine(at);
    assert.deepEqual(found(bad), ['fault credential']);
    assert.match(bad[0]?.seen ?? '', /ECONNREFUSED/);
    assert.equal(code, 1);
  });

  it('finds a clock that is wrong', async () => {
    const at = await start();
    await deliver(at);
    for (const [byMs, state] of [
      [40_000, 'warning'],
      [300_000, 'fault'],
    ] as const) {
      const { bad } = await examine(at, { nowMs: Date.now() - byMs });
      const clock = bad.find(({ subject }) => subject === 'clock');
      assert.equal(clock?.state, state);
      assert.match(clock.next ?? '', /timedatectl/);
    }
  });

  it('finds a permission that is missing', async () => {
    const at = await start({
      permissions: { metadata: 'read', contents: 'write', issues: 'read' },
    });
    await deliver(at);
    const { bad, code } = await examine(at);
    const issues = bad.find(({ subject }) => subject === 'permission issues: write in acme');
    assert.equal(issues?.state, 'fault');
    assert.match(issues.seen, /^read; without it nobody .*comments, labels/);
    assert.match(issues.next ?? '', /set issues to write in the App’s Permissions/);
    assert.equal(code, 1);
  });

  it('finds an installation and a repository that are missing', async () => {
    const at = await start();
    await deliver(at);
    const elsewhere = await examine(at, { repository: 'nobody/shop' });
    assert.ok(found(elsewhere.bad).includes('fault installation in nobody'));
    const gone = await examine(at, { repository: 'acme/none' });
    assert.ok(found(gone.bad).includes('fault repository acme/none'));
    at.control.repository(at.repository).isArchived = true;
    const archived = await examine(at);
    assert.ok(found(archived.bad).includes('warning repository acme/shop'));
  });

  it('finds what is wrong with the webhook', async () => {
    const at = await start({ hook: { url: `${hookUrl}/x`, secret: '', events: ['push'] } });
    const { hook } = at.control.world.apps.get(at.app.id) ?? {};
    Object.assign(hook?.config ?? {}, { secret: null });
    const { bad } = await examine(at);
    const seen = found(bad);
    assert.ok(seen.includes('warning events'));
    assert.ok(seen.includes('warning deliveries'));
    const webhook = bad.filter(({ subject }) => subject === 'webhook').map((one) => one.seen);
    assert.deepEqual(webhook, [`it goes to ${hookUrl}/x`, 'it has no secret']);
  });

  for (const [status, advice] of [
    [401, /same secret/],
    [404, /let the URL end with/],
    [500, /log of the API/],
  ] as const) {
    it(`finds deliveries that are answered ${status}`, async () => {
      const at = await start();
      answer = status;
      await deliver(at);
      const { bad, code } = await examine(at);
      const deliveries = bad.find(({ subject }) => subject === 'deliveries');
      assert.equal(deliveries?.state, 'fault');
      assert.match(deliveries.next ?? '', advice);
      assert.equal(code, 1);
      answer = 202;
      await deliver(at);
      const mended = (await examine(at)).bad.find(({ subject }) => subject === 'deliveries');
      assert.equal(mended?.state, 'warning');
    });
  }

  it('finds limits that are nearly spent', async () => {
    const at = await start();
    at.control.limits.primaryPerHour = 3;
    const { bad } = await examine(at, { token: at.control.createToken('ada') });
    const limit = bad.find(({ subject }) => subject === 'limit core');
    assert.match(limit?.seen ?? '', /^0 of 3 left until/);
    assert.match(limit?.next ?? '', /activitiesPerSecond/);
  });

  it('says what a personal token cannot do', async () => {
    const at = await start();
    const { bad, code } = await examine(at, { token: at.control.createToken('ada') });
    assert.deepEqual(found(bad), ['warning form', 'warning scope workflow']);
    assert.equal(code, 0);
  });

  it('says that there is nothing to look at', async () => {
    const at = await start();
    const yaml = join(folder, 'none.yaml');
    await writeFile(
      yaml,
      'apiVersion: sluice/v1\nproject: shop\nplatforms: {local: {kind: playground}}\nservices: {shop: {workload: {command: [node]}}}\nenvironments: {production: {platform: local}}\n',
    );
    const { err, code } = await examine(at, { flags: ['--config', yaml] });
    assert.match(err, /has no github/);
    assert.equal(code, 7);
  });
});
