/** Hearing of rollouts costs their writes nothing: it is asked once for a run, again after a failure, and never waited for. */
import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityPorts } from '../../../src/activities/ports.js';
import { createRolloutInterceptor } from '../../../src/activities/rollout-interceptor.js';
import { workflowTypes } from '../../../src/domain/wire-names.js';

/** @param answer what is known of a rollout's place, after so many questions */
function listen(answer: (asked: number) => Promise<null>) {
  let asked = 0;
  const ports = {
    placeOfRollout: () => answer(++asked),
    phaseLog: {},
    flows: {},
  } as unknown as ActivityPorts;
  const interceptor = createRolloutInterceptor(ports);
  return {
    asked: () => asked,
    async write(runId: string, workflowType: string = workflowTypes.rollout): Promise<void> {
      const workflowExecution = { workflowId: 'rollout:checkout:production:1', runId };
      const environment = new MockActivityEnvironment(
        { workflowType, workflowExecution, attempt: 1 },
        { interceptors: [interceptor] },
      );
      assert.equal(await environment.run(async () => 'written'), 'written');
    },
  };
}

describe('hearing of a rollout', () => {
  it('asks once for a run, and of rollouts alone', async () => {
    const { asked, write } = listen(async () => null);
    for (const run of ['a', 'a', 'b', 'a', 'b']) await write(run);
    await write('c', workflowTypes.release);
    assert.equal(asked(), 2);
  });

  it('asks again after a failure, which the write does not notice', async () => {
    const { asked, write } = listen(async (n) => {
      if (n === 1) throw new Error('it is down');
      return null;
    });
    for (const run of ['a', 'a', 'a']) await write(run);
    assert.equal(asked(), 2);
  });

  it('keeps no write waiting that it is not answered', async () => {
    const { asked, write } = listen(() => new Promise(() => undefined));
    await write('a');
    await write('a');
    assert.equal(asked(), 1);
  });
});
