/** Streams and long polls: many watch, one asks, and nobody is shown less than they have seen. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Client, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultLimits } from '../../../src/api/limits.js';
import type { Problem } from '../../../src/api/schemas/problem.js';
import { type ApiUnderTest, secrets, serveApi } from '../../support/api-under-test.js';
import { type Events, openEvents } from '../../support/events.js';

/** One workflow whose view and history are what the test says. */
function oneWorkflow() {
  const state = { n: 0, padding: '', fault: null as Error | null, queries: 0, describes: 0 };
  const handle = {
    async query() {
      state.queries += 1;
      if (state.fault) throw state.fault;
      return { n: state.n, padding: state.padding };
    },
    async describe() {
      state.describes += 1;
      if (state.fault instanceof WorkflowNotFoundError) throw state.fault;
      return { runId: 'r', historyLength: state.n, status: { name: 'RUNNING' } };
    },
  };
  const client = {
    withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflow: { getHandle: () => handle },
    workflowService: { getSystemInfo: async () => ({}) },
    options: { namespace: 'default' },
  } as unknown as Client;
  return { state, client };
}

const path = '/v1/releases/checkout/1.0.0';
const numberIn = (event: { data: string } | null) => JSON.parse(event?.data ?? '{}').n;

describe('streams', () => {
  let { state, client } = oneWorkflow();
  let api: ApiUnderTest;
  let opened: Events[] = [];
  beforeEach(async () => {
    ({ state, client } = oneWorkflow());
    api = await serveApi(client);
  });
  afterEach(async () => {
    for (const each of opened) each.close();
    opened = [];
    await api.stop();
  });
  const open = async (headers: Record<string, string> = {}, query = '') => {
    const events = await openEvents(`${api.url}${path}/events${query}`, secrets.read, headers);
    opened.push(events);
    return events;
  };

  it('begin with the newest snapshot, whose id is the ETag, and go on with every change', async () => {
    const events = await open();
    assert.equal(events.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    const first = await events.next();
    assert.equal(state.describes, 1, 'the first look is shown');
    assert.deepEqual([first?.event, numberIn(first)], ['snapshot', 0]);
    const etag = (await api.call('GET', path)).headers.get('etag');
    assert.equal(etag, `"${first?.id}"`);
    state.n = 1;
    const second = await events.next();
    assert.equal(numberIn(second), 1);
    assert.notEqual(second?.id, first?.id);
    assert.match(events.text(), /^retry: \d{4}\n\n/);
  });

  it('ask Temporal once for however many watch, and the worker only when something happened', async () => {
    const all = await Promise.all(Array.from({ length: 60 }, () => open()));
    await Promise.all(all.map((each) => each.next()));
    assert.ok(state.queries <= 2, `${state.queries} queries`);
    const describes = state.describes;
    state.n = 7;
    for (const each of all) assert.equal(numberIn(await each.next()), 7);
    assert.ok(state.queries <= 3, `${state.queries} queries`);
    assert.ok(state.describes - describes <= 4, `${state.describes - describes} looks`);
  });

  it('come back where they were: nothing of the same version, else the newest alone', async () => {
    const id = (await (await open()).next())?.id ?? '';
    const same = await open({ 'last-event-id': id });
    state.n = 3;
    const changed = await same.next();
    assert.deepEqual([numberIn(changed), same.count()], [3, 1]);
    const other = await open({ 'last-event-id': id });
    assert.equal(numberIn(await other.next()), 3);
  });

  it('show whoever comes later nothing older than what was there when they came', async () => {
    await (await open()).next();
    for (let n = 1; n <= 20; n += 1) {
      state.n = n;
      const late = await open();
      assert.equal(numberIn(await late.next()), n);
      late.close();
    }
  });

  it('end after the time that was asked for', async () => {
    const events = await open({}, '?for=300ms');
    assert.equal(numberIn(await events.next()), 0);
    assert.equal(await events.next(), null);
  });

  it('are refused as problems before they begin', async () => {
    const other = await api.call('GET', `${path}/events`, { token: secrets.alerts });
    assert.deepEqual([other.status, (other.body as Problem).code], [403, 'Forbidden']);
    const long = await api.call('GET', `${path}/events?for=2h`);
    assert.deepEqual([long.status, (long.body as Problem).code], [400, 'InvalidInput']);
    state.fault = new WorkflowNotFoundError('', 'x', '');
    const missing = await api.call('GET', `${path}/events`);
    assert.deepEqual([missing.status, (missing.body as Problem).code], [404, 'NotFound']);
    state.fault = new WorkflowUpdateRPCTimeoutOrCancelledError('late');
    const silent = await api.call('GET', `${path}/events`);
    assert.deepEqual([silent.status, (silent.body as Problem).code], [503, 'Unavailable']);
  });

  it('say when the view cannot be read, and show it again when it can', async () => {
    const events = await open();
    await events.next();
    state.fault = new WorkflowUpdateRPCTimeoutOrCancelledError('late');
    state.n = 1;
    const problem = await events.next();
    assert.deepEqual(
      [problem?.event, JSON.parse(problem?.data ?? '{}').code],
      ['problem', 'Unavailable'],
    );
    state.fault = null;
    assert.equal(numberIn(await events.next()), 1);
    state.fault = new WorkflowNotFoundError('', 'x', '');
    state.n = 2;
    assert.equal((await events.next())?.event, 'problem');
    assert.equal(await events.next(), null);
  });

  it('have so many places for one token, and those who leave make room', async () => {
    await api.stop();
    const limits = { ...defaultLimits, watches: { perToken: 2, inAll: 3 } };
    api = await serveApi(client, { limits });
    const [first] = [await open(), await open()];
    const third = await api.call('GET', `${path}/events`, { token: secrets.read });
    assert.deepEqual([third.status, (third.body as Problem).code], [429, 'RateLimited']);
    assert.match(third.headers.get('retry-after') ?? '', /^[5-8]$/);
    const mine = api.call('GET', `${path}?wait=2s&since=x`, { token: secrets.all });
    assert.equal((await mine).status, 200);
    first.close();
    await assert.doesNotReject(async () => {
      for (;;) {
        const { status } = await api.call('GET', `${path}/events?for=1ms`, {
          token: secrets.read,
        });
        if (status === 200) return;
      }
    });
  });

  it('end when the process is asked to, at once and however many there are', async () => {
    await Promise.all(Array.from({ length: 100 }, () => open()));
    const startedAtMs = Date.now();
    api.stopping.abort();
    await Promise.all([...opened.map(async (each) => await each.drain()), api.stop()]);
    assert.ok(Date.now() - startedAtMs < 900);
    api = await serveApi(client);
  });

  it('keep the newest snapshot alone for whoever reads slowly', async () => {
    state.padding = 'x'.repeat(4_000_000);
    const { port } = new URL(api.url);
    const socket = connect(Number(port), '127.0.0.1').pause();
    socket.write(
      `GET ${path}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secrets.read}\r\n\r\n`,
    );
    const fast = await open();
    for (let n = 1; n <= 6; n += 1) {
      await fast.next();
      state.n = n;
    }
    await fast.next();
    let received = '';
    socket.on('data', (chunk) => {
      received += String(chunk);
    });
    socket.resume();
    while (!received.includes('"n":6')) await once(socket, 'data');
    socket.destroy();
    const seen = [...received.matchAll(/"n":(\d)/g)].map(([, n]) => Number(n));
    assert.ok(seen.length < 5, `saw ${seen.join(' ')}`);
  });
});
