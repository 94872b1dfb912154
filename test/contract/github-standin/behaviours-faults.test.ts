/** Behaviours: limits, lags, webhooks, apps: what a real GitHub shows only when it wants to. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAppAuth } from '@octokit/auth-app';
import { behaviours } from '../../../src/github-standin/behaviours.js';
import { askWith, newKeyPair, startHookSink } from '../../support/judged-github.js';
import { behaviourTests, type StandinHost } from './behave.js';

/** Takes the webhooks of one event for the time of a test. */
async function withHook(
  host: StandinHost,
  status: number,
  test: (sink: Awaited<ReturnType<typeof startHookSink>>, hookId: number) => Promise<void>,
): Promise<void> {
  const sink = await startHookSink(status);
  const hook = host.control.addHook(host.repository, {
    url: sink.url,
    secret: 'secret',
    events: ['issues'],
  });
  try {
    await test(sink, hook.id);
  } finally {
    host.control.repository(host.repository).hooks.delete(hook.id);
    sink.close();
  }
}

const issue = (host: StandinHost, title = host.fresh('hook')) =>
  host.ask('POST', `${host.r}/issues`, { title });

async function newApp(host: StandinHost) {
  const { publicKey, privateKey } = newKeyPair();
  const { app, installation } = host.control.createApp({ owner: 'acme', publicKey });
  const sign = async (key: string) => {
    const auth = createAppAuth({ appId: app.id, privateKey: key });
    return askWith(host.url, (await auth({ type: 'app' })).token);
  };
  const mint = async (permissions?: object) => {
    const ask = await sign(privateKey);
    const path = `/app/installations/${installation.id}/access_tokens`;
    return await ask('POST', path, permissions === undefined ? undefined : { permissions });
  };
  return { app, sign, mint };
}

describe('the stand-in fails as GitHub does', () => {
  const { here } = behaviourTests();

  here('limits.primary', async (host) => {
    const { limits } = host.control;
    const had = limits.primaryPerHour;
    const token = host.control.createToken('acme');
    const ask = askWith(host.url, token);
    limits.primaryPerHour = 1;
    assert.equal((await ask('GET', host.r)).status, 200);
    const { status, headers, body } = await ask('GET', host.r);
    limits.primaryPerHour = had;
    assert.deepEqual([status, headers.get('x-ratelimit-remaining')], [403, '0']);
    assert.match(body.message, /API rate limit exceeded/);
    assert.ok(Number(headers.get('x-ratelimit-reset')) * 1000 > host.control.now());
  });

  here('limits.graphql', async (host) => {
    host.control.fault({ operation: 'viewer', kind: 'primaryLimit' });
    const query = '{ viewer { login } }';
    const { status, body } = await host.ask('POST', '/graphql', { query });
    assert.deepEqual([status, body.errors[0].type], [200, 'RATE_LIMITED']);
  });

  here('limits.secondary', async (host) => {
    host.control.fault({ operation: 'repos/get', kind: 'secondaryLimit', retryAfterS: 7 });
    host.control.fault({ operation: 'repos/get', kind: 'secondaryLimit', status: 429 });
    const first = await host.ask('GET', host.r);
    const second = await host.ask('GET', host.r);
    assert.deepEqual([first.status, first.headers.get('retry-after')], [403, '7']);
    assert.deepEqual([second.status, second.headers.get('retry-after')], [429, null]);
    assert.match(second.body.message, /secondary rate/);
  });

  here('limits.content', async (host) => {
    const { limits } = host.control;
    Object.assign(limits, { isSecondaryOn: true, contentPerMinute: 2 });
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await issue(host)).status);
    Object.assign(limits, { isSecondaryOn: false, contentPerMinute: 80 });
    assert.deepEqual(statuses, [201, 201, 403]);
  });

  here('lag.list', async (host) => {
    host.control.lag.listMs = 60_000;
    const { body } = await issue(host);
    const numbers = async () => {
      const list = await host.ask('GET', `${host.r}/issues?per_page=100`);
      return list.body.map((one: { number: number }) => one.number);
    };
    assert.ok(!(await numbers()).includes(body.number));
    host.control.lag.listMs = 0;
    assert.ok((await numbers()).includes(body.number));
  });

  here('lag.read', async (host) => {
    host.control.lag.readMs = 60_000;
    const { body } = await issue(host);
    assert.equal((await host.ask('GET', `${host.r}/issues/${body.number}`)).status, 404);
    host.control.lag.readMs = 0;
    assert.equal((await host.ask('GET', `${host.r}/issues/${body.number}`)).status, 200);
  });

  here('lag.status', async (host) => {
    const sha = host.control.readRef(host.repository, 'refs/heads/main') ?? '';
    host.control.lag.statusMs = 60_000;
    await host.control.setStatus(host.repository, { sha, context: 'late', state: 'success' });
    const count = async () => {
      const { body } = await host.ask('GET', `${host.r}/commits/${sha}/status`);
      return body.total_count;
    };
    assert.equal(await count(), 0);
    host.control.lag.statusMs = 0;
    assert.equal(await count(), 1);
  });

  here('hooks.signature', (host) =>
    withHook(host, 202, async ({ received }) => {
      await issue(host, 'Grüße — 🚀');
      await host.control.settle();
      const [one] = received;
      assert.ok(one);
      const hex = createHmac('sha256', 'secret').update(one.body).digest('hex');
      assert.equal(one.headers['x-hub-signature-256'], `sha256=${hex}`);
      assert.equal(one.headers['x-github-event'], 'issues');
      assert.match(String(one.headers['user-agent']), /^GitHub-Hookshot\//);
    }),
  );

  here('hooks.log', (host) =>
    withHook(host, 500, async ({ received }, id) => {
      await issue(host);
      await host.control.settle();
      const { body } = await host.ask('GET', `${host.r}/hooks/${id}/deliveries`);
      assert.equal(body.length, 1);
      assert.deepEqual(
        [body[0].status_code, body[0].event, body[0].action],
        [500, 'issues', 'opened'],
      );
      assert.equal(body[0].guid, received[0]?.headers['x-github-delivery']);
    }),
  );

  here('hooks.noRetry', (host) =>
    withHook(host, 500, async ({ received }) => {
      await issue(host);
      await host.control.settle();
      assert.equal(received.length, 1);
      assert.equal(host.control.world.background.size, 0);
    }),
  );

  here('hooks.again', (host) =>
    withHook(host, 202, async ({ received }, id) => {
      await issue(host);
      await host.control.settle();
      const path = `${host.r}/hooks/${id}/deliveries`;
      const [first] = (await host.ask('GET', path)).body;
      assert.equal((await host.ask('POST', `${path}/${first.id}/attempts`)).status, 202);
      await host.control.settle();
      const guids = received.map(({ headers }) => headers['x-github-delivery']);
      assert.deepEqual(guids, [first.guid, first.guid]);
      assert.equal(received[0]?.body, received[1]?.body);
      const { body } = await host.ask('GET', path);
      assert.deepEqual(
        body.map((one: { redelivery: boolean }) => one.redelivery),
        [true, false],
      );
    }),
  );

  here('hooks.cut', async (host) => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((ready) => silent.once('listening', ready));
    const { port } = silent.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const hook = host.control.addHook(host.repository, { url, secret: 's', events: ['issues'] });
    host.control.hookFaults.answerWithinMs = 50;
    await issue(host);
    await host.control.settle();
    host.control.repository(host.repository).hooks.delete(hook.id);
    silent.closeAllConnections();
    silent.close();
    assert.deepEqual(
      [hook.deliveries[0]?.statusCode, hook.deliveries[0]?.status],
      [0, 'timed out'],
    );
  });

  here('hooks.order', (host) =>
    withHook(host, 202, async ({ received }, id) => {
      const told = () => received.map(({ body }) => JSON.parse(body).issue.title);
      const { hookFaults, settle } = host.control;
      hookFaults.lose = 1;
      await issue(host, 'lost');
      hookFaults.duplicate = 1;
      await issue(host, 'twice');
      await settle();
      hookFaults.reorder = 2;
      await issue(host, 'first');
      await issue(host, 'second');
      await settle();
      assert.deepEqual(told(), ['twice', 'twice', 'second', 'first']);
      const log = await host.ask('GET', `${host.r}/hooks/${id}/deliveries`);
      assert.equal(log.body.at(-1).status_code, 0);
    }),
  );

  here('apps.jwt', async (host) => {
    const { sign } = await newApp(host);
    const stranger = await sign(newKeyPair().privateKey);
    assert.equal((await stranger('GET', '/app')).status, 401);
  });

  here('apps.expiry', async (host) => {
    const { mint } = await newApp(host);
    const { body } = await mint();
    const { control } = host;
    assert.equal(
      Date.parse(body.expires_at),
      Math.floor((control.now() + 3_600_000) / 1000) * 1000,
    );
    const ask = askWith(host.url, body.token);
    assert.equal((await ask('GET', host.r)).status, 200);
    control.clock.advance(3_600_001);
    assert.equal((await ask('GET', host.r)).status, 401);
  });

  here('errors.permission', async (host) => {
    const { mint } = await newApp(host);
    const { body } = await mint({ contents: 'read' });
    const ask = askWith(host.url, body.token);
    assert.equal((await ask('GET', `${host.r}/branches`)).status, 200);
    const refused = await ask('POST', `${host.r}/issues`, { title: 'x' });
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get('x-accepted-github-permissions') ?? '', /issues=write/);
  });

  here('gates.once', async (host) => {
    const { mint } = await newApp(host);
    const { body } = await mint();
    const ask = askWith(host.url, body.token);
    const sha = host.control.readRef(host.repository, 'refs/heads/main') ?? '';
    const environment = 'production';
    const run = await host.control.askProtectionRule(host.repository, { environment, sha });
    const path = `${host.r}/actions/runs/${run}/deployment_protection_rule`;
    const answer = { environment_name: environment, state: 'approved', comment: 'go' };
    assert.equal((await ask('POST', path, answer)).status, 204);
    assert.equal((await ask('POST', path, answer)).status, 422);
  });

  it('has a test for every behaviour that is told of', () => {
    const folder = new URL('.', import.meta.url);
    const sources = readdirSync(folder).filter((name) => name.startsWith('behaviours-'));
    const tested = sources.flatMap((name) => {
      const text = readFileSync(new URL(name, folder), 'utf8');
      return [...text.matchAll(/^ {2}(?:both|here)\('([^']+)'/gm)].map((match) => match[1]);
    });
    assert.deepEqual(new Set(tested), new Set(behaviours.map(({ id }) => id)));
  });
});
