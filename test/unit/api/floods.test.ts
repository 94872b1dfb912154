/** Too much at once, of connections, bodies, readers or work: those who ask little are served all the same. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { defaultConnections } from '../../../src/api/connections.js';
import { defaultLimits } from '../../../src/api/limits.js';
import { watchLoopLag } from '../../../src/api/loop-lag.js';
import type { Problem } from '../../../src/api/schemas/problem.js';
import { digestA, secrets, serveApi } from '../../support/api-under-test.js';
import { cannedTemporal } from '../../support/canned-temporal.js';
import { openRaw, statusesIn, writeRawUntilCut } from '../../support/raw-http.js';

const release = '/v1/releases/checkout/1.0.0';
const plan = { service: 'checkout', version: '1.0.0', digest: digestA };
const get = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: sluice\r\nAuthorization: Bearer ${secrets.all}\r\n\r\n`;
const post = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nHost: sluice\r\nAuthorization: Bearer ${secrets.all}\r\n` +
  `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
const webhook = (length: number) =>
  'POST /v1/webhooks/github HTTP/1.1\r\nHost: sluice\r\nContent-Type: application/json\r\n' +
  'X-GitHub-Event: push\r\nX-GitHub-Delivery: 00000000-0000-0000-0000-000000000000\r\n' +
  `X-Hub-Signature-256: sha256=${'0'.repeat(64)}\r\nContent-Length: ${length}\r\n\r\n`;
const many = <T>(count: number, make: () => Promise<T>) =>
  Promise.all(Array.from({ length: count }, make));
const answerOn = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0]);

/** Resolves once so many of them have been cut off. */
const cutOff = (sockets: readonly Socket[], count: number): Promise<void> =>
  new Promise((resolve) => {
    let left = count;
    const one = (): void => {
      left -= 1;
      if (left === 0) resolve();
    };
    for (const socket of sockets) {
      socket.resume();
      if (socket.closed) one();
      else socket.once('close', one);
    }
  });

describe('a flood', function () {
  this.timeout(60_000);

  it('of silent connections pushes out its own, the oldest first', async () => {
    const connections = { ...defaultConnections, most: 20 };
    const api = await serveApi(cannedTemporal(), {}, { connections });
    const asked = await openRaw(api.url);
    asked.write(get('/healthz'));
    assert.deepEqual(statusesIn(await answerOn(asked)), [200]);
    const flood: Socket[] = [];
    for (let n = 0; n < 60; n += 1) {
      const socket = await openRaw(api.url);
      socket.write('GET /v1/releases HTTP/1.1\r\n');
      flood.push(socket);
    }
    await cutOff(flood.slice(0, 40), 40);
    assert.equal((await api.call('GET', release)).status, 200, 'a newcomer');
    asked.write(get('/healthz'));
    assert.deepEqual(statusesIn(await answerOn(asked)), [200], 'who was there before');
    for (const socket of [asked, ...flood]) socket.destroy();
    await api.stop();
  });

  it('of requests on one connection, ahead of their answers, is cut off', async () => {
    const api = await serveApi(cannedTemporal());
    const few = await writeRawUntilCut(api.url, [get('/docs').repeat(8)], 8);
    assert.deepEqual(
      statusesIn(few),
      Array.from({ length: 8 }, () => 200),
    );
    const answer = await writeRawUntilCut(api.url, [get('/openapi.json').repeat(400)], 400);
    assert.ok(statusesIn(answer).length < 8, `${statusesIn(answer).length} answers`);
    const asked = api.log.filter((line) => line.includes('/openapi.json')).length;
    assert.ok(asked <= 8, `${asked} requests were looked at`);
    await api.stop();
  });

  it('of requests in line takes one place at a time, and gives it back when it is cut off', async () => {
    const limits = { ...defaultLimits, atOnce: { read: 8, write: 1, rescue: 1 } };
    let answered: () => void = () => {};
    const stuck = new Promise<void>((resolve) => {
      answered = resolve;
    });
    let looks = 0;
    const view = async () => {
      looks += 1;
      await stuck;
      return {};
    };
    const api = await serveApi(cannedTemporal(view), { limits });
    const quietly = () => api.call('GET', '/healthz', { token: null });
    // More than there are places, were any of them kept.
    for (let round = 1; round <= 12; round += 1) {
      const socket = await openRaw(api.url);
      socket.write(get(release).repeat(6));
      while (looks < round) await quietly();
      for (let n = 0; n < 20; n += 1) await quietly();
      assert.equal(looks, round, 'looks at once');
      socket.destroy();
      while (api.log.filter((line) => line.includes(release)).length < round) await quietly();
    }
    answered();
    assert.equal((await api.call('GET', release)).status, 200);
    await api.stop();
  });

  it('of tiny pieces in one body is cut off before they are all taken', async () => {
    const api = await serveApi(cannedTemporal());
    const head = post('/v1/plan', 0).replace('Content-Length: 0', 'Transfer-Encoding: chunked');
    const answer = await writeRawUntilCut(api.url, [head, '1\r\n \r\n'.repeat(200_000)], 1);
    assert.deepEqual(statusesIn(answer), [413]);
    assert.match(answer, /"seen":101\d,"limit":101\d/);
    await api.stop();
  });

  it('of slow bodies takes no place of those who have sent theirs', async () => {
    const limits = { ...defaultLimits, atOnce: { read: 2, write: 2, rescue: 2 } };
    const api = await serveApi(cannedTemporal(), { limits });
    const slow = await many(30, () => openRaw(api.url));
    for (const socket of slow) socket.write(`${post('/v1/plan', 1000)}{`);
    assert.equal((await api.call('POST', '/v1/plan', { body: plan })).status, 200);
    for (const socket of slow) socket.destroy();
    await api.stop();
  });

  it('of bodies that never end gives way, the oldest first, to those that do', async () => {
    const bodies = { mostBytesHeld: 1_000_000, mostAtOnce: 5 };
    const api = await serveApi(cannedTemporal(), { limits: { ...defaultLimits, bodies } });
    const first = await openRaw(api.url);
    first.write(`${post('/v1/plan', 1000)}{`);
    const answer = answerOn(first);
    const slow = await many(5, () => openRaw(api.url));
    for (const socket of slow) socket.write(`${post('/v1/plan', 1000)}{`);
    assert.match(await answer, /^HTTP\/1\.1 503 [^]*Retry-After: \d/);
    assert.equal((await api.call('POST', '/v1/plan', { body: plan })).status, 200);
    for (const socket of [first, ...slow]) socket.destroy();
    await api.stop();
  });

  it('of bytes gives way, the largest first, and a small body gets through', async () => {
    const api = await serveApi(cannedTemporal());
    const large = await many(2, () => openRaw(api.url));
    const most = 25 * 1024 * 1024;
    const refused = Promise.race(large.map(answerOn));
    // Together more than is held for all, and neither is whole.
    for (const socket of large) socket.write(webhook(most) + ' '.repeat(most - 1));
    assert.match(await refused, /^HTTP\/1\.1 503 [^]*Retry-After: \d/);
    const small = await writeRawUntilCut(api.url, [webhook(2), '{}'], 1);
    assert.deepEqual(statusesIn(small), [401]);
    for (const socket of large) socket.destroy();
    await api.stop();
  });

  it('of readers who take nothing is cut off, and one token has not all of the places', async () => {
    const padding = 'x'.repeat(8_000_000);
    const limits = { ...defaultLimits, atOnce: { read: 8, write: 1, rescue: 1 } };
    const temporal = cannedTemporal(async () => ({ padding }));
    const api = await serveApi(temporal, { limits });
    const stuck = await many(6, () => openRaw(api.url));
    for (const socket of stuck) socket.pause().write(get(release));
    let own = await api.call('HEAD', release);
    while (own.status === 200) own = await api.call('HEAD', release);
    assert.equal(own.status, 429);
    const other = await api.call('HEAD', release, { token: secrets.read });
    assert.equal(other.status, 200);
    for (const socket of stuck) socket.destroy();
    await api.stop();

    const connections = { ...defaultConnections, stuckMs: 1_000 };
    const hasty = await serveApi(temporal, {}, { connections });
    const reader = await openRaw(hasty.url);
    reader.pause().write(get(release));
    // Logged once it is over.
    while (!hasty.log.some((line) => line.includes(release)))
      await hasty.call('GET', '/healthz', { token: null });
    reader.destroy();
    await hasty.stop();
  });

  it('of readers who take nothing of their events is cut off', async () => {
    let n = 0;
    const padding = 'x'.repeat(3_000_000);
    const connections = { ...defaultConnections, stuckMs: 1_000 };
    const api = await serveApi(
      cannedTemporal(async () => ({ padding, n: (n += 1) })),
      {},
      { connections },
    );
    const stuck = await many(3, () => openRaw(api.url));
    for (const socket of stuck) socket.pause().write(get(`${release}/events`));
    const isCut = () =>
      api.log.filter((line) => line.includes('/events') && line.includes('"ms"')).length === 3;
    while (!isCut()) await api.call('GET', '/healthz', { token: null });
    for (const socket of stuck) socket.destroy();
    await api.stop();
  });

  it('of work is refused while the process is behind, but for probes and for what rescues', async () => {
    let lagMs = defaultLimits.lagMs + 1;
    const api = await serveApi(cannedTemporal(), { lag: () => lagMs });
    for (const [method, path, body] of [
      ['GET', release, undefined],
      ['POST', '/v1/plan', plan],
      ['POST', '/v1/releases', plan],
    ] as const) {
      const { status, headers, body: said } = await api.call(method, path, { body });
      assert.deepEqual([status, (said as Problem).code], [503, 'Unavailable']);
      assert.match(headers.get('retry-after') ?? '', /^[23]$/);
    }
    for (const command of ['abort', 'rollback']) {
      const place = command === 'abort' ? release : '/v1/targets/checkout/staging';
      const { status } = await api.call('POST', `${place}/${command}`, { body: { reason: 'x' } });
      assert.notEqual(status, 503, command);
    }
    for (const probe of ['/healthz', '/readyz'])
      assert.equal((await api.call('GET', probe, { token: null })).status, 200);
    lagMs = defaultLimits.lagMs;
    assert.equal((await api.call('GET', release)).status, 200);
    await api.stop();
  });

  it('of work is seen by how late the process is', async () => {
    const lag = watchLoopLag();
    const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
    const busy = (ms: number) => {
      const endsAtMs = performance.now() + ms;
      while (performance.now() < endsAtMs);
    };
    for (let n = 0; n < 4; n += 1) {
      busy(600);
      await turn();
      lag();
    }
    assert.ok(lag() > 300, `${lag()} ms`);
    const high = lag();
    while (lag() >= high / 2) await turn();
  });
});
