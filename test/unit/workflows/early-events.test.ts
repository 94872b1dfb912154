/** Events that a query brings before their workflow task are known by a clock that stands still. */
import assert from 'node:assert/strict';
import type { ActivateInput } from '@temporalio/workflow';
import { interceptors } from '../../../src/workflows/early-events-interceptor.js';

describe('events that a workflow is told of', () => {
  const activation = (seconds: number, nanos: number, historyLength: number, job: object) =>
    ({
      activation: { timestamp: { seconds, nanos }, historyLength, jobs: [job] },
    }) as unknown as ActivateInput;

  function told() {
    const passed: number[] = [];
    const [internals] = interceptors().internals ?? [];
    assert.ok(internals?.activate);
    const { activate } = internals;
    const tell = (seconds: number, nanos: number, historyLength: number, job: object = {}) =>
      activate(
        activation(seconds, nanos, historyLength, job),
        () => void passed.push(historyLength),
      );
    return { tell, passed };
  }

  it('are taken in task by task, also in parts of one', () => {
    const { tell, passed } = told();
    for (const [nanos, length] of [
      [1, 3],
      [2, 7],
      [2, 7],
      [3, 12],
    ] as const)
      tell(1, nanos, length);
    assert.deepEqual(passed, [3, 7, 7, 12]);
  });

  it('are refused where there are more of them than the clock knows of', () => {
    const { tell, passed } = told();
    tell(1, 500, 13);
    assert.throws(() => tell(1, 500, 18), /events 13 to 18 before their workflow task/);
    assert.deepEqual(passed, [13]);
  });

  it('are none where it is only asked, after its task wrote what it had decided', () => {
    const { tell, passed } = told();
    tell(1, 500, 13);
    tell(1, 500, 18, { queryWorkflow: {} });
    tell(2, 0, 21);
    assert.deepEqual(passed, [13, 18, 21]);
  });

  it('are counted for each workflow by itself', () => {
    const [one, other] = [told(), told()];
    one.tell(1, 1, 3);
    other.tell(1, 1, 5);
    assert.deepEqual([one.passed, other.passed], [[3], [5]]);
  });
});
