/** What is counted of activities and commands: closed lists, and nothing twice. */
import assert from 'node:assert/strict';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { parsePrometheusText } from '../../../src/domain/analysis/prometheus-text.js';
import { Failure } from '../../../src/domain/failures.js';
import { commandNames, updateNames } from '../../../src/domain/wire-names.js';
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

describe('commands', () => {
  it('are all updates but those that only ask, and those of releases and the reconciler', () => {
    const others = Object.values(updateNames).filter(
      (name) => !commandNames.some((command) => command === name),
    );
    assert.deepEqual(others.sort(), ['planProtection', 'planSync', 'repair', 'requestRollout']);
  });
});
