/** A command that meets a workflow in a bad moment is sent once more, and not again and again. */
import assert from 'node:assert/strict';
import { NamespaceNotFoundError } from '@temporalio/common';
import { defineUpdate } from '@temporalio/workflow';
import { defaultLimits } from '../../../src/api/limits.js';
import { sendCommand } from '../../../src/api/temporal.js';
import { Failure } from '../../../src/domain/failures.js';
import { temporalWith } from '../../support/canned-temporal.js';

const abort = defineUpdate<string, [object]>('abort');

/** As gRPC's client throws it. */
function refused(code: number): Error {
  return Object.assign(new Error('no'), { code, details: 'no', metadata: {} });
}

function clientThat(answers: readonly (string | Error)[]) {
  const ids: (string | undefined)[] = [];
  const client = temporalWith({
    async executeUpdate(_update: unknown, { updateId }: { readonly updateId?: string }) {
      const answer = answers[ids.length] ?? assert.fail('asked too often');
      ids.push(updateId);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    describe: async () => ({ status: { name: 'RUNNING' } }),
  });
  return { ids, temporal: { client, limits: defaultLimits } };
}

describe('sendCommand', () => {
  it('is sent again under the same id when something else happened in that moment', async () => {
    const { ids, temporal } = clientThat([refused(9), 'done']);
    assert.equal(await sendCommand(temporal, 'rollout:a:b:1', abort, {}), 'done');
    assert.equal(ids.length, 2);
    assert.equal(typeof ids[0], 'string');
    assert.equal(ids[0], ids[1]);
  });

  it('gives up after the second time, and never repeats what may have been taken', async () => {
    for (const answers of [[refused(9), refused(9)], [refused(4)], [refused(14)]]) {
      const { ids, temporal } = clientThat(answers);
      await assert.rejects(
        sendCommand(temporal, 'rollout:a:b:1', abort, {}, 'mine'),
        (error) => error instanceof Failure && error.code === 'Unavailable',
      );
      assert.deepEqual(
        ids,
        answers.map(() => 'mine'),
      );
    }
  });

  it('tells of a server that has lost its database for a moment as of one that does not answer', async () => {
    const { temporal } = clientThat([new NamespaceNotFoundError('sluice')]);
    await assert.rejects(
      sendCommand(temporal, 'rollout:a:b:1', abort, {}),
      (error) => error instanceof Failure && error.code === 'Unavailable',
    );
  });
});
