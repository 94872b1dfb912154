/** What stands before a deployment on a real Temporal server: the look ahead, and the migration that runs to its end. */
import assert from 'node:assert/strict';
import { rolloutWorkflowId, type TargetKey } from '../../src/domain/names.js';
import type { MigrationStatus } from '../../src/domain/rollout/migration.js';
import { emptyPreview, type PreviewProblem } from '../../src/domain/rollout/preview.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRequest, aRevision, workload } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { by, createOperator, type Operator, refusal, until } from '../support/operator.js';

const short: PreviewProblem = {
  ...{ code: 'QuotaShort', message: 'too few pods are left', where: 'ResourceQuota shop/small' },
  ...{ seen: '3', limit: '1', next: 'raise it: kubectl -n shop edit resourcequota small' },
};
const missing: PreviewProblem = {
  ...{ code: 'ReferenceMissing', message: 'there is no ConfigMap settings', seen: null },
  ...{ where: 'Deployment shop/checkout', limit: null, next: 'apply it' },
};
const running: MigrationStatus = { kind: 'running', where: 'job/migrate', reason: null };
const succeeded: MigrationStatus = { kind: 'succeeded', where: 'job/migrate' };

describe('before anything is deployed', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: Operator;
  let target: TargetKey;
  let looks: string[];

  const migrating = (version: string, deadlineMs = 20_000) =>
    aRequest(version, {
      strategy: aCanary([50]),
      workload: { ...workload, migration: { job: 'migrate', deadlineMs, logLines: 20 } },
    });
  const migrates = (status: (looks: number) => MigrationStatus) => {
    engine.platform.world.migrationOf = (version) => {
      looks.push(version);
      return status(looks.length);
    };
  };
  const deployed = async () =>
    (await engine.platform.workload.readRevisions(target)).map(({ name }) => name);
  const onlyStable = async () =>
    assert.deepEqual(await deployed(), [revisionName(aRevision('1.0.0'))]);

  before(async () => {
    engine = await startEngine();
    operator = createOperator(engine);
  });
  after(() => engine?.stop());
  beforeEach(async () => {
    looks = [];
    engine.platform.world.preview = emptyPreview;
    migrates(() => succeeded);
    target = { service: operator.freshService(), environment: 'production' };
    await operator.installed(target);
  });

  it('a candidate that the platform could not run is not deployed, and every problem is named', async () => {
    engine.platform.world.preview = { ...emptyPreview, problems: [short, missing] };
    const result = await operator.roll(target, aRequest('1.1.0'));
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /nothing was deployed: QuotaShort: too few pods are left/);
    assert.match(result.reason, /seen 3, limit 1.*ResourceQuota shop\/small/);
    assert.match(result.reason, /; ReferenceMissing: there is no ConfigMap settings/);
    await onlyStable();
  });

  it('the way back asks nothing, also where the former revision has to be deployed again', async () => {
    const request = migrating('1.1.0');
    const timing = { ...request.strategy.timing, keepWarmMs: 50 };
    const result = await operator.roll(target, {
      ...request,
      strategy: { ...request.strategy, timing },
    });
    assert.equal(result.outcome, 'promoted', result.reason);
    await until('1.0.0 is retired', deployed, (names) => names.length === 1);
    engine.platform.world.preview = { ...emptyPreview, problems: [short] };
    const before = looks.length;
    await operator.tell(`target:${target.service}:production`, updateNames.rollBack, {
      ...by,
      version: '1.0.0',
    });
    await operator.targetIs(target, ({ stable }) => stable?.version === '1.0.0');
    assert.equal(looks.length, before);
  });

  it('a migration runs to its end first, and the steps say so', async () => {
    let atEnd: readonly string[] = [];
    migrates((count) => (count < 4 ? running : succeeded));
    const { rolloutId } = await operator.ask(target, migrating('1.1.0'));
    const view = await operator.rolloutIs(rolloutId, () => true);
    atEnd = await deployed();
    assert.deepEqual(
      view.plan.steps.map(({ kind }) => kind),
      ['migrate', 'shift', 'shift', 'promote'],
    );
    const result = await operator.rolloutResult(rolloutId);
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.equal(atEnd.length, 1, 'nothing of the candidate while it migrated');
    const { timeline } = await operator.rolloutIs(rolloutId, () => true);
    assert.equal(timeline[0]?.text, 'migrate by migrate');
  });

  it('no migration begins for what the platform could not run', async () => {
    engine.platform.world.preview = { ...emptyPreview, problems: [short] };
    const result = await operator.roll(target, migrating('1.1.0'));
    assert.match(result.reason, /QuotaShort/);
    assert.deepEqual(looks, []);
  });

  it('a migration that fails keeps everything as it is, and its last lines are told', async () => {
    const log = ['adding column', 'column is missing'];
    const failed = {
      where: 'job/migrate',
      reason: 'exit code 4',
      next: 'kubectl logs job/migrate',
    };
    migrates(() => ({ kind: 'failed', log, ...failed }));
    const result = await operator.roll(target, migrating('1.1.0'));
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /job\/migrate failed, so nothing was deployed: exit code 4/);
    assert.match(result.reason, /column is missing/);
    assert.equal(looks.length, 1, 'not asked again');
    await onlyStable();
  });

  it('a migration that does not end is given up at its own deadline, and left to end', async () => {
    migrates(() => running);
    const result = await operator.roll(target, migrating('1.1.0', 1_500));
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /has not ended within the migration's deadline; it is left to end/);
    await onlyStable();
  });

  it('an abort does not wait for a migration, and says that it goes on', async () => {
    migrates(() => running);
    const { rolloutId } = await operator.ask(target, migrating('1.1.0'));
    await operator.rolloutIs(rolloutId, () => looks.length > 0);
    assert.match(
      await refusal(operator.tell(rolloutId, updateNames.promoteFull)),
      /the migration has not ended yet/,
    );
    await operator.tell(rolloutId, updateNames.abort);
    const result = await operator.rolloutResult(rolloutId);
    assert.equal(result.outcome, 'aborted');
    const { timeline } = await operator.rolloutIs(rolloutId, () => true);
    assert.ok(timeline.some(({ text }) => text === 'a migration that has begun is left to end'));
    assert.equal(rolloutId, rolloutWorkflowId({ target, n: 2 }));
    await onlyStable();
  });

  it('a pause during a migration holds before the deployment', async () => {
    let isOver = false;
    migrates(() => (isOver ? succeeded : running));
    const { rolloutId } = await operator.ask(target, migrating('1.1.0'));
    await operator.rolloutIs(rolloutId, () => looks.length > 0);
    await operator.tell(rolloutId, updateNames.pause);
    isOver = true;
    await operator.rolloutIs(rolloutId, ({ timeline }) =>
      timeline.some(({ text }) => text.startsWith('paused by')),
    );
    await onlyStable();
    await operator.tell(rolloutId, updateNames.resume);
    const result = await operator.rolloutResult(rolloutId);
    assert.equal(result.outcome, 'promoted', result.reason);
  });
});
