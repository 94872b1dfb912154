/** Ways out of a release on a real Temporal server: abort, cancel, soak and verification that fail, words that get lost. */
import assert from 'node:assert/strict';
import { createMemoryGate } from '../../src/adapters/memory/gate.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import type { SmokeTest } from '../../src/domain/rollout/strategy.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRelease, anEnvironment, aRevision } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, type Operator } from '../support/operator.js';

const smoke: SmokeTest = {
  path: '/ready',
  expectStatus: 200,
  expectBody: null,
  requests: 1,
  retries: 0,
  retryDelayMs: 10,
  timeoutMs: 500,
};

describe('the ways out of a release', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: Operator;
  /** Instances of this version fail every smoke test. */
  let unfit = 'none';

  before(async () => {
    engine = await startEngine({
      gate: createMemoryGate((url) => (url.includes(`/${unfit}-`) ? 503 : 200)),
    });
    operator = createOperator(engine);
  });
  after(() => engine.stop());

  const at = (service: string) => ({ service, environment: 'production' });
  const slow = anEnvironment('production', { strategy: aCanary([50], 10_000) });
  const v = (version: string) => revisionName(aRevision(version));
  const stableOnly = (version: string) => ({
    stable: v(version),
    candidate: null,
    weight: 0,
    headerRoute: null,
  });
  const stops = {
    abort: (id: string) => operator.tell(id, updateNames.abort),
    cancel: (id: string) => engine.client.workflow.getHandle(id).cancel(),
  };
  const reasons = { abort: /ann: because/, cancel: /workflow was cancelled/ };

  for (const way of ['abort', 'cancel'] as const) {
    it(`${way} ends it while an approval is awaited`, async () => {
      const plan = anEnvironment('production', { promotion: 'manual' });
      const id = await operator.release(aRelease(operator.freshService(), '1.1.0', [plan]));
      await operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');
      await stops[way](id);
      const end = await operator.releaseEnd(id);
      assert.equal(end.outcome, 'ReleaseAborted');
      assert.match(end.reason, reasons[way]);
    });

    it(`${way} during a rollout takes all traffic back`, async () => {
      const service = operator.freshService();
      await operator.installed(at(service));
      const id = await operator.release(aRelease(service, '1.1.0', [slow]));
      await operator.rolling(at(service), 2, 50);
      await stops[way](id);
      const end = await operator.releaseEnd(id);
      assert.equal(end.outcome, 'ReleaseAborted');
      assert.match(end.reason, reasons[way]);
      assert.deepEqual(await operator.splitOf(at(service)), stableOnly('1.0.0'));
    });

    it(`${way} during the soak ends it at once, and what was promoted stays`, async () => {
      const service = operator.freshService();
      await operator.installed(at(service));
      const plans = [
        anEnvironment('production', { soakMs: 3_600_000 }),
        anEnvironment('after', {}),
      ];
      const id = await operator.release(aRelease(service, '1.1.0', plans));
      await operator.releaseIs(id, ({ phase }) => phase === 'Analysing');
      await stops[way](id);
      const end = await operator.releaseEnd(id);
      assert.deepEqual([end.outcome, end.environment], ['ReleaseAborted', 'production']);
      assert.deepEqual(await operator.splitOf(at(service)), stableOnly('1.1.0'));
    });
  }

  it('leaves the rollout of another release alone when it is aborted in the queue', async () => {
    const service = operator.freshService();
    await operator.installed(at(service));
    const first = await operator.release(aRelease(service, '1.1.0', [slow]));
    const running = await operator.rolling(at(service), 2, 50);
    const second = await operator.release(aRelease(service, '1.3.0', [slow]));
    await operator.targetIs(at(service), ({ queue }) => queue.length === 1);
    await operator.tell(second, updateNames.abort);
    assert.equal((await operator.releaseEnd(second)).outcome, 'ReleaseAborted');
    const { queue, current } = await operator.targetView(at(service));
    assert.deepEqual([queue, current?.rolloutId], [[], running]);
    assert.equal((await operator.splitOf(at(service))).weight, 50);
    await operator.tell(running, updateNames.promoteFull);
    assert.equal((await operator.releaseEnd(first)).outcome, 'promoted');
  });

  it('goes back when the new revision fails while it soaks', async () => {
    const service = operator.freshService();
    await operator.installed(at(service));
    const plan = anEnvironment('production', { soakMs: 3_600_000 });
    const id = await operator.release(aRelease(service, '1.6.0', [plan]));
    await operator.releaseIs(id, ({ phase }) => phase === 'Analysing');
    assert.deepEqual(await operator.splitOf(at(service)), stableOnly('1.6.0'));
    engine.behaviours.set('1.6.0', { errorRate: 0.3, latencyMs: 20 });
    const end = await operator.releaseEnd(id);
    assert.equal(end.outcome, 'ReleaseRolledBack');
    assert.match(end.reason, /while it soaked: .*failed/);
    assert.deepEqual(await operator.splitOf(at(service)), stableOnly('1.0.0'));
  });

  it('goes back when the verification fails, and says why', async () => {
    const service = operator.freshService();
    await operator.installed(at(service));
    unfit = '1.1.0';
    const plan = anEnvironment('production', { verification: smoke });
    const id = await operator.release(aRelease(service, '1.1.0', [plan]));
    const end = await operator.releaseEnd(id);
    unfit = 'none';
    assert.equal(end.outcome, 'ReleaseRolledBack');
    assert.match(end.reason, /\/ready answered 503, expected 200/);
    assert.deepEqual(await operator.splitOf(at(service)), stableOnly('1.0.0'));
    const again = await operator.release(aRelease(service, '1.1.0', [plan]));
    assert.equal((await operator.releaseEnd(again)).outcome, 'promoted', 'a new run of it');
  });

  it('takes back what it promoted even when the next rollout has begun on top of it', async () => {
    const service = operator.freshService();
    await operator.installed(at(service));
    const soaking = anEnvironment('production', { soakMs: 3_600_000 });
    const first = await operator.release(aRelease(service, '1.7.0', [soaking]));
    await operator.releaseIs(first, ({ phase }) => phase === 'Analysing');
    const second = await operator.release(aRelease(service, '1.8.0', [slow]));
    await operator.rolling(at(service), 3, 50);
    engine.behaviours.set('1.7.0', { errorRate: 0.5, latencyMs: 20 });
    assert.equal((await operator.releaseEnd(first)).outcome, 'ReleaseRolledBack');
    assert.equal((await operator.releaseEnd(second)).outcome, 'ReleaseAborted');
    assert.deepEqual(await operator.splitOf(at(service)), stableOnly('1.0.0'));
  });

  it('leaves a newer stable revision alone when its own verification comes too late', async () => {
    const service = operator.freshService();
    await operator.installed(at(service));
    const patient = { ...smoke, retries: 20, retryDelayMs: 200 };
    unfit = '1.1.0';
    const plan = anEnvironment('production', { verification: patient });
    const first = await operator.release(aRelease(service, '1.1.0', [plan]));
    await operator.releaseIs(first, ({ phase }) => phase === 'Analysing');
    const next = anEnvironment('production', { strategy: aCanary([]) });
    const second = await operator.release(aRelease(service, '1.2.0', [next]));
    assert.equal((await operator.releaseEnd(second)).outcome, 'promoted');
    assert.equal((await operator.releaseEnd(first)).outcome, 'ReleaseRolledBack');
    unfit = 'none';
    assert.deepEqual(await operator.splitOf(at(service)), stableOnly('1.2.0'));
  });
});
