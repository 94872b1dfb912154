/** What the HTTP gate sends, and what it makes of servers that behave badly. */
import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener } from 'node:http';
import { json } from 'node:stream/consumers';
import { createHttpGate } from '../../../src/adapters/http/http-gate.js';
import { never, smokeTest, webhookGate } from '../../contract/gate.contract.js';
import { answerStatus, type LocalServer, startServer } from './local-server.js';

const gate = createHttpGate();
const servers: LocalServer[] = [];

async function serve(listener: RequestListener): Promise<LocalServer> {
  const server = await startServer(listener);
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

describe('the HTTP gate', () => {
  it('posts the question as JSON, once', async () => {
    const received: { request: IncomingMessage; body: unknown }[] = [];
    const server = await serve((request, response) => {
      void json(request).then((body) => {
        received.push({ request, body });
        response.end('yes');
      });
    });
    const url = `${server.base}/may/it?go=on`;
    const answer = await gate.webhook(webhookGate(url), { version: '1.2.0', weight: 5 }, never);
    assert.equal(answer.passed, true);
    assert.equal(received.length, 1);
    const [{ request, body }] = received as [{ request: IncomingMessage; body: unknown }];
    assert.deepEqual(
      [request.method, request.url, body],
      ['POST', '/may/it?go=on', { version: '1.2.0', weight: 5 }],
    );
    assert.equal(request.headers['content-type'], 'application/json');
    assert.equal(request.headers.authorization, undefined);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    it(`does not follow a ${status}`, async () => {
      const other = await serve(answerStatus);
      const server = await serve((_request, response) =>
        response.writeHead(status, { location: `${other.base}/status/200` }).end(),
      );
      const webhook = await gate.webhook(webhookGate(server.base), {}, never);
      const smoke = await gate.smoke([server.base], smokeTest(), never);
      assert.deepEqual([webhook.passed, smoke.passed, other.connections()], [false, false, 0]);
      assert.match(webhook.reason, new RegExp(`answered ${status}, expected 200–202$`));
    });
  }

  it('waits no longer than it may, for headers as for a body', async () => {
    const silent = await serve(() => {});
    const dripping = await serve((_request, response) => response.writeHead(200).write('x'));
    const startedAtMs = Date.now();
    const { passed, reason } = await gate.webhook(
      webhookGate(silent.base, { timeoutMs: 100 }),
      {},
      never,
    );
    assert.equal(passed, false);
    assert.match(reason, /did not answer within 100 ms, expected 200–202$/);
    const smoke = await gate.smoke([dripping.base], smokeTest({ timeoutMs: 100 }), never);
    assert.match(smoke.reason, /did not answer within 100 ms, expected 200$/);
    assert.ok(Date.now() - startedAtMs < 2_000);
  });

  it('does not wait for the body of a webhook', async () => {
    const dripping = await serve((_request, response) => response.writeHead(202).write('x'));
    const { passed } = await gate.webhook(webhookGate(dripping.base), {}, never);
    assert.equal(passed, true);
  });

  it('reads at most 1 MB of an instance', async () => {
    const body =
      (bytes: number): RequestListener =>
      (_request, response) =>
        response.end('x'.repeat(bytes));
    const [fits, exceeds] = [await serve(body(1024 * 1024)), await serve(body(1024 * 1024 + 1))];
    assert.equal((await gate.smoke([fits.base], smokeTest(), never)).passed, true);
    const { passed, reason } = await gate.smoke([exceeds.base], smokeTest(), never);
    assert.equal(passed, false);
    assert.match(reason, /answered more than 1 MB, expected 200$/);
  });

  it('looks for the expected text and never repeats what it found', async () => {
    const server = await serve((_request, response) => response.end('canary-secret ready'));
    const yes = await gate.smoke([server.base], smokeTest({ expectBody: 'ready' }), never);
    const no = await gate.smoke([server.base], smokeTest({ expectBody: 'steady' }), never);
    assert.deepEqual([yes.passed, no.passed], [true, false]);
    assert.match(no.reason, /answered 200 without the expected text in its body$/);
    assert.doesNotMatch(yes.reason + no.reason, /canary-secret/);
  });

  it('sends as many requests to each instance as asked, and stops an instance at its first failure', async () => {
    const counts = [0, 0];
    const listener =
      (index: number, failAt: number): RequestListener =>
      (_request, response) => {
        counts[index] = (counts[index] ?? 0) + 1;
        response.writeHead(counts[index] === failAt ? 500 : 200).end();
      };
    const [good, bad] = [await serve(listener(0, -1)), await serve(listener(1, 3))];
    const test = smokeTest({ path: '/', requests: 5 });
    const { passed, reason } = await gate.smoke([good.base, bad.base], test, never);
    assert.equal(passed, false);
    assert.equal(reason, `127.0.0.1:${bad.port}/ answered 500, expected 200`);
    assert.deepEqual(counts, [5, 3]);
  });

  it('names a refused connection and repeats nothing of path or query', async () => {
    const server = await startServer(answerStatus);
    await server.close();
    const { passed, reason } = await gate.webhook(
      webhookGate(`${server.base}/x?token=abc`),
      {},
      never,
    );
    assert.equal(passed, false);
    assert.equal(
      reason,
      `127.0.0.1:${server.port} did not answer (ECONNREFUSED), expected 200–202`,
    );
  });

  it('throws when cancelled on the way', async () => {
    const silent = await serve(() => {});
    const cancel = new AbortController();
    const answer = gate.webhook(webhookGate(silent.base), {}, cancel.signal);
    setTimeout(() => cancel.abort(new Error('step is over')), 50);
    await assert.rejects(answer, /step is over/);
  });
});
