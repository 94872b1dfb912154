/** The worker's process is killed in the very moment of its writes, again and again: what it has begun is there once, and all of it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHmacTickets } from '../../src/adapters/tickets/hmac-ticket.js';
import { releaseWorkflowId } from '../../src/domain/names.js';
import { type ApiUnderTest, serveApi, webhookSecret } from '../support/api-under-test.js';
import { aRelease, anEnvironment } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { crashRuns, crashSeed } from '../support/lost-results.js';
import { createOperator } from '../support/operator.js';
import { beginLife, type LifeDeps, type RepositoryLife } from '../support/repository-life.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';
import { createWorkerKiller, type WorkerKiller } from '../support/worker-killer.js';
import { startWriteWatch, type WriteWatch } from '../support/write-watch.js';

// `SLUICE_TEST_FULL` asks for the full count; `SLUICE_TEST_SEED` repeats a draw.
const isFull = process.env.SLUICE_TEST_FULL !== undefined;
const kills = crashRuns({ change: 4, full: 20 });
const perLife = isFull ? 5 : kills;
// A life takes half a minute, and far longer where other tests take the machine.
const longestLifeMs = 600_000;
const seed = crashSeed();

describe(`${kills} kills of the worker's process (seed ${seed})`, function () {
  this.timeout(240_000 + kills * 120_000);
  let github: GithubUnderTest;
  let engine: EngineUnderTest;
  let api: ApiUnderTest;
  let watch: WriteWatch;
  let worker: WorkerProcess;
  let killer: WorkerKiller;
  let deps: LifeDeps;

  before(async () => {
    const hook = { url: 'http://127.0.0.1:1/', secret: webhookSecret };
    github = await startGithub({ hook });
    const { control, app } = github;
    control.limits.primaryPerHour = 1_000_000_000;
    engine = await startEngine();
    const operator = createOperator(engine);
    await operator.installedIn('checkout', ['production']);
    const release = { service: 'checkout', version: '1.1.0' };
    const id = await operator.release(
      aRelease(release.service, release.version, [anEnvironment('production')]),
    );
    await operator.releaseEnd(id);
    const { runId } = await engine.client.workflow.getHandle(releaseWorkflowId(release)).describe();
    api = await serveApi(engine.client);
    const config = control.world.apps.get(app.id)?.hook?.config;
    Object.assign(config ?? {}, { url: `${api.url}/v1/webhooks/github` });

    killer = createWorkerKiller({ client: engine.client, seed, isTold: !isFull });
    watch = await startWriteWatch(github.url, killer.onMoment);
    // What it names as the next page lies there too.
    control.world.url = watch.url;
    worker = await startWorkerProcess(engine, (dataDir) => {
      writeFileSync(join(dataDir, 'app.pem'), app.privateKey, { mode: 0o600 });
      return configOf(watch.url, app.id, join(dataDir, 'app.pem'));
    });
    killer.takeAim(worker.process);
    const { approvalKeyFile: keyFile } = worker.credentials;
    const tickets = createHmacTickets({ keyFile, clock: Date.now });
    deps = { client: engine.client, control, tickets, mirrored: { release, runId } };
  });
  after(async () => {
    await worker?.stop();
    watch?.close();
    await github.control.settle();
    await api?.stop();
    await engine?.stop();
    await github.stop();
  });

  async function runningIds(): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    const query = 'ExecutionStatus="Running"';
    for await (const { workflowId } of engine.client.workflow.list({ query })) ids.add(workflowId);
    return ids;
  }
  /** Fails with what is there and what still runs, should it never end. */
  async function liveOut({ live, remains }: RepositoryLife): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      const tell = async () => {
        const running = [...(await runningIds())];
        const hits = killer.hits.map(({ write, moment }) => `${write.operation}, ${moment}`);
        return new Error(JSON.stringify({ running, hits, remains: await remains() }, null, 1));
      };
      timer = setTimeout(() => void tell().then(reject, reject), longestLifeMs);
    });
    try {
      await Promise.race([live(), tooLong]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Over all tries: names are fresh. */
  let lives = 0;
  it('leave every effect of every flow there once, and each flow at its end', async () => {
    const before = killer.hits.length;
    const since = () => killer.hits.slice(before);
    const live = async (mayKill: number): Promise<void> => {
      const hasQueue = (lives + seed) % 2 === 0;
      const life = await beginLife(deps, `life-${++lives}`, hasQueue);
      killer.allow(mayKill);
      await liveOut(life);
      await killer.isBack();
      assert.deepEqual(await life.remains(), theEnd, `life ${lives}`);
    };
    if (isFull) for (const _ of ['with', 'without']) await live(0);
    const most = lives + kills;
    while (since().length < kills) {
      await live(Math.min(perLife, kills - since().length));
      assert.ok(lives <= most, `${since().length} kills in ${lives} lives`);
    }
    console.log((await killer.table()).join('\n'));
    const again = await killer.doneAgain();
    for (const { write, inFlight } of since()) {
      assert.equal(write.isTaken, true, `${write.operation} was not done`);
      assert.ok(inFlight.length > 0, `nothing was in flight at ${write.operation}`);
      const isAgain = inFlight.some((activity) => again.has(activity));
      assert.ok(isAgain, `nothing was done again after ${write.operation}`);
    }
  });
});

function configOf(url: string, app: number, privateKey: string): string {
  return `apiVersion: sluice/v1
project: shop
platforms: {elsewhere: {kind: playground}}
services: {checkout: {workload: {command: [node, server.mjs]}}}
environments: {production: {platform: elsewhere, strategy: rolling}}
github:
  url: ${url}
  app: {id: ${app}, privateKey: {file: ${privateKey}}}
  activitiesPerSecond: 100
  creationsPerSecond: 100
repository: {}
`;
}

/** As it is without a kill, which the full run shows first; the queue and merging one by one end alike. */
const theEnd = [
  'check feature/issue-2-it Sluice template success',
  ...['feature/issue-2-it', 'one', 'two'].map((head) => `check ${head} build success`),
  ...['feature/issue-2-it', 'one', 'two', 'work'].flatMap((head) =>
    ['breaking', 'policy', 'size', 'title'].map((name) => `check ${head} sluice/${name} success`),
  ),
  'deployment production: 5 statuses',
  'issue closed It: 0 comments, wanted',
  'issue closed Nobody: 2 comments, Stale',
  'issue closed Stale branch: old: 2 comments, stale-branch',
  'issue closed develop is reset to release: 1 comments, ',
  'main Archive issue 1',
  'main Initial commit',
  ...['it', 'one', 'two'].flatMap((name) => [
    `main feat: ${name} (#n)`,
    `pull merged feat: ${name}: 1 comments, automerge,size/XS`,
  ]),
  'pull open feat: work: 2 comments, size/XS',
  'ref refs/archive/old@ at the tip of old',
  'ref refs/backup/develop/@ at the tip of develop',
  ...['develop', 'main', 'release', 'work'].map((branch) => `ref refs/heads/${branch}`),
].toSorted();
