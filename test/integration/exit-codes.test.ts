/** `sluice release --wait` on a real Temporal server: how a release ends is how the command exits. */
import assert from 'node:assert/strict';
import type { EnvironmentPlan } from '../../src/domain/release/release.js';
import { type ApiUnderTest, secrets, serveApi } from '../support/api-under-test.js';
import { anEnvironment, aRevision } from '../support/builders.js';
import { runSluice } from '../support/cli-under-test.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, type Operator } from '../support/operator.js';

describe('exit codes of releases', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: Operator;
  let api: ApiUnderTest;
  let plan: EnvironmentPlan;
  before(async () => {
    engine = await startEngine();
    operator = createOperator(engine);
    engine.behaviours.set('1.2.0', { errorRate: 0.3, latencyMs: 20 });
    api = await serveApi(engine.client, {
      tickets: engine.ports.tickets,
      evidence: engine.ports.evidence,
      resolvePipeline: async (service) => ({
        ...{ project: 'shop', service, environments: [plan] },
        sha256: 'c'.repeat(64),
      }),
    });
  });
  after(async () => {
    await api?.stop();
    await engine?.stop();
  });

  const sluice = (...argv: string[]) =>
    runSluice(
      argv,
      {},
      {
        env: { SLUICE_API_URL: api.url, SLUICE_TOKEN: secrets.all, SLUICE_DATA_DIR: '/nowhere' },
        clock: Date.now,
        fetch,
      },
    );
  const release = (service: string, version: string, ...more: string[]) =>
    sluice(
      ...['release', `${service}@${version}`, '--digest', aRevision(version).digest],
      ...['--wait', ...more],
    );
  const manual = () => anEnvironment('production', { promotion: 'manual' });

  it('0: promoted, 3: rolled back by its health', async () => {
    const service = operator.freshService();
    plan = anEnvironment('production');
    await operator.installed({ service, environment: 'production' });
    const bad = await release(service, '1.2.0');
    assert.equal(bad.code, 3, bad.out);
    assert.match(bad.out, /RolledBack/);
    const good = await release(service, '1.3.0');
    assert.equal(good.code, 0, good.out);
    const why = await sluice('why', `${service}@1.2.0`);
    assert.match(why.out, /errorRate +seen [^]*window +\d\d:[^]*next/);
  });

  it('8: still waiting at the deadline, then 5: rejected at the gate', async () => {
    const service = operator.freshService();
    plan = manual();
    const late = await release(service, '1.1.0', '--timeout', '700ms');
    assert.equal(late.code, 8, late.out);
    const followed = sluice('watch', `${service}@1.1.0`);
    const rejected = await sluice('reject', `${service}@1.1.0`, '--reason', 'not today');
    assert.equal(rejected.code, 0, rejected.err);
    assert.equal((await followed).code, 5);
  });

  it('2: aborted by a person', async () => {
    const service = operator.freshService();
    plan = manual();
    assert.equal((await release(service, '1.1.0', '--timeout', '300ms')).code, 8);
    assert.equal((await sluice('abort', `${service}@1.1.0`, '--reason', 'r')).code, 0);
    assert.equal((await sluice('watch', `${service}@1.1.0`)).code, 2);
  });
});
