/** What is counted of activities and commands: closed lists, and nothing twice. */
import assert from 'node:assert/strict';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { parsePrometheusText } from '../../../src/domain/analysis/prometheus-text.js';
import { Failure } from '../../../src/domain/failures.js';
import { commandNames, updateNames, workflowTypes } from '../../../src/domain/wire-names.js';
import { createRolloutMetrics } from '../../../src/workers/rollout-metrics.js';

const rows: readonly { name: string; thrown: unknown; want: string | null }[] = [
  { name: 'a failure', thrown: new Failure('NotReady', 'not yet'), want: 'NotReady' },
  {
    name: 'a failure that is already in its Temporal form',
    thrown: ApplicationFailure.create({ type: 'StaleWrite', message: 'late' }),
    want: 'StaleWrite',
  },
  {
    name: 'a type outside the list',
    thrown: ApplicationFailure.create({ type: 'checkout@1.2.0' }),
    want: 'Unforeseen',
  },
  { name: 'a bug', thrown: new TypeError('x is undefined'), want: 'Unforeseen' },
  { name: 'being told to stop', thrown: new CancelledFailure('stop'), want: null },
];

describe('failed attempts of activities', () => {
  for (const { name, thrown, want } of rows)
    it(`${name} counts as ${want ?? 'nothing'} and goes on as it came`, async () => {
      const { registry, activityInterceptor } = createRolloutMetrics();
      const context = { info: { activityType: 'shiftTraffic' } } as unknown as Context;
      const execute = activityInterceptor(context).inbound?.execute;
      const next = () => Promise.reject(thrown);
      const input = { args: [], headers: {} };
      const ran = execute?.(input, next as Next<ActivityInboundCallsInterceptor, 'execute'>);
      await assert.rejects(ran ?? Promise.resolve(), (error) => error === thrown);
      const counted = parsePrometheusText(await registry.metrics(), 'worker')
        .filter((line) => line.name === 'sluice_activity_failures_total')
        .map(({ labels, value }) => ({ labels, value }));
      const labels = { activity: 'shiftTraffic', code: want };
      assert.deepEqual(counted, want === null ? [] : [{ labels, value: 1 }]);
    });
});

describe('the end of a rollout', () => {
  const target = { service: 'checkout', environment: 'production' };
  const end = {
    target,
    strategy: 'canary',
    outcome: 'aborted',
    tookMs: 9_000,
    rollback: { cause: 'aborted', tookMs: 400 },
  } as const;
  const toldBy = async (runs: readonly { workflowType: string; runId: string }[]) => {
    const { registry, sinks } = createRolloutMetrics();
    for (const run of runs) {
      await sinks.metrics.ended.fn(run as WorkflowInfo, end);
      await sinks.metrics.placebo.fn(run as WorkflowInfo, target, false);
    }
    const lines = parsePrometheusText(await registry.metrics(), 'worker');
    return ['rollouts_total', 'rollback_duration_seconds_count', 'placebo_total'].map((name) =>
      lines
        .filter((line) => line.name === `sluice_${name}`)
        .reduce((sum, { value }) => sum + value, 0),
    );
  };

  it('counts once, also when its last task is run again', async () => {
    const one = { workflowType: workflowTypes.rollout, runId: 'one' };
    assert.deepEqual(await toldBy([one, one, { ...one, runId: 'two' }]), [2, 2, 2]);
  });

  it('counts for each that a target tells of', async () => {
    const target = { workflowType: workflowTypes.target, runId: 'target' };
    assert.deepEqual(await toldBy([target, target]), [2, 2, 2]);
  });
});

describe('commands', () => {
  it('are all updates but those that only ask, and those of releases and the reconciler', () => {
    const others = Object.values(updateNames).filter(
      (name) => !commandNames.some((command) => command === name),
    );
    assert.deepEqual(others.sort(), ['planProtection', 'planSync', 'repair', 'requestRollout']);
  });
});
