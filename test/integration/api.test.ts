/** The API against a real Temporal server: one release however often it is posted, and commands with their refusals. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { Problem } from '../../src/api/schemas/problem.js';
import type { ReleaseAccepted, ReleaseList } from '../../src/api/schemas/release.js';
import { defaultLimits } from '../../src/api/limits.js';
import type { ReleaseView } from '../../src/domain/release/view.js';
import { taskQueues, workflowTypes } from '../../src/domain/wire-names.js';
import { searchAttributes } from '../../src/workflows/search-attributes.js';
import { createHmacTickets } from '../../src/adapters/tickets/hmac-ticket.js';
import {
  type ApiUnderTest,
  digestA,
  digestB,
  secrets,
  serveApi,
} from '../support/api-under-test.js';
import { type Events, openEvents } from '../support/events.js';

const workflowsPath = fileURLToPath(new URL('../support/api-stub-workflows.ts', import.meta.url));

describe('API with Temporal', function () {
  this.timeout(40_000);
  let environment: TestWorkflowEnvironment;
  let worker: Worker;
  let running: Promise<void>;
  let api: ApiUnderTest;
  let count = 0;

  /** A version that no other test uses. */
  const fresh = (digest = digestA) => ({
    service: 'checkout',
    version: `1.${++count}.0`,
    digest,
  });
  const post = (body: object, key?: string) =>
    api.call('POST', '/v1/releases', {
      body,
      ...(key ? { headers: { 'idempotency-key': key } } : {}),
    });
  const end = async (version: string, as: 'promoted' | 'rolledBack') => {
    const handle = environment.client.workflow.getHandle(`release:checkout:${version}`);
    await handle.signal('end', as);
    await handle.result().catch(() => undefined);
  };
  const runsOf = async (version: string) => {
    const runs = new Set<string>();
    const query = `WorkflowId = "release:checkout:${version}"`;
    for await (const run of environment.client.workflow.list({ query })) runs.add(run.runId);
    return runs.size;
  };

  before(async function () {
    const path = process.env.SLUICE_TEMPORAL_CLI;
    if (path === undefined) {
      throw new Error('run it as: npm run mocha -- test/integration/api.test.ts');
    }
    environment = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path },
        searchAttributes: searchAttributes.map(({ name, type }) =>
          defineSearchAttributeKey(name, type),
        ),
        log: { format: 'json', level: 'error' },
      },
    });
    worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: taskQueues.workflows,
      workflowsPath,
    });
    running = worker.run();
    const limits = { ...defaultLimits, answerMs: 3000 };
    api = await serveApi(environment.client, { limits });
  });

  after(async () => {
    await api?.stop();
    worker?.shutdown();
    await running;
    await environment?.teardown();
  });

  it('20 parallel posts start one release', async () => {
    const body = fresh();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(body)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [202]);
    const locations = new Set(answers.map(({ headers }) => headers.get('location')));
    assert.deepEqual([...locations], [`/v1/releases/checkout/${body.version}`]);
    await until(async () => (await runsOf(body.version)) > 0);
    assert.equal(await runsOf(body.version), 1);
  });

  it('20 parallel posts with two digests start one release and refuse the other artifact', async () => {
    const body = fresh();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => post({ ...body, digest: at % 2 ? digestA : digestB })),
    );
    const held = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 409);
    assert.equal(held.length, 10);
    assert.equal(refused.length, 10);
    assert.ok(refused.every(({ body }) => (body as Problem).code === 'DigestMismatch'));
    assert.equal(new Set(held.map(({ body }) => (body as ReleaseAccepted).digest)).size, 1);
  });

  it('joins an open release, refuses a promoted one, starts anew after any other end', async () => {
    const body = fresh();
    const first: ReleaseAccepted = (await post(body)).body;
    const second: ReleaseAccepted = (await post(body)).body;
    assert.deepEqual([first.attached, second.attached], [false, true]);
    assert.equal(first.releaseId, `release:checkout:${body.version}`);

    await end(body.version, 'rolledBack');
    const other: Problem = (await post({ ...body, digest: digestB })).body;
    assert.equal(other.code, 'DigestMismatch');
    assert.equal(other.seen, digestB);
    assert.equal(other.limit, digestA);
    const again = await post(body);
    assert.equal(again.status, 202);
    assert.equal((again.body as ReleaseAccepted).attached, false);

    await end(body.version, 'promoted');
    const over = await post(body);
    assert.equal(over.status, 409);
    assert.equal((over.body as Problem).code, 'AlreadyPromoted');
    const mixed: Problem = (await post({ ...body, digest: digestB })).body;
    assert.equal(mixed.code, 'DigestMismatch');
  });

  it('answers a replayed Idempotency-Key as before, also after the release has ended', async () => {
    const body = fresh();
    const first = await post(body, 'key-1');
    assert.equal(first.headers.get('idempotency-replayed'), null);
    const replay = await post({ ...body, allowOlder: false }, 'key-1');
    assert.equal(replay.status, 202);
    assert.equal(replay.headers.get('location'), first.headers.get('location'));
    assert.equal(replay.headers.get('idempotency-replayed'), 'true');

    await end(body.version, 'rolledBack');
    const late = await post(body, 'key-1');
    assert.equal(late.headers.get('idempotency-replayed'), 'true');
    await until(async () => (await runsOf(body.version)) > 0);
    assert.equal(await runsOf(body.version), 1);
  });

  it('refuses a key with another body, and keys of two tokens do not meet', async () => {
    const body = fresh();
    await post(body, 'key-2');
    const reused = await post({ ...body, reason: 'another' }, 'key-2');
    assert.equal(reused.status, 422);
    assert.equal((reused.body as Problem).code, 'IdempotencyKeyReused');
    const stranger = await api.call('POST', '/v1/releases', {
      token: secrets.staging,
      body: { ...body, reason: 'another' },
      headers: { 'idempotency-key': 'key-2' },
    });
    assert.equal(stranger.status, 202);
  });

  it('a claim whose request died before it started the release does not swallow the release', async () => {
    const body = fresh();
    await post(body);
    await end(body.version, 'rolledBack');
    const key = 'key-3';
    // The claim alone, as a crash right after it would leave it.
    const { createHash } = await import('node:crypto');
    const { canonicalJson } = await import('../../src/domain/canonical-json.js');
    const { releaseBody } = await import('../../src/api/schemas/release.js');
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    await environment.client.workflow.start(workflowTypes.request, {
      workflowId: `request:all-sc:${sha256(key)}`,
      taskQueue: taskQueues.workflows,
      args: [],
      memo: { bodySha256: sha256(canonicalJson(releaseBody.parse(body))), location: 'x' },
    });
    const replay = await post(body, key);
    assert.equal(replay.status, 202);
    assert.equal(replay.headers.get('idempotency-replayed'), null);
    const handle = environment.client.workflow.getHandle(`release:checkout:${body.version}`);
    assert.equal((await handle.describe()).status.name, 'RUNNING');
  });

  it('20 parallel posts with one key start one release', async () => {
    const body = fresh();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(body, 'key-4')));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [202]);
    await until(async () => (await runsOf(body.version)) > 0);
    assert.equal(await runsOf(body.version), 1);
  });

  it('lists by service and phase, page by page', async () => {
    await Promise.all([post(fresh()), post(fresh()), post(fresh())]);
    const list = async (query: string): Promise<ReleaseList> =>
      (await api.call('GET', `/v1/releases?${query}`)).body;
    await until(async () => (await list('service=checkout&phase=Queued')).items.length >= 3);
    const first = await list('service=checkout&limit=2');
    assert.equal(first.items.length, 2);
    assert.equal(first.items[0]?.requestedBy, 'ci');
    assert.match(first.items[0]?.digest ?? '', /^sha256:/);
    const next = await list(`service=checkout&limit=2&cursor=${first.nextCursor}`);
    const runs = [...first.items, ...next.items].map(({ runId }) => runId);
    assert.equal(new Set(runs).size, runs.length);
    assert.deepEqual((await list('phase=Promoted')).items, []);
    const bad = await api.call('GET', '/v1/releases?cursor=bm90IG91cnM');
    assert.equal(bad.status, 400);
    assert.equal((bad.body as Problem).code, 'InvalidInput');
  });

  it('approves with a ticket of the token’s owner, and tells a refusal as the workflow said it', async () => {
    const body = fresh();
    await post(body);
    const path = `/v1/releases/checkout/${body.version}`;
    const command = { environment: 'production', reason: 'looks good' };
    const approved = await api.call('POST', `${path}/approve`, { body: command });
    assert.deepEqual(approved.body, { accepted: true, message: 'approved by ci' });
    const view: ReleaseView = (await api.call('GET', path)).body;
    const tickets = createHmacTickets({ key: Buffer.alloc(32, 7), clock: Date.now });
    const claim = { releaseId: view.releaseId, environment: 'production', actor: 'ci' };
    assert.equal(tickets.verify(view.reason ?? '', claim).valid, true);

    const refused: Problem = (await api.call('POST', `${path}/reject`, { body: command })).body;
    assert.deepEqual(
      [refused.status, refused.code, refused.detail, refused.seen, refused.hint],
      [409, 'PolicyDenied', 'only the release team rejects', 'ci', 'ask the release team'],
    );
    const limited = await api.call('POST', `${path}/approve`, {
      token: secrets.staging,
      body: command,
    });
    assert.equal(limited.status, 403);
    await end(body.version, 'promoted');
    const ended: Problem = (await api.call('POST', `${path}/abort`, { body: { reason: 'x' } }))
      .body;
    assert.deepEqual([ended.code, ended.seen], ['CommandRejected', 'completed']);
  });

  it('holds a long poll until the view changes, and no longer than asked', async () => {
    const body = fresh();
    await post(body);
    const path = `/v1/releases/checkout/${body.version}`;
    const etag = (await api.call('GET', path)).headers.get('etag') ?? '';
    const started = Date.now();
    const same = await api.call('GET', `${path}?wait=600ms&since=${encodeURIComponent(etag)}`);
    assert.equal(same.headers.get('etag'), etag);
    assert.ok(Date.now() - started >= 600);
    const waiting = api.call('GET', `${path}?wait=10s&since=${encodeURIComponent(etag)}`);
    await api.call('POST', `${path}/approve`, { body: { environment: 'production', reason: 'x' } });
    assert.equal(((await waiting).body as ReleaseView).phase, 'Deploying');
    assert.ok(Date.now() - started < 8000);
  });

  it('streams every change to whoever watches, and writes nothing into the history for it', async () => {
    const body = fresh();
    await post(body);
    const path = `/v1/releases/checkout/${body.version}`;
    const handle = environment.client.workflow.getHandle(`release:checkout:${body.version}`);
    const streams = await Promise.all(
      [1, 2, 3].map(() => openEvents(`${api.url}${path}/events`, secrets.all)),
    );
    const phaseOf = async (events: Events) =>
      (JSON.parse((await events.next())?.data ?? '{}') as ReleaseView).phase;
    assert.deepEqual(await Promise.all(streams.map(phaseOf)), Array(3).fill('AwaitingApproval'));
    const { historyLength } = await handle.describe();
    await api.call(
      'GET',
      `${path}?wait=600ms&since=${(await api.call('GET', path)).headers.get('etag')}`,
    );
    assert.equal((await handle.describe()).historyLength, historyLength);
    await api.call('POST', `${path}/approve`, { body: { environment: 'production', reason: 'x' } });
    assert.deepEqual(await Promise.all(streams.map(phaseOf)), Array(3).fill('Deploying'));
    for (const events of streams) events.close();
  });

  it('filters lists by what is indexed', async () => {
    const body = { ...fresh(), gitSha: '9fceb02d0ae598e9' };
    await post(body);
    const list = async (query: string): Promise<ReleaseList> =>
      (await api.call('GET', `/v1/releases?${query}`)).body;
    const mine = `version=${body.version}&gitSha=${body.gitSha}&requestedBy=ci`;
    await until(async () => (await list(mine)).items.length === 1);
    assert.equal((await list(`${mine}&needsAttention=false`)).items.length, 1);
    assert.equal((await list(`${mine}&needsAttention=true`)).items.length, 0);
    assert.equal((await list(`${mine}&environment=production`)).items.length, 0);
  });

  it('locks a target and takes the previous revision back', async () => {
    const target = { service: 'checkout', environment: 'production' };
    const missing: Problem = (await api.call('GET', '/v1/targets/checkout/production')).body;
    assert.deepEqual([missing.status, missing.code], [404, 'NotFound']);
    await environment.client.workflow.start(workflowTypes.target, {
      workflowId: 'target:checkout:production',
      taskQueue: taskQueues.workflows,
      args: [{ target, platform: 'local', carried: null }],
    });
    const path = '/v1/targets/checkout/production';
    const locked = await api.call('POST', `${path}/lock`, {
      body: { reason: 'freeze', expiresIn: '1h' },
    });
    assert.equal(locked.status, 200);
    const back = await api.call('POST', `${path}/rollback`, { body: { reason: 'payments fail' } });
    assert.equal(back.status, 202);
    assert.equal(back.headers.get('location'), '/v1/rollouts/checkout/production/7');
  });

  it('says 503 with a hint when no worker answers', async () => {
    await environment.client.workflow.start(workflowTypes.target, {
      workflowId: 'target:checkout:integration',
      taskQueue: 'nobody-polls-this',
      args: [],
    });
    const path = '/v1/targets/checkout/integration';
    const view = await api.call('GET', path);
    assert.equal(view.status, 503);
    assert.ok(view.headers.get('retry-after'));
    assert.match((view.body as Problem).hint ?? '', /sluice up/);
    const lock = await api.call('POST', `${path}/lock`, { body: { reason: 'x' } });
    assert.equal(lock.status, 503);
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 8000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come true in 8 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
