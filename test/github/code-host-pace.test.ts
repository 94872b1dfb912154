/** The pace at the code host on a real Temporal server: by owner, over two workers, and slower for what is created. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { createPolicyBook } from '../../src/config/policy-book.js';
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import { taskQueues, workflowTypes } from '../../src/domain/wire-names.js';
import { type CodeHostPace, settlePace } from '../../src/workers/code-host-pace.js';
import { createRolloutMetrics } from '../../src/workers/rollout-metrics.js';
import { createWorkers } from '../../src/workers/worker.js';
import {
  bundleOnce,
  type EngineUnderTest,
  installQuietRuntime,
  startEngine,
} from '../support/engine-under-test.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';

const aDayMs = 86_400_000;

/** As the server tells it: this machine may be too busy to see it in time. */
interface Begun {
  readonly activity: string;
  readonly queue: string;
  readonly owner: string;
  readonly askedMs: number;
  readonly atMs: number;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

describe('the pace at a code host', function () {
  this.timeout(120_000);
  let github: GithubUnderTest;
  let engine: EngineUnderTest | null = null;
  let stopSecond: (() => Promise<void>) | null = null;
  const busy = new Set<string>();
  let count = 0;

  before(async () => {
    github = await startGithub();
    github.control.limits.primaryPerHour = 1_000_000_000;
    const app = github.control.world.apps.get(github.app.id);
    assert.ok(app);
    github.control.install(app, 'quiet');
  });
  afterEach(async () => {
    await stopSecond?.();
    await engine?.stop();
    stopSecond = engine = null;
    busy.clear();
    github.control.clearLog();
  });
  after(() => github?.stop());

  /** Notes which of the workers had something to do. */
  function watching(worker: string) {
    const metrics = createRolloutMetrics();
    return {
      ...metrics,
      activityInterceptor: (context: Parameters<typeof metrics.activityInterceptor>[0]) => {
        if (context.info.taskQueue.startsWith(taskQueues.github)) busy.add(worker);
        return metrics.activityInterceptor(context);
      },
    };
  }

  /** Every activity at the code host, in the order in which the server let it go. */
  async function begun(): Promise<readonly Begun[]> {
    const found: Begun[] = [];
    const workflow = engine?.client.workflow;
    for await (const { workflowId, runId } of workflow?.list() ?? []) {
      const history = await workflow?.getHandle(workflowId, runId).fetchHistory();
      const events = history?.events ?? [];
      for (const { activityTaskStartedEventAttributes: started, eventTime } of events) {
        const asked = events.find(({ eventId }) => eventId?.eq(started?.scheduledEventId ?? -1));
        const call = asked?.activityTaskScheduledEventAttributes;
        const queue = call?.taskQueue?.name ?? '';
        if (!queue.startsWith(taskQueues.github)) continue;
        found.push({
          ...{ queue, activity: call?.activityType?.name ?? '' },
          owner: call?.priority?.fairnessKey ?? '',
          askedMs: tsToMs(asked?.eventTime),
          atMs: tsToMs(eventTime),
        });
      }
    }
    return found.sort((a, b) => a.atMs - b.atMs);
  }

  /** Two workers at one server, as two processes would be: each with a connection of its own. */
  async function start(pace: CodeHostPace): Promise<EngineUnderTest> {
    const policies = createPolicyBook({ file: 'sluice.yaml', repository: {} });
    const started = await startEngine({
      repositories: { codeHost: github.codeHost, policies },
      metrics: watching('first'),
      codeHostPace: pace,
      // Of a queue in four parts, each has a quarter of the limit, which takes longer to see.
      serverSettings: ['Read', 'Write'].map((way) => `matching.numTaskqueue${way}Partitions=1`),
    });
    engine = started;
    const connection = await NativeConnection.connect({ address: started.environment.address });
    const workers = await createWorkers({
      ...{ connection, namespace: 'default', ports: started.ports, codeHostPace: pace },
      ...{ metrics: watching('second'), only: [taskQueues.github] },
      workflowBundle: await bundleOnce(),
    });
    const running = Promise.all(workers.map((worker) => worker.run()));
    stopSecond = async () => {
      for (const worker of workers) worker.shutdown();
      await running;
      await connection.close();
    };
    return started;
  }

  async function repositoryOf(owner: string): Promise<RepositoryKey> {
    count += 1;
    const repository = { owner, name: `shop-${count}` };
    const policy = JSON.stringify({ repository: { stale: { branches: {} } } });
    await github.control.createRepository({ ...repository, isOrganization: true });
    await github.control.commit(repository, { branch: 'main', files: { 'sluice.yaml': policy } });
    return repository;
  }
  /** So many calls at once that only read. */
  const read = (repository: RepositoryKey, times: number) =>
    Promise.all(
      Array.from({ length: times }, async () => {
        count += 1;
        await engine?.client.workflow.execute(workflowTypes.listArchivedBranches, {
          ...{ workflowId: `list-${count}`, taskQueue: taskQueues.workflows },
          args: [{ repository }],
        });
      }),
    );

  /** The server lets a second's worth through at once after a rest, and one more; 100 ms are for its clock. */
  function assertPaced(all: readonly Begun[], perSecond: number): void {
    all.forEach(({ atMs: fromMs }, first) =>
      all.slice(first).forEach(({ atMs: toMs }, more) => {
        const most = ((toMs - fromMs + 100) / 1000 + 1) * perSecond + 1;
        assert.ok(more + 1 <= most, `${more + 1} in ${Math.round(toMs - fromMs)} ms`);
      }),
    );
  }
  const longestWaitMs = (all: readonly Begun[]): number =>
    Math.max(...all.map(({ askedMs, atMs }) => atMs - askedMs));

  it('holds each owner to its limit over all workers, and lets none wait for another', async () => {
    await start({ activitiesPerSecond: 2, creationsPerSecond: 2, isPerOwner: true });
    const [acme, other] = [await repositoryOf('Acme'), await repositoryOf('quiet')];
    const many = read(acme, 40);
    await until(() => busy.size === 2);
    await read(other, 6);
    await many;
    const all = await begun();
    const of = (name: string) => all.filter(({ owner }) => owner === name);
    assert.deepEqual([of('acme').length, of('quiet').length], [40, 6]);
    assertPaced(of('acme'), 2);
    assertPaced(of('quiet'), 2);
    assert.throws(() => assertPaced(all, 2), 'owners share one limit');
    const [longMs, shortMs] = [longestWaitMs(of('acme')), longestWaitMs(of('quiet'))];
    assert.ok(longMs > 3 * shortMs, `${shortMs} ms beside ${longMs} ms`);
    const seconds = ((of('acme').at(-1)?.atMs ?? 0) - (of('acme')[0]?.atMs ?? 0)) / 1000;
    assert.ok(seconds > 17, `40 at 2/s in ${seconds} s`);
  });

  it('spaces what it creates and not what it reads', async () => {
    await start({ activitiesPerSecond: 100, creationsPerSecond: 1, isPerOwner: true });
    const repository = await repositoryOf('acme');
    const { control } = github;
    const nowMs = control.clock.now();
    control.clock.set(nowMs - 40 * aDayMs);
    for (const branch of ['a', 'b', 'c', 'd']) {
      await control.commit(repository, { branch, files: { [branch]: branch }, author: 'ann' });
    }
    control.clock.set(nowMs);
    await engine?.client.workflow.execute(workflowTypes.sweepBranches, {
      ...{ workflowId: `sweep-${count}`, taskQueue: taskQueues.workflows },
      args: [{ repository, dryRun: false }],
    });
    const issues = () => control.writes().filter(({ operation }) => operation === 'issues/create');
    const comments = () =>
      control.writes().filter(({ operation }) => operation === 'issues/create-comment');
    // An issue and a word to its author for each.
    await until(() => issues().length + comments().length === 8);
    const all = await begun();
    const created = all.filter(({ queue }) => queue === taskQueues.githubCreations);
    const kinds = new Set(created.map(({ activity }) => activity));
    assert.deepEqual([...kinds].sort(), ['commentOnCleanupIssue', 'openCleanupIssue']);
    assert.ok(created.length >= 7, `${created.length}`);
    assertPaced(created, 1);
    const reads = all.filter(({ activity }) => activity === 'readStaleBranch');
    assert.ok(reads.length >= 4);
    assert.ok(reads.every(({ queue }) => queue === taskQueues.github));
    assert.throws(() => assertPaced(reads, 1), 'reads were spaced too');
  });

  it('counts all owners together for a token', async () => {
    await start({ activitiesPerSecond: 2, creationsPerSecond: 2, isPerOwner: false });
    const [acme, other] = [await repositoryOf('acme'), await repositoryOf('quiet')];
    await Promise.all([read(acme, 8), read(other, 8)]);
    assertPaced(await begun(), 2);
  });

  it('takes away for a token what was set for an App', async () => {
    const pace = { activitiesPerSecond: 3, creationsPerSecond: 3, isPerOwner: true };
    const { environment } = await start(pace);
    const { nativeConnection } = environment;
    const limit = async () => {
      const { config } = await nativeConnection.workflowService.describeTaskQueue({
        ...{ namespace: 'default', taskQueue: { name: taskQueues.githubCreations } },
        ...{ taskQueueType: 2, reportConfig: true },
      });
      return config?.fairnessKeysRateLimitDefault?.rateLimit?.requestsPerSecond ?? null;
    };
    assert.equal(await limit(), 3);
    await settlePace(nativeConnection, 'default', { ...pace, isPerOwner: false });
    // The matching service hears of it a little later than it was taken.
    while ((await limit()) !== null) await sleep(20);
  });

  it('takes one pace for all owners where the server cannot tell them apart, and says so once', async () => {
    installQuietRuntime();
    const refuse = () => Promise.reject(new Error('12 UNIMPLEMENTED: unknown method'));
    const old = {
      workflowService: { updateTaskQueueConfig: refuse },
    } as unknown as NativeConnection;
    const pace = { activitiesPerSecond: 7, creationsPerSecond: 2, isPerOwner: true };
    const { logger } = Runtime.instance();
    const warn = logger.warn.bind(logger);
    const said: unknown[] = [];
    logger.warn = (...words) => void said.push(words);
    try {
      assert.deepEqual(await settlePace(old, 'default', pace), [
        { taskQueue: 'github', maxTaskQueueActivitiesPerSecond: 7 },
        { taskQueue: 'github-creations', maxTaskQueueActivitiesPerSecond: 2 },
      ]);
    } finally {
      logger.warn = warn;
    }
    assert.equal(said.length, 1);
    assert.match(JSON.stringify(said), /UNIMPLEMENTED/);
  });
});
