/** Many rollouts wait for the one worker of their platform: who is first when it comes. */
import assert from 'node:assert/strict';
import { targetWorkflowId } from '../../src/domain/names.js';
import type { Strategy } from '../../src/domain/rollout/strategy.js';
import { priorityKeys, taskQueues, updateNames } from '../../src/domain/wire-names.js';
import { aRequest, timing } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, type Operator, until } from '../support/operator.js';

const others = 24;
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

  it('is passed by who goes back', async () => {
    const targets = Array.from({ length: others + 1 }, () => ({
      ...{ service: operator.freshService(), environment: 'production' },
    }));
    const installing = await engine.startFleet({ only: [platformQueue] });
    await Promise.all(targets.map((target) => operator.installed(target)));
    await installing.stop();

    const ids = await Promise.all(
      targets.map(async (target) => {
        const request = aRequest('1.1.0', { strategy: patient });
        return (await operator.ask(target, request)).rolloutId;
      }),
    );
    const waits = (id: string, type: string) =>
      until(
        `${id} waits for ${type}`,
        () => activitiesOf(id),
        (seen) => seen.some((one) => one.type === type),
      );
    await Promise.all(ids.map((id) => waits(id, 'shiftTraffic')));
    const last = ids.at(-1) as string;
    await operator.tell(last, updateNames.abort);
    await waits(last, 'restoreStable');

    const one = await engine.startFleet({ only: [platformQueue], activitySlots: 1 });
    assert.equal((await operator.rolloutResult(last)).outcome, 'aborted');
    await Promise.all(ids.slice(0, others).map((id) => operator.rolloutResult(id)));
    await one.stop();
    const back = (await activitiesOf(last)).find(({ type }) => type === 'restoreStable');
    const backAtMs = back?.takenAtMs ?? Number.POSITIVE_INFINITY;
    const firsts = await Promise.all(
      ids.slice(0, others).map(async (id) => (await activitiesOf(id))[0]?.takenAtMs ?? 0),
    );
    const before = firsts.filter((takenAtMs) => takenAtMs < backAtMs).length;
    console.log(`      ${before} of ${others} that had waited longer were taken before it`);
    assert.ok(before <= others / 4, `${before} of ${others} were taken before it`);
  });

  it('has rollouts and their targets before what nobody has begun', async () => {
    const target = { service: operator.freshService(), environment: 'production' };
    const { rolloutId } = await operator.ask(target, aRequest('1.0.0'));
    await operator.rolloutIs(rolloutId, () => true);
    for (const id of [rolloutId, targetWorkflowId(target)]) {
      const { raw } = await operator.handle(id).describe();
      const { priority } = raw.workflowExecutionInfo ?? {};
      assert.equal(priority?.priorityKey, priorityKeys.rollout, id);
    }
  });
});
