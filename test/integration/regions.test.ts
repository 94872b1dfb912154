/** A release that goes through the regions of an environment, each a target of its own with its own writer. */
import assert from 'node:assert/strict';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { aRelease, anEnvironment, aRevision } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, type Operator } from '../support/operator.js';

describe('release through regions', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: Operator;

  before(async () => {
    engine = await startEngine();
    operator = createOperator(engine);
    engine.behaviours.set('1.2.0', { errorRate: 0.3, latencyMs: 20 });
  });
  after(() => engine.stop());

  const regions = ['eu', 'us'] as const;
  const at = (service: string, region: string) => ({ service, environment: 'production', region });
  const stableIn = async (service: string) =>
    Promise.all(
      regions.map(async (region) => (await operator.splitOf(at(service, region))).stable),
    );
  const v = (version: string) => revisionName(aRevision(version));
  const plans = regions.map((region, index) =>
    anEnvironment(`production/${region}`, { promotion: index === 0 ? 'manual' : 'auto' }),
  );
  async function installed(): Promise<string> {
    const service = operator.freshService();
    for (const region of regions) await operator.installed(at(service, region));
    return service;
  }

  it('enters the second only after the first is verified, with one approval for both', async () => {
    const service = await installed();
    const id = await operator.release(aRelease(service, '1.1.0', plans));
    await operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');
    await operator.approve(id, 'production/eu', 'ann');
    assert.equal((await operator.releaseEnd(id)).outcome, 'promoted');
    assert.deepEqual(await stableIn(service), [v('1.1.0'), v('1.1.0')]);
    const [eu, us] = (await operator.releaseView(id)).stages;
    assert.equal(us?.rolloutId, `rollout:${service}:production:us:2`);
    assert.ok((eu?.endedAtMs ?? Infinity) <= (us?.startedAtMs ?? 0));
  });

  it('never reaches the second when the first fails', async () => {
    const service = await installed();
    const id = await operator.release(aRelease(service, '1.2.0', plans));
    await operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');
    await operator.approve(id, 'production/eu', 'ann');
    assert.equal((await operator.releaseEnd(id)).outcome, 'ReleaseRolledBack');
    assert.deepEqual(await stableIn(service), [v('1.0.0'), v('1.0.0')]);
    const [, us] = (await operator.releaseView(id)).stages;
    assert.equal(us?.attempt, 0);
  });
});
