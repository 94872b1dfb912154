/** SIGTERM of the API under fire, replica after replica: no accepted request is lost, no stream has a gap, all within 10 s. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { choosePorts } from '../../src/embedded/free-port.js';
import { issueToken } from '../../src/config/token-file.js';
import type { ReleaseView } from '../../src/domain/release/view.js';
import { type Balancer, startBalancer } from '../support/balancer.js';
import { type FollowedStream, followStream, timelineGrows } from '../support/followed-stream.js';
import { type Asked, askKept, type Heard } from '../support/kept-requests.js';
import { eventually } from '../support/local-stack.js';
import type { LocalProcess } from '../support/local-process.js';
import { crashRuns, crashSeed } from '../support/lost-results.js';
import { prepareStack, type StackParts } from '../support/stack-parts.js';
import { randomFrom } from '../unit/analysis/seeded-random.js';

const rolls = crashRuns({ change: 2, full: 20 });
const seed = crashSeed();
const counts = { streams: 200, polls: 40, posts: 60, releases: 20, callers: 20 };
const limitMs = 10_000;
/** On a machine that does much else. */
const patienceMs = 120_000;
/** As many as a release can ask for; the last is never given, so that it goes on waiting. */
const approvalsRequired = 20;
const digest = `sha256:${'a'.repeat(64)}`;

function configOf(dataDir: string): string {
  const path = join(dataDir, 'sluice.yaml');
  // JSON is YAML.
  const config = {
    apiVersion: 'sluice/v1',
    project: 'shop',
    platforms: { local: { kind: 'playground' } },
    services: {
      checkout: { workload: { command: ['node'], instances: 1, healthPath: '/healthz' } },
    },
    environments: {
      production: {
        platform: 'local',
        approvals: { required: approvalsRequired },
        strategy: 'rolling',
      },
    },
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

describe(`shutdown of the API under fire (${rolls} rolls, seed ${seed})`, function () {
  this.timeout(4 * patienceMs);
  this.retries(0);
  const random = randomFrom(seed);
  const streams: FollowedStream<ReleaseView>[] = [];
  const agent = new Agent({ keepAlive: true });
  const ended: { readonly ms: number; readonly code: number | null }[] = [];
  const heard: Heard[] = [];
  let busy = 0;
  let stack: StackParts;
  let balancer: Balancer;
  let tokens: readonly string[] = [];
  let approvers: readonly string[] = [];
  let api: { readonly url: string; readonly process: LocalProcess };

  const pathOf = (n: number) => `/v1/releases/checkout/1.${n % counts.releases}.0`;

  const ask = (method: string, path: string, more: Partial<Asked> = {}) =>
    askKept({ agent, method, url: `${balancer.url}${path}`, token: String(tokens[0]), ...more });

  /** Whoever hears that somebody is busy asks again; a command may have been taken all the same. */
  const note = async (...asked: Parameters<typeof ask>) => {
    let answer = await ask(...asked);
    for (; answer.status === 503; answer = await ask(...asked)) {
      busy += 1;
      await sleep(1000);
      const [method, path, { onAccepted: _, bodyAfter: __, ...options } = {}] = asked;
      asked = [method, path, options];
    }
    heard.push(answer);
  };

  async function startReplica(): Promise<typeof api> {
    const { port } = await choosePorts({ port: null });
    // Not embedded: with time for those who balance between replicas.
    const env = { SLUICE_API_PORT: String(port), SLUICE_EMBEDDED: 'false' };
    const part = stack.prepare('api', env, { stopWithinMs: limitMs + 5000 });
    await part.start();
    return { url: `http://127.0.0.1:${port}`, process: part };
  }

  before(async () => {
    stack = await prepareStack({ keepsHistory: false, configOf });
    const { tokensFile, userTokenFile, approverTokenFile } = stack.credentials;
    tokens = [userTokenFile, approverTokenFile].map((file) => readFileSync(file, 'utf8').trim());
    const made: string[] = [];
    for (let n = 1; n <= rolls && n < approvalsRequired; n += 1) {
      const expiresAtMs = Date.now() + 3_600_000;
      const grant = { owner: `approver-${n}`, scopes: ['approve' as const], expiresAtMs };
      made.push((await issueToken(tokensFile, grant)).secret);
    }
    approvers = made;
    const temporal = stack.prepare('temporal');
    await temporal.start();
    balancer = await startBalancer();
    await Promise.all([
      stack.prepare('worker').start(),
      startReplica().then((first) => {
        api = first;
      }),
    ]);
    await balancer.add(api.url);
    for (let n = 0; n < counts.releases; n += 1) {
      const body = { service: 'checkout', version: `1.${n}.0`, digest };
      await eventually(
        `${pathOf(n)} is taken`,
        async () => (await ask('POST', '/v1/releases', { body })).status === 202,
        patienceMs,
      );
    }
    for (let n = 0; n < counts.releases; n += 1) {
      await eventually(
        `${pathOf(n)} waits`,
        async () => /"AwaitingApproval"/.test((await ask('GET', pathOf(n))).text),
        patienceMs,
      );
    }
    for (let n = 0; n < counts.streams; n += 1) {
      const path = pathOf(n);
      const token = tokens[n % 2] as string;
      streams.push(
        followStream<ReleaseView>(path, () => `${balancer.url}${path}/events`, token, {
          ...{ compare: timelineGrows, bearable: [503] },
        }),
      );
    }
  });
  after(async () => {
    await Promise.all(streams.map((stream) => stream.stop()));
    agent.destroy();
    balancer?.close();
    await stack.stop();
  });

  async function allLive(): Promise<void> {
    const isLive = (stream: FollowedStream<ReleaseView>) => stream.isLive() && stream.last();
    await eventually('all streams are open', () => streams.every(isLive), patienceMs);
  }

  /** Every stream shows its release as it is. */
  async function allCurrent(): Promise<void> {
    for (let n = 0; n < counts.releases; n += 1) {
      const mine = streams.filter((_, at) => at % counts.releases === n);
      await eventually(
        `streams of ${pathOf(n)} show what is`,
        async () => {
          const { etag } = await ask('GET', pathOf(n));
          return mine.every((stream) => etag === `"${stream.last()?.id}"`);
        },
        patienceMs,
      );
    }
  }

  async function roll(number: number): Promise<void> {
    const next = await startReplica();
    await allLive();
    const under: Promise<void>[] = [];
    let go = () => {};
    const going = new Promise<void>((resolve) => {
      go = resolve;
    });
    for (let n = 0; n < counts.polls; n += 1) {
      const { etag } = await ask('GET', pathOf(n));
      const since = encodeURIComponent(etag ?? '');
      under.push(note('GET', `${pathOf(n)}?wait=25s&since=${since}`));
    }
    let accepted = 0;
    for (let n = 0; n < counts.posts; n += 1) {
      const version = n % 3 === 0 ? `2.${number}.${n}` : `1.${n % counts.releases}.0`;
      const body = { service: 'checkout', version, digest };
      const bodyAfter = going.then(() => sleep(random() * 1500));
      const onAccepted = () => {
        accepted += 1;
      };
      const key = `roll-${number}-${n}`;
      under.push(note('POST', '/v1/releases', { body, key, bodyAfter, onAccepted }));
    }
    await eventually('all are accepted', () => accepted === counts.posts, patienceMs);
    await balancer.add(next.url);
    assert.ok(streams.every((stream) => stream.isLive()));

    const leaving = api;
    api = next;
    const startedAtMs = Date.now();
    const stopped = leaving.process.stop();
    go();
    const approver = approvers[number - 1];
    for (let n = 0; approver !== undefined && n < counts.releases; n += 1) {
      const body = { environment: 'production', reason: `roll ${number}` };
      const late = random() * 2500;
      const options = { body, token: approver };
      under.push(sleep(late).then(() => note('POST', `${pathOf(n)}/approve`, options)));
    }
    const code = await stopped;
    ended.push({ ms: Date.now() - startedAtMs, code });
    balancer.remove(leaving.url);
    await Promise.all(under);
    await allLive();
    await allCurrent();
  }

  it('loses nothing, whoever calls', async function () {
    this.timeout((rolls + 1) * 2 * patienceMs);
    const ending = new AbortController();
    // They leave their connections idle now and then, which is when a server likes to close them.
    const callers = Array.from({ length: counts.callers }, async (_, n) => {
      while (!ending.signal.aborted) {
        await note('GET', pathOf(n));
        await sleep(random() * 1500);
      }
    });
    const startedAtMs = Date.now();
    for (let number = 1; number <= rolls; number += 1) await roll(number);
    ending.abort();
    await Promise.all(callers);
    const lost = heard
      .filter(({ status }) => status === null || status >= 300)
      .filter(({ what, status }) => !(what.endsWith('/approve') && status === 409));
    const times = ended.map(({ ms }) => ms).toSorted((a, b) => a - b);
    const table = {
      seconds: Math.round((Date.now() - startedAtMs) / 1000),
      requests: heard.length,
      lost: lost.length,
      busy,
      shutdownMs: { median: times[Math.floor(times.length / 2)], longest: times.at(-1) },
      streams: {
        ended: total(({ ends }) => ends.ended),
        cut: total(({ ends }) => ends.cut),
        refused: total(({ ends }) => ends.refused),
        unreachable: total(({ ends }) => ends.unreachable),
        snapshots: total((stream) => stream.count()),
      },
    };
    console.log(`      ${JSON.stringify(table)}`);
    assert.deepEqual(lost.slice(0, 5), [], `${lost.length} of ${heard.length} are lost`);
  });

  it(`takes at most ${limitMs / 1000} s each time, and ends by itself`, () => {
    assert.deepEqual(
      ended.filter(({ ms, code }) => ms > limitMs || code !== 0),
      [],
    );
  });

  it('ends every stream properly, and each goes on without a gap', () => {
    assert.deepEqual(streams.flatMap(({ faults }) => faults).slice(0, 5), []);
    assert.deepEqual(
      [total(({ ends }) => ends.cut), total(({ ends }) => ends.unreachable)],
      [0, 0],
    );
    assert.equal(
      total(({ ends }) => ends.ended),
      rolls * counts.streams,
    );
    for (const stream of streams) {
      const { approvals = [] } = stream.last()?.view.stages[0] ?? {};
      const actors = approvals.map(({ actor }) => actor);
      assert.deepEqual(actors.toSorted(), approvers.map((_, n) => `approver-${n + 1}`).toSorted());
    }
  });

  function total(of: (stream: FollowedStream<ReleaseView>) => number): number {
    return streams.reduce((sum, stream) => sum + of(stream), 0);
  }
});
