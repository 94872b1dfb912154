/** Many rollouts wait for the one worker of their platform: who is first when it comes. */
import assert from 'node:assert/strict';
import { type TargetKey, targetWorkflowId } from '../../src/domain/names.js';
import type { RolloutReceipt } from '../../src/domain/rollout/request.js';
import type { Strategy } from '../../src/domain/rollout/strategy.js';
import { priorityKeys, taskQueues, updateNames } from '../../src/domain/wire-names.js';
import { aRequest, timing } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, type Operator, until } from '../support/operator.js';

const others = 12;
const patient: Strategy = {
  kind: 'canary',
  steps: [{ kind: 'setWeight', weight: 50 }],
  timing: { ...timing, progressDeadlineMs: 100_000 },
};
const platformQueue = taskQueues.actuate('local');

describe('the line for a platform', function () {
  this.timeout(120_000);
  let engine: EngineUnderTest;
  let operator: Operator;
  before(async () => {
    engine = await startEngine({ fleet: { only: [taskQueues.workflows, taskQueues.watch] } });
    operator = createOperator(engine);
  });
  after(() => engine.stop());

  const freshTarget = (): TargetKey => ({
    ...{ service: operator.freshService(), environment: 'production' },
  });

  /** Of the activities that the platform's worker had: when each was scheduled and when its worker took it, ms. */
  async function activitiesOf(rolloutId: string) {
    const { events = [] } = await operator.handle(rolloutId).fetchHistory();
    return (events ?? []).flatMap(({ eventId, activityTaskScheduledEventAttributes: asked }) => {
      if (asked?.taskQueue?.name !== platformQueue) return [];
      const started = events?.find(
        ({ activityTaskStartedEventAttributes: at }) =>
          at?.scheduledEventId?.toString() === eventId?.toString(),
      )?.eventTime;
      const takenAtMs = started && Number(started.seconds) * 1000 + (started.nanos ?? 0) / 1e6;
      return [{ type: asked.activityType?.name, takenAtMs: takenAtMs ?? null }];
    });
  }

  /** When the worker took the first of that type. */
  async function takenAtMs(rolloutId: string, type: string): Promise<number> {
    const first = (await activitiesOf(rolloutId)).find((one) => one.type === type);
    assert.ok(first?.takenAtMs, `${rolloutId}: ${type}`);
    return first.takenAtMs;
  }

  it('is passed by who goes back, of itself or by a command', async () => {
    const targets = Array.from({ length: others }, () => freshTarget());
    const [aborted, switched] = [freshTarget(), freshTarget()];
    const installing = await engine.startFleet({ only: [platformQueue] });
    await Promise.all([...targets, aborted, switched].map((target) => operator.installed(target)));
    await operator.installed(switched, '1.1.0');
    await installing.stop();

    const roll = async (target: TargetKey) => {
      const request = aRequest('1.2.0', { strategy: patient });
      return (await operator.ask(target, request)).rolloutId;
    };
    const waits = (id: string, type: string) =>
      until(
        `${id} waits for ${type}`,
        () => activitiesOf(id),
        (seen) => seen.some((one) => one.type === type),
      );
    const line = await Promise.all(targets.map(roll));
    const last = await roll(aborted);
    await Promise.all([...line, last].map((id) => waits(id, 'shiftTraffic')));
    await operator.tell(last, updateNames.abort);
    await waits(last, 'restoreStable');
    const { rolloutId: back } = await operator.tell<RolloutReceipt>(
      ...([targetWorkflowId(switched), updateNames.rollBack] as const),
    );
    await waits(back, 'shiftTraffic');

    const one = await engine.startFleet({ only: [platformQueue], activitySlots: 1 });
    assert.equal((await operator.rolloutResult(last)).outcome, 'aborted');
    assert.equal((await operator.rolloutResult(back)).outcome, 'promoted');
    await Promise.all(line.map((id) => operator.rolloutResult(id)));
    await one.stop();
    const inLine = await Promise.all(line.map((id) => takenAtMs(id, 'shiftTraffic')));
    for (const [id, type] of [
      [last, 'restoreStable'],
      [back, 'shiftTraffic'],
    ] as const) {
      const atMs = await takenAtMs(id, type);
      const before = inLine.filter((takenAt) => takenAt < atMs).length;
      console.log(`      ${before} of ${others} that had waited longer were taken before ${type}`);
      assert.ok(before <= others / 4, `${before} of ${others} before ${type} of ${id}`);
    }
  });

  it('has rollouts and their targets before what nobody has begun', async () => {
    const target = freshTarget();
    const { rolloutId } = await operator.ask(target, aRequest('1.0.0'));
    await operator.rolloutIs(rolloutId, () => true);
    for (const id of [rolloutId, targetWorkflowId(target)]) {
      const { raw } = await operator.handle(id).describe();
      const { priority } = raw.workflowExecutionInfo ?? {};
      assert.equal(priority?.priorityKey, priorityKeys.rollout, id);
    }
  });
});
