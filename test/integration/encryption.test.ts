/** Encrypted histories on a real Temporal server: nothing of them can be read, keys are rotated, and a lost key is named. */
import assert from 'node:assert/strict';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';
import proto from '@temporalio/proto';
import type { KnownKey } from '../../src/adapters/temporal/payload-codec.js';
import { createMemoryLedger } from '../../src/adapters/memory/ledger.js';
import { createDataConverter } from '../../src/adapters/temporal/temporal-access.js';
import { Failure } from '../../src/domain/failures.js';
import { aRelease, anEnvironment, workload } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, type Operator, until } from '../support/operator.js';

const { GetWorkflowExecutionHistoryResponse, DescribeWorkflowExecutionResponse } =
  proto.temporal.api.workflowservice.v1;

const keyOf = (id: string, fill: number): KnownKey => ({
  id,
  secret: new Uint8Array(32).fill(fill),
});
const [first, second] = [keyOf('key-of-january', 1), keyOf('key-of-june', 2)];
/** In what a release is asked for with, in a reason that people give, and in the message of a failure. */
const canaries = { input: 'canary-in-input', reason: 'canary-in-reason', error: 'canary-in-error' };

/** Everything of all workflows, as the server keeps it. */
async function rawOf({ client }: EngineUnderTest): Promise<Buffer> {
  const { namespace } = client.options;
  const all: Uint8Array[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const execution = { workflowId, runId };
    const history = await client.workflowService.getWorkflowExecutionHistory({
      ...{ namespace, execution },
    });
    all.push(GetWorkflowExecutionHistoryResponse.encode(history).finish());
    const described = await client.workflowService.describeWorkflowExecution({
      ...{ namespace, execution },
    });
    all.push(DescribeWorkflowExecutionResponse.encode(described).finish());
  }
  return Buffer.concat(all);
}

/** A ledger whose first event is refused: the failure is in the history then. */
function stumblingLedger() {
  const ledger = createMemoryLedger();
  let isFirst = true;
  return {
    ...ledger,
    append: async (...given: Parameters<typeof ledger.append>) => {
      if (isFirst) {
        isFirst = false;
        throw new Error(canaries.error);
      }
      await ledger.append(...given);
    },
  };
}

describe('encrypted histories', function () {
  this.timeout(120_000);
  let keys: readonly KnownKey[];
  let engine: EngineUnderTest;
  let operator: Operator;

  const start = async (known: readonly KnownKey[]) => {
    keys = known;
    engine = await startEngine({
      dataConverter: await createDataConverter(async () => keys),
      ledger: stumblingLedger(),
    });
    operator = createOperator(engine);
  };
  afterEach(() => engine?.stop());

  /** Held before production, for a person. */
  const heldRelease = async (version: string) => {
    const service = operator.freshService();
    await operator.installed({ service, environment: 'production' });
    const told = { ...workload, env: { TOLD: canaries.input } };
    const plan = anEnvironment('production', { promotion: 'manual', workload: told });
    const id = await operator.release(aRelease(service, version, [plan]));
    await operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');
    return id;
  };
  const approved = async (id: string) => {
    const ticket = operator.ticket(id, 'production', 'ann');
    await operator.tell(id, 'approve', {
      ...{ environment: 'production', actor: 'ann', reason: canaries.reason, ticket },
    });
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
  };

  /** Why a worker could not go on, which is encrypted itself. */
  const troubleOf = async (id: string): Promise<string> => {
    const { events } = await operator.handle(id).fetchHistory();
    const failed = events?.findLast((event) => event.workflowTaskFailedEventAttributes);
    const error = await decodeOptionalFailureToOptionalError(
      engine.client.options.loadedDataConverter,
      failed?.workflowTaskFailedEventAttributes?.failure,
    );
    return error?.message ?? '';
  };

  for (const [what, known] of [
    ['hold nothing of what people and programs said', [first]],
    ['would hold all of it without keys', []],
  ] as const) {
    it(what, async () => {
      await start(known);
      await approved(await heldRelease('1.1.0'));
      const raw = await rawOf(engine);
      for (const [where, canary] of Object.entries(canaries))
        assert.equal(raw.includes(canary), known.length === 0, where);
      assert.equal(raw.includes(first.id), known.length > 0);
    });
  }

  it('go on under a new key, and are read for as long as the old one is there', async () => {
    await start([first]);
    const id = await heldRelease('1.1.0');
    assert.ok(!(await rawOf(engine)).includes(second.id));
    keys = [second, first];
    await engine.restartWorkers();
    await approved(id);
    const raw = await rawOf(engine);
    assert.ok(raw.includes(first.id) && raw.includes(second.id));
    assert.equal((await operator.releaseView(id)).phase, 'Promoted');
  });

  it('wait for a key that is lost, which is named to workers and clients alike', async () => {
    await start([first]);
    const id = await heldRelease('1.1.0');
    keys = [second];
    await assert.rejects(operator.handle(id).describe(), (error: unknown) => {
      assert.ok(error instanceof Failure, String(error));
      assert.match(error.message, /the key key-of-january, which is not here/);
      return true;
    });
    await engine.restartWorkers();
    const approving = approved(id);
    approving.catch(() => undefined);
    await until(
      'the worker says what is missing',
      () => troubleOf(id),
      (said) => /the key key-of-january, which is not here/.test(said),
    );
    keys = [second, first];
    await approving;
  });
});
