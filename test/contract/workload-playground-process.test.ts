/** What only real processes show: drains, hangs, crashes, and the playground's own death and return. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPlaygroundPlatform } from '../../src/adapters/playground/platform.js';
import type { TargetKey } from '../../src/domain/names.js';
import type { Intent } from '../../src/ports/workload.js';
import { freshTarget, install, intents, split, until } from '../support/platform-under-test.js';
import type { PlaygroundProcess } from '../support/playground-process.js';
import { startPlayground } from '../support/playground-process.js';

const upstreamTimeoutMs = 1500;
const pass = async (ms: number) => {
  await sleep(ms);
};

describe('playground processes', () => {
  let playground: PlaygroundProcess;
  let platform: ReturnType<typeof createPlaygroundPlatform> & { pass: typeof pass };
  let target: TargetKey;
  let next: () => Intent;

  before(async () => {
    playground = await startPlayground({
      SLUICE_PLAYGROUND_UPSTREAM_TIMEOUT_MS: String(upstreamTimeoutMs),
      SLUICE_PLAYGROUND_KEEP_SERIES_MS: '1200',
    });
    platform = { ...createPlaygroundPlatform(playground), pass };
  });
  after(() => playground.dispose());
  beforeEach(() => {
    target = freshTarget();
    next = intents();
  });

  const setUp = async (version: string, instances: number) => {
    const name = await install(platform, { target, version, instances, intent: next() });
    return name;
  };
  const apply = (stable: string, candidate: string | null, weight: number) =>
    platform.router.applySplit({ target, split: split(stable, candidate, weight), intent: next() });
  const door = async () => (await platform.router.readSplit(target)).url as string;
  const instancesOf = async (name: string) => {
    const statuses = await platform.workload.readRevisions(target);
    return statuses.find((status) => status.name === name)?.instances ?? [];
  };
  const behave = async (url: string, behaviour: object) => {
    const body = JSON.stringify(behaviour);
    await (await fetch(`${url}/admin/behaviour`, { method: 'POST', body })).text();
  };
  const countersOf = async (name: string) => {
    const [counters] = await platform.metrics.readCounters(target, [name]);
    return counters?.instances ?? [];
  };

  it('lets requests in flight finish when their revision is removed', async () => {
    const stable = await setUp('1.0.0', 1);
    const candidate = await setUp('1.1.0', 1);
    await apply(stable, candidate, 100);
    const slow = fetch(`${await door()}/slow?ms=900`);
    const stream = fetch(`${await door()}/stream?chunks=6&everyMs=150`);
    await sleep(100);
    await apply(stable, null, 0);
    await platform.workload.removeRevision({ target, revision: candidate, intent: next() });
    const answer = await slow;
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('x-sluice-revision'), candidate);
    assert.equal(((await answer.json()) as { version: string }).version, '1.1.0');
    assert.equal((await (await stream).text()).trim().split('\n').length, 6);
  });

  it('streams an answer while it is made, and takes a body as it comes', async () => {
    await apply(await setUp('1.0.0', 1), null, 0);
    const url = `${await door()}/stream?chunks=3&everyMs=300`;
    const startedAt = performance.now();
    const answer = await fetch(url);
    const reader = answer.body?.getReader();
    await reader?.read();
    assert.ok(performance.now() - startedAt < 600, 'the first part waited for the last');
    await reader?.cancel();
    const body = Buffer.alloc(3_000_000, 'x');
    const posted = await fetch(`${await door()}/`, { method: 'POST', body });
    assert.equal(((await posted.json()) as { receivedBytes: number }).receivedBytes, body.length);
  });

  it('answers 503 while nothing is installed, and lets no user at the admin path', async () => {
    const stable = await setUp('1.0.0', 1);
    const none = await fetch(await door());
    assert.equal(none.status, 503);
    assert.equal(none.headers.get('content-type'), 'application/problem+json');
    await apply(stable, null, 0);
    const admin = await fetch(`${await door()}/admin/behaviour`, { method: 'POST', body: '{}' });
    assert.equal(admin.status, 403);
  });

  it('blames no instance for an upload that its client broke off', async () => {
    const stable = await setUp('1.0.0', 1);
    await apply(stable, null, 0);
    const { port } = new URL(await door());
    const client = connect(Number(port), '127.0.0.1');
    client.write('POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: 100\r\n\r\nhalf');
    await until(platform, async () => (await countersOf(stable))[0]?.inFlight === 1);
    client.destroy();
    await until(platform, async () => (await countersOf(stable))[0]?.inFlight === 0);
    const [counters] = await countersOf(stable);
    assert.deepEqual([counters?.requests, counters?.errors], [0, 0]);
  });

  it('shows the last counters of a removed revision for a while, and then no more', async () => {
    const stable = await setUp('1.0.0', 1);
    const candidate = await setUp('1.1.0', 1);
    await apply(stable, candidate, 100);
    await (await fetch(await door())).text();
    await apply(stable, null, 0);
    await platform.workload.removeRevision({ target, revision: candidate, intent: next() });
    await sleep(300);
    assert.equal((await countersOf(candidate))[0]?.requests, 1);
    await until(platform, async () => (await countersOf(candidate)).length === 0);
    const { tally } = await platform.client.readTarget(target);
    assert.deepEqual(tally.find(({ revision }) => revision === candidate)?.byCode, { 200: 1 });
  });

  it('shows a hanging instance by the age of its requests, then counts them as errors', async () => {
    const stable = await setUp('1.0.0', 1);
    await apply(stable, null, 0);
    const [instance] = await instancesOf(stable);
    await behave(instance?.url ?? '', { hang: true });
    const impatient = fetch(`${await door()}/`, { signal: AbortSignal.timeout(200) });
    const patient = fetch(`${await door()}/`);
    await assert.rejects(impatient, { name: 'TimeoutError' });
    await sleep(900);
    const [during] = await countersOf(stable);
    assert.equal(during?.inFlight, 2, 'a client that left does not make the instance idle');
    assert.equal(during.inFlightOlder.find(({ overMs }) => overMs === 1000)?.count, 2);
    assert.equal(during.errors, 0);
    assert.equal((await patient).status, 504);
    const [after] = await countersOf(stable);
    assert.equal(after?.inFlight, 0);
    assert.equal(after.errors, 2);
    assert.equal((await instancesOf(stable))[0]?.state, 'ready', 'its health path still answers');
  });

  it('takes an instance with failing probes out of traffic, and back', async () => {
    const stable = await setUp('1.0.0', 1);
    const candidate = await setUp('1.1.0', 1);
    await apply(stable, candidate, 100);
    const [instance] = await instancesOf(candidate);
    await behave(instance?.url ?? '', { healthz: false });
    await until(platform, async () => (await instancesOf(candidate))[0]?.state === 'unready');
    const [unready] = await instancesOf(candidate);
    assert.ok((unready?.probeFailures ?? 0) >= 3);
    assert.match(unready?.reason ?? '', /503/);
    const answer = await fetch(await door());
    assert.equal(answer.headers.get('x-sluice-revision'), stable);
    await behave(instance?.url ?? '', { healthz: true });
    await until(platform, async () => (await instancesOf(candidate))[0]?.state === 'ready');
    const again = await fetch(await door());
    assert.equal(again.headers.get('x-sluice-revision'), candidate);
  });

  it('restarts what crashes under a new id, and says with which last words it went', async () => {
    const stable = await setUp('1.0.0', 1);
    const [first] = await instancesOf(stable);
    await behave(first?.url ?? '', { exit: 7 });
    await until(platform, async () => (await instancesOf(stable))[0]?.state === 'exited');
    assert.match((await instancesOf(stable))[0]?.reason ?? '', /exited with code 7/);
    await until(platform, async () => (await instancesOf(stable))[0]?.state === 'ready');
    assert.notEqual((await instancesOf(stable))[0]?.id, first?.id);
    const [status] = await platform.workload.readRevisions(target);
    assert.equal(status?.restarts, 1);
  });

  it('comes back from SIGKILL with the same doors and splits, and without orphans', async () => {
    const stable = await setUp('1.0.0', 2);
    const candidate = await setUp('1.1.0', 1);
    await apply(stable, candidate, 25);
    const before = await platform.router.readSplit(target);
    const old = [...(await instancesOf(stable)), ...(await instancesOf(candidate))];
    await playground.end('SIGKILL');
    await assert.rejects(platform.router.readSplit(target), { code: 'Unavailable' });
    playground = await playground.restart();
    assert.deepEqual(await platform.router.readSplit(target), before);
    await until(platform, async () => {
      const now = [...(await instancesOf(stable)), ...(await instancesOf(candidate))];
      return now.length === 3 && now.every((instance) => instance.state === 'ready');
    });
    assert.equal((await fetch(before.url as string)).status, 200);
    for (const { url } of old) await assert.rejects(fetch(url), TypeError);
    await assert.rejects(
      install(platform, { target, version: '1.0.0', instances: 1, intent: intents(0)() }),
      { code: 'StaleWrite' },
    );
  });

  /** Runs one instance of a program that is given as a script, and waits until it is ready. */
  const runScript = async (script: string, version: string, env = {}) => {
    const workload = {
      command: [process.execPath, '-e', script],
      env,
      artifact: null,
      directory: playground.folder,
      instances: 1,
      healthPath: '/',
    };
    const revision = { version, digest: `sha256:${'d'.repeat(64)}` };
    const request = { target, revision, workload, instances: 1, intent: next() };
    await platform.workload.applyRevision(request);
    const name = `${version}-dddddddd`;
    await until(platform, async () => (await instancesOf(name))[0]?.state === 'ready');
    return { name, url: (await instancesOf(name))[0]?.url ?? '' };
  };
  const serve = (answer: string) =>
    `require('node:http').createServer((q, a) => ${answer}).listen(process.env.PORT, '127.0.0.1');`;

  it('waits for the requests of a program that would drop them at SIGTERM', async () => {
    const stable = await setUp('1.0.0', 1);
    const abrupt = await runScript(
      serve(`setTimeout(() => a.end('done'), q.url === '/slow' ? 800 : 0)`),
      '1.1.0',
    );
    await apply(stable, abrupt.name, 100);
    const slow = fetch(`${await door()}/slow`, { method: 'POST', body: 'x' });
    await sleep(100);
    await apply(stable, null, 0);
    const intent = next();
    await platform.workload.removeRevision({ target, revision: abrupt.name, intent });
    assert.equal(await (await slow).text(), 'done');
  });

  it('ends even children that heed neither the end of stdin nor SIGTERM', async () => {
    const script = `process.on('SIGTERM', () => {}); ${serve(`a.end('ok')`)}`;
    const { name, url } = await runScript(script, '1.0.0');
    await playground.end('SIGKILL');
    assert.equal((await fetch(url)).status, 200, 'it should have outlived its parent');
    playground = await playground.restart();
    await assert.rejects(fetch(url), TypeError);
    await until(platform, async () => (await instancesOf(name))[0]?.state === 'ready');
    const [again] = await instancesOf(name);
    await playground.end('SIGTERM');
    await assert.rejects(fetch(again?.url ?? ''), TypeError);
    playground = await playground.restart();
  });

  it('gives a child nothing of its own environment but what a program needs', async () => {
    const given = { LABEL: 'v{version}' };
    const { url } = await runScript(serve('a.end(JSON.stringify(process.env))'), '2.0.0', given);
    const env = (await (await fetch(url)).json()) as Record<string, string>;
    assert.equal(env['LABEL'], 'v2.0.0');
    assert.equal(env['SLUICE_VERSION'], '2.0.0');
    assert.equal(env['SLUICE_SERVICE'], target.service);
    const leaked = Object.keys(env).filter((variable) => variable.startsWith('SLUICE_PLAYGROUND'));
    assert.deepEqual(leaked, []);
  });
});
