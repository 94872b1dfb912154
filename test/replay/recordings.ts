/** The stories whose histories are kept: each plays on a real server and names the run to keep. */
import {
  callOffWorkerRollout,
  startWorkerRollout,
  workerRolloutResult,
} from '../../src/adapters/temporal/worker-rollouts.js';
import { workersWorkflowId } from '../../src/domain/workers/rollout.js';
import { updateNames } from '../../src/domain/wire-names.js';
import type { SmokeTest, Strategy } from '../../src/domain/rollout/strategy.js';
import type { TargetKey } from '../../src/domain/names.js';
import { ensureReconcileSchedule } from '../../src/workers/reconcile-schedule.js';
import {
  aCanary,
  aRelease,
  anEnvironment,
  aRequest,
  aRevision,
  timing,
  workload,
} from '../support/builders.js';
import type { EngineUnderTest } from '../support/engine-under-test.js';
import { by, type Operator, until } from '../support/operator.js';

interface Run {
  readonly workflowId: string;
  /** The last run unless named. */
  readonly runId?: string;
}

type Story = (operator: Operator, engine: EngineUnderTest) => Promise<Run>;

/** Errors of this version are many. */
export const faultyVersion = '1.2.0';

const slow = aCanary([50], 10_000);
const smoke: SmokeTest = {
  ...{ path: '/ready', expectStatus: 200, expectBody: null, requests: 1 },
  ...{ retries: 0, retryDelayMs: 10, timeoutMs: 500 },
};

async function fresh(operator: Operator): Promise<TargetKey> {
  const target = { service: operator.freshService(), environment: 'production' };
  await operator.installed(target);
  return target;
}

/** A rollout of one version by one strategy, and what somebody does while it runs. */
function rollout(
  version: string,
  strategy: Strategy,
  act: (operator: Operator, id: string, engine: EngineUnderTest) => Promise<unknown> = async () =>
    undefined,
): Story {
  return async (operator, engine) => {
    const target = await fresh(operator);
    const { rolloutId } = await operator.ask(target, aRequest(version, { strategy }));
    await operator.rolloutIs(rolloutId, () => true);
    await act(operator, rolloutId, engine);
    await operator.rolloutResult(rolloutId);
    return { workflowId: rolloutId };
  };
}

/** Its migration ends when it is asked about for the third time. */
function migrated(fails: boolean): Story {
  return async (operator, engine) => {
    const target = await fresh(operator);
    let looks = 0;
    engine.platform.world.migrationOf = () => {
      looks += 1;
      if (looks < 3) return { kind: 'running', where: 'job/migrate', reason: null };
      if (!fails) return { kind: 'succeeded', where: 'job/migrate' };
      const log = ['column is missing'];
      return { kind: 'failed', where: 'job/migrate', reason: 'exit code 4', log, next: 'mend it' };
    };
    const migration = { job: 'migrate', deadlineMs: 60_000, logLines: 20 };
    const request = aRequest('1.1.0', { workload: { ...workload, migration } });
    const { rolloutId } = await operator.ask(target, request);
    await operator.rolloutResult(rolloutId);
    return { workflowId: rolloutId };
  };
}

const at50 = (operator: Operator, id: string) =>
  operator.rolloutIs(id, ({ weight, phase }) => weight === 50 && phase === 'Analysing');

const rollouts: Record<string, Story> = {
  'rollout-canary-promoted': rollout('1.1.0', aCanary([20, 50])),
  'rollout-canary-rolled-back': rollout(faultyVersion, aCanary([20, 50])),
  'rollout-aborted': rollout('1.1.0', slow, async (operator, id) => {
    await at50(operator, id);
    await operator.tell(id, updateNames.abort);
  }),
  'rollout-alerted': rollout('1.1.0', slow, async (operator, id) => {
    await at50(operator, id);
    for (const action of ['look', 'hold', 'rollback'] as const) {
      const alert = {
        actor: 'alert:Slow',
        reason: 'p95 is 3 s',
        alert: 'Slow',
        fingerprint: action,
      };
      await operator.tell(id, updateNames.alert, { ...alert, startsAtMs: Date.now(), action });
    }
  }),
  'rollout-cancelled': rollout('1.1.0', slow, async (operator, id) => {
    await at50(operator, id);
    await operator.handle(id).cancel();
  }),
  'rollout-paused': rollout('1.1.0', aCanary([50], 400), async (operator, id) => {
    await at50(operator, id);
    await operator.tell(id, updateNames.pause);
    await operator.rolloutIs(id, ({ phase }) => phase === 'Holding');
    await operator.tell(id, updateNames.resume);
  }),
  'rollout-promoted-full': rollout('1.1.0', slow, async (operator, id) => {
    await at50(operator, id);
    await operator.tell(id, updateNames.promoteFull);
  }),
  'rollout-superseded': rollout('1.1.0', slow, async (operator, id) => {
    const { target } = await at50(operator, id);
    await operator.ask(target, aRequest('1.3.0', { queuePolicy: 'latestWins' }));
  }),
  'rollout-gated': rollout('1.1.0', {
    ...{ kind: 'canary', timing },
    steps: [
      { kind: 'setScale', instances: 2 },
      { kind: 'headerRoute', route: { header: 'x-tester', value: 'yes' } },
      { kind: 'smokeTest', smoke },
      { kind: 'setWeight', weight: 50 },
      { kind: 'pause', forMs: 100 },
      { kind: 'headerRoute', route: null },
    ],
  }),
  'rollout-migrated': migrated(false),
  'rollout-migration-failed': migrated(true),
  'rollout-blue-green-promoted': rollout('1.1.0', {
    ...{ kind: 'blueGreen', smoke, warmUp: smoke, weights: [10, 100], timing },
    ...{ stepMs: 150, postSwitchMs: 150, deadlineMs: 3_000 },
  }),
  'rollout-rolling-promoted': rollout('1.1.0', {
    ...{ kind: 'rolling', batches: 2, stepMs: 100, deadlineMs: 3_000, timing },
  }),
};

/** A release to a production that has a version already, and what somebody does meanwhile. */
function release(
  version: string,
  change: Parameters<typeof anEnvironment>[1],
  act: (operator: Operator, id: string, engine: EngineUnderTest) => Promise<unknown> = async () =>
    undefined,
): Story {
  return async (operator, engine) => {
    const { service } = await fresh(operator);
    const plan = anEnvironment('production', change);
    const id = await operator.release(aRelease(service, version, [plan]));
    await act(operator, id, engine);
    await operator.releaseEnd(id);
    return { workflowId: id };
  };
}

/** Claims instead of tickets: histories that are kept hold nothing that was ever signed. */
const approvals = {
  ...{ required: 1, approvers: [], minimumWaitMs: 50 },
  ...{ deadlineMs: 60_000, acceptClaims: true },
};
const awaited = (operator: Operator, id: string) =>
  operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');

const releases: Record<string, Story> = {
  'release-promoted': release(
    '1.1.0',
    { promotion: 'manual', approvals, soakMs: 100, verification: smoke },
    async (operator, id) => {
      await awaited(operator, id);
      await operator.approve(id, 'production', 'ann', null);
    },
  ),
  /** Recorded since the ledger is told how a release ends. */
  'release-end-recorded': release('1.1.0', {}),
  'release-rejected': release('1.1.0', { promotion: 'manual', approvals }, async (operator, id) => {
    await awaited(operator, id);
    await operator.tell(id, updateNames.reject, { ...by, environment: 'production' });
  }),
  'release-rolled-back': release(faultyVersion, {}),
  'release-taken-back': release('1.6.0', { soakMs: 3_600_000 }, async (operator, id, engine) => {
    await operator.releaseIs(id, ({ phase }) => phase === 'Analysing');
    engine.behaviours.set('1.6.0', { errorRate: 0.3, latencyMs: 20 });
  }),
  'release-retried': release('1.5.0', { onFailure: 'hold' }, async (operator, id, engine) => {
    engine.behaviours.set('1.5.0', { errorRate: 0.3, latencyMs: 20 });
    await operator.releaseIs(id, ({ phase }) => phase === 'NeedsHelp');
    engine.behaviours.delete('1.5.0');
    await operator.tell(id, updateNames.retry);
  }),
  'release-aborted': release('1.1.0', { strategy: slow }, async (operator, id) => {
    const [service = ''] = id.split(':').slice(1);
    await operator.rolling({ service, environment: 'production' }, 2, 50);
    await operator.tell(id, updateNames.abort);
  }),
  'release-locked': async (operator) => {
    const target = await fresh(operator);
    const targetId = `target:${target.service}:production`;
    await operator.tell(targetId, updateNames.lock, { ...by, actor: 'bob', expiresAtMs: null });
    const plans = [anEnvironment('production')];
    const id = await operator.release(aRelease(target.service, '1.1.0', plans));
    await operator.releaseIs(id, ({ phase }) => phase === 'Holding');
    await operator.tell(targetId, updateNames.unlock);
    await operator.tell(id, updateNames.retry);
    await operator.releaseEnd(id);
    return { workflowId: id };
  },
};

const targets: Record<string, Story> = {
  /** Rollouts, a queue, a way back, a lock that lapses, a repair, until the server asks for a new run. */
  'target-continued': async (operator) => {
    const target = await fresh(operator);
    const workflowId = `target:${target.service}:production`;
    const runOf = async () => (await operator.handle(workflowId).describe()).runId;
    const runId = await runOf();
    const strategy = { ...aCanary([50]), timing: { ...timing, keepWarmMs: 300 } };
    await operator.ask(target, aRequest('1.1.0', { strategy }));
    await operator.roll(target, aRequest('1.3.0', { strategy }));
    await operator.targetIs(target, ({ current }) => current === null);
    await operator.tell(workflowId, updateNames.rollBack, { ...by, version: null });
    await operator.targetIs(target, ({ stable }) => stable?.version === '1.1.0');
    await operator.tell(workflowId, updateNames.repair, { ...by, target });
    for (let more = 100; more > 0 && (await runOf()) === runId; more--) {
      const expiresAtMs = Date.now() + 50;
      await operator.tell(workflowId, updateNames.lock, { ...by, expiresAtMs });
      await operator.targetIs(target, ({ lock }) => lock === null);
    }
    return { workflowId, runId };
  },
  'target-carried': async (operator, engine) => {
    const { workflowId } = await (targets['target-continued'] as Story)(operator, engine);
    const [service = ''] = workflowId.split(':').slice(1);
    await operator.roll({ service, environment: 'production' }, aRequest('1.7.0'));
    return { workflowId };
  },
  'target-adopting': async (operator, engine) => {
    const target = await fresh(operator);
    const workflowId = `target:${target.service}:production`;
    const { rolloutId } = await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
    await operator.rolling(target, 2, 50);
    for (const id of [workflowId, rolloutId]) await operator.handle(id).terminate('recorded');
    await engine.ports.orchestrator.repairTarget(target, 'local', { ...by, target });
    await operator.targetIs(target, ({ repaired }) => repaired !== null);
    await operator.roll(target, aRequest('1.3.0'));
    await operator.targetIs(target, ({ current }) => current === null);
    return { workflowId };
  },
};

const others: Record<string, Story> = {
  'reconcile-pass': async (operator, engine) => {
    await fresh(operator);
    await ensureReconcileSchedule(engine.client);
    const schedule = engine.client.schedule.getHandle('reconcile-targets');
    await schedule.trigger();
    const [pass] = await until(
      'a pass',
      async () => (await schedule.describe()).info.recentActions,
      ({ length }) => length > 0,
    );
    const workflowId = pass?.action.workflow.workflowId ?? '';
    await operator.handle(workflowId).result();
    return { workflowId };
  },
  'preview-shown': async (_operator, engine) => {
    const workflowId = 'preview:checkout:production:0';
    const target = { service: 'checkout', environment: 'production' };
    const input = { target, platform: 'local', revision: aRevision('1.1.0'), workload };
    await engine.client.workflow.execute('previewRollout', {
      ...{ workflowId, taskQueue: 'workflows', args: [input] },
    });
    return { workflowId };
  },
  'workers-led-back': async (_operator, engine) => {
    const deploymentName = 'sluice';
    const version = { deploymentName, buildId: 'first' };
    const fleet = await engine.startFleet({ version });
    try {
      const read = async () => (await engine.ports.workerFleet?.read(deploymentName)) ?? null;
      await until('it is known', read, (seen) => seen?.versions[0]?.polled.length === 6);
      const about = { steps: [10, 100], holdMs: 60_000, actor: 'ann', reason: 'an upgrade' };
      await startWorkerRollout(engine.client, { ...version, from: null, ...about });
      await until('it ramps', read, (seen) => seen?.ramping !== null);
      await callOffWorkerRollout(engine.client, deploymentName);
      await workerRolloutResult(engine.client, deploymentName);
    } finally {
      await fleet.stop();
    }
    return { workflowId: workersWorkflowId(deploymentName) };
  },
  'workers-record': async (_operator, engine) => {
    const workflowId = 'workers:sluice:led-back:0';
    const ledBack = {
      ...{ deploymentName: 'sluice', buildId: 'second', from: 'first' },
      ...{ actor: 'ann', reason: 'it hangs', rescued: ['rollout:checkout:production:2'] },
    };
    await engine.client.workflow.execute('recordWorkersLedBack', {
      ...{ workflowId, taskQueue: 'workflows', args: [ledBack] },
    });
    return { workflowId };
  },
  'request-remembered': async (_operator, engine) => {
    const workflowId = 'request:ci:0';
    await engine.client.workflow.execute('rememberRequest', {
      ...{ workflowId, taskQueue: 'workflows', args: [] },
      memo: { location: '/v1/releases/checkout/1.1.0' },
    });
    return { workflowId };
  },
};

export const stories: Readonly<Record<string, Story>> = {
  ...rollouts,
  ...releases,
  ...targets,
  ...others,
};
