/** Migrations as Jobs on a real cluster: run once to their end, told with their last lines, and never stopped. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchV1Api, type V1Job, type V1JobSpec } from '@kubernetes/client-node';
import { migrationName } from '../../src/adapters/kubernetes/migrations/migration-job.js';
import { Failure } from '../../src/domain/failures.js';
import type { MigrationStatus } from '../../src/domain/rollout/migration.js';
import { type Bed, startBed } from '../bed/bed.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { type PreviewScene, startPreviewScene } from '../support/kubernetes-preview.js';
import { checkoutRevision } from '../support/platform-under-test.js';

const image = 'sluice.test/checkout:whatever';

describeOnBed('migrations on Kubernetes', function () {
  this.timeout(60_000);
  let bed: Bed;
  let scene: PreviewScene;
  let batch: BatchV1Api;

  before(async () => {
    bed = await startBed();
    batch = bed.admin.makeApiClient(BatchV1Api);
  });
  beforeEach(async () => {
    scene = await startPreviewScene(bed);
  });
  afterEach(() => scene.stop());

  const specOf = (script: string, change: Partial<V1JobSpec> = {}): V1JobSpec => ({
    backoffLimit: 0,
    ...change,
    template: {
      metadata: { labels: { app: 'migrate' } },
      spec: {
        restartPolicy: 'Never',
        containers: [{ name: 'migrate', image, command: [process.execPath, '-e', script] }],
      },
    },
  });
  /** A suspended Job of the name `migrate`, as people write it. */
  const write = (script: string, change: Partial<V1JobSpec> = {}) =>
    batch.createNamespacedJob({
      namespace: scene.namespace,
      body: { metadata: { name: 'migrate' }, spec: specOf(script, { suspend: true, ...change }) },
    });
  const run = (version: string, rollout = 1, logLines = 20): Promise<MigrationStatus> => {
    const { target, workload, platform } = scene;
    const { name: _, ...revision } = checkoutRevision(version);
    const intent = { fence: { rollout, sequence: 1 }, key: `rollout:${rollout}/1` };
    const migration = { job: 'migrate', deadlineMs: 60_000, logLines };
    return platform.migrations.runMigration({ target, workload, revision, migration, intent });
  };
  const end = async (version: string, rollout = 1, logLines = 20): Promise<MigrationStatus> => {
    for (let n = 0; n < 200; n += 1) {
      const status = await run(version, rollout, logLines);
      if (status.kind !== 'running') return status;
      await sleep(100);
    }
    throw new Error(`the migration of ${version} never ended`);
  };
  const jobs = async (): Promise<readonly V1Job[]> => {
    const { items } = await batch.listNamespacedJob({ namespace: scene.namespace });
    return items.filter(({ metadata }) => metadata?.name !== 'migrate');
  };
  const nameOf = (version: string) => migrationName(scene.target, checkoutRevision(version));

  it('run the image that is released, once, and keep the Job', async () => {
    await write(`console.log(process.env.STEP)`);
    assert.equal((await run('1.1.0')).kind, 'running');
    const where = `Job ${scene.namespace}/${nameOf('1.1.0')}`;
    assert.deepEqual(await end('1.1.0'), { kind: 'succeeded', where });
    assert.deepEqual(await end('1.1.0', 2), { kind: 'succeeded', where });
    const [job, ...others] = await jobs();
    assert.equal(others.length, 0, 'not run again by a later rollout');
    const [container] = job?.spec?.template.spec?.containers ?? [];
    assert.equal(container?.image, `sluice.test/checkout@${checkoutRevision('1.1.0').digest}`);
    assert.equal(job?.spec?.ttlSecondsAfterFinished, 7 * 24 * 3600);
    const { labels = {} } = job?.spec?.template.metadata ?? {};
    assert.equal(
      labels['sluice.dev/revision'],
      undefined,
      'no Service takes it for a pod of its own',
    );
    assert.equal(labels['app'], 'migrate');
  });

  it('tell their last lines when they fail, and run again only for a later rollout', async () => {
    const lines = `for (let n = 1; n <= 30; n += 1) console.log('line ' + n); process.exit(4)`;
    await write(lines);
    const failed = await end('1.1.0', 1, 3);
    assert.deepEqual(failed, {
      kind: 'failed',
      where: `Job ${scene.namespace}/${nameOf('1.1.0')}`,
      reason: 'BackoffLimitExceeded, exit code 4',
      log: ['line 28', 'line 29', 'line 30'],
      next: `kubectl -n ${scene.namespace} logs job/${nameOf('1.1.0')}`,
    });
    const uid = (await jobs())[0]?.metadata?.uid;
    assert.deepEqual(await end('1.1.0', 1, 3), failed);
    assert.equal((await jobs())[0]?.metadata?.uid, uid, 'kept for whoever looks into it');
    assert.equal((await run('1.1.0', 2)).kind, 'running');
    const again = await end('1.1.0', 2, 0);
    assert.equal(again.kind, 'failed');
    assert.deepEqual(again.kind === 'failed' && again.log, [], 'none where none are wanted');
    assert.notEqual((await jobs())[0]?.metadata?.uid, uid);
  });

  it('tell at most 4 kB', async () => {
    await write(`console.log('x'.repeat(20000)); process.exit(1)`);
    const failed = await end('1.1.0');
    assert.equal(failed.kind === 'failed' && failed.log.join('\n').length, 4096);
  });

  it('never run beside one another, and are never stopped', async () => {
    await write(`setTimeout(() => undefined, 4000)`);
    assert.equal((await run('1.1.0')).kind, 'running');
    const waiting = await run('1.2.0', 2);
    assert.deepEqual(waiting, {
      kind: 'running',
      where: `Job ${scene.namespace}/${nameOf('1.2.0')}`,
      reason: `Job ${scene.namespace}/${nameOf('1.1.0')} of another version has not ended`,
    });
    assert.equal((await jobs()).length, 1);
    assert.equal((await end('1.2.0', 2)).kind, 'succeeded');
    const ended = await jobs();
    assert.deepEqual(
      ended.map(({ status }) => status?.succeeded),
      [1, 1],
    );
  });

  it('say why they do not start', async () => {
    const spec = specOf('', { suspend: true });
    const [container] = spec.template.spec?.containers ?? [];
    const body = { metadata: { name: 'migrate' }, spec };
    if (container) container.envFrom = [{ configMapRef: { name: 'absent' } }];
    await batch.createNamespacedJob({ namespace: scene.namespace, body });
    let reason: string | null = null;
    for (let n = 0; n < 50 && reason === null; n += 1) {
      const status = await run('1.1.0');
      reason = status.kind === 'running' ? status.reason : null;
      await sleep(100);
    }
    assert.match(reason ?? '', /CreateContainerConfigError.*absent/);
  });

  it('are made of a CronJob too', async () => {
    await batch.createNamespacedCronJob({
      namespace: scene.namespace,
      body: {
        metadata: { name: 'migrate' },
        spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: specOf('') } },
      },
    });
    assert.equal((await end('1.1.0')).kind, 'succeeded');
  });

  const refused = async (code: string, words: RegExp) =>
    assert.rejects(run('1.1.0'), (error) => {
      assert.ok(error instanceof Failure && error.code === code, String(error));
      assert.match(error.message, words);
      assert.ok(error.details.next);
      return true;
    });

  it('are refused without a template, with one that runs by itself, and with another image', async () => {
    await refused('NotFound', /no Job and no CronJob migrate/);
    await write('', { suspend: false });
    await refused('InvalidInput', /runs by itself/);
    await batch.deleteNamespacedJob({ namespace: scene.namespace, name: 'migrate' });
    const spec = specOf('', { suspend: true });
    const [container] = spec.template.spec?.containers ?? [];
    if (container) container.image = 'sluice.test/other:1';
    const body = { metadata: { name: 'migrate' }, spec };
    await sleep(500);
    await batch.createNamespacedJob({ namespace: scene.namespace, body });
    await refused('InvalidInput', /does not run the image that is released/);
    assert.deepEqual(await jobs(), []);
  });

  it('do not begin for a writer that a newer decision has overtaken', async () => {
    await write('');
    const { target, workload, platform } = scene;
    const intent = { fence: { rollout: 7, sequence: 1 }, key: 'rollout:7/1' };
    const revision = checkoutRevision('1.0.0');
    await platform.workload.applyRevision({ target, revision, workload, instances: 0, intent });
    await assert.rejects(run('1.1.0', 6), { code: 'StaleWrite' });
    assert.deepEqual(await jobs(), []);
  });
});
