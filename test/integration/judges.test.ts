/** Judges by name on a real Temporal server: fixed thresholds turn a rollout back, a Mann–Whitney test promotes and holds. */
import assert from 'node:assert/strict';
import type { HealthPolicy } from '../../src/domain/analysis/health-policy.js';
import { healthSchema, resolveHealth } from '../../src/domain/analysis/schema.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import { aCanary, aRevision } from '../support/builders.js';
import { type Scene, startScene } from '../support/rollout-driver.js';

let scene: Scene;
before(async () => {
  scene = await startScene();
});
after(() => scene.stop());

/** As it is written in sluice.yaml. */
function judgedBy(judge: unknown): HealthPolicy {
  return { ...resolveHealth(healthSchema.parse({ judge }), false), intervalMs: 50 };
}

const argo = judgedBy({
  ...{ kind: 'thresholds', style: 'argo' },
  metrics: [
    {
      ...{ metric: 'successRate', window: '500ms', interval: '200ms', initialDelay: '300ms' },
      ...{ failureLimit: 1, successCondition: 'result[0] >= 0.99' },
    },
  ],
});
const flagger = judgedBy({
  ...{ kind: 'thresholds', style: 'flagger', interval: '300ms', threshold: 2 },
  metrics: [{ name: 'request-success-rate', interval: '500ms', thresholdRange: { min: 99 } }],
});
const kayenta = judgedBy({
  ...{ kind: 'mannWhitney', step: '100ms' },
  metrics: [{ metric: 'errorRate', direction: 'increase' }, { metric: 'latencyP95' }],
});

describe('a rollout judged by name', () => {
  const strategy = aCanary([50], 1_500);
  const rows: readonly [string, HealthPolicy, RegExp][] = [
    [
      "Argo's thresholds",
      argo,
      /^successRate: 2 of \d measurements failed, failureLimit 1; the last: 0\.9\d*, wanted/,
    ],
    [
      "Flagger's thresholds",
      flagger,
      /^2 failed checks, threshold 2, the newest: request-success-rate 9[\d.]+ % < 99 %/,
    ],
  ];
  for (const [name, health, why] of rows) {
    it(`is rolled back by ${name} for 4 % errors, which every limit allows`, async () => {
      const site = await scene.installed();
      site.conducts.set('1.1.0', { errors: 0.04 });
      const result = await scene.operator.rolloutResult(
        await scene.begin(site, { strategy, health }),
      );
      assert.equal(result.outcome, 'rolledBack', result.reason);
      assert.match(result.reason, why);
      const stable = stableOnly(revisionName(aRevision('1.0.0')));
      assert.deepEqual(await scene.operator.splitOf(site.target), stable);
    });

    it(`is promoted by ${name} when it keeps them`, async () => {
      const site = await scene.installed();
      const result = await scene.operator.rolloutResult(
        await scene.begin(site, { strategy, health }),
      );
      assert.equal(result.outcome, 'promoted', result.reason);
    });
  }

  it('is promoted by a Mann–Whitney test beside a stable that fails as often', async () => {
    const site = await scene.installed();
    for (const version of ['1.0.0', '1.1.0']) site.conducts.set(version, { errors: 0.04 });
    const id = await scene.begin(site, { strategy, health: kayenta });
    const passed = await scene.operator.rolloutIs(id, ({ verdict }) => verdict?.kind === 'pass');
    assert.match(
      passed.verdict?.reason ?? '',
      /^score 100, pass 75, marginal 50: errorRate is classified as Pass/,
    );
    assert.equal((await scene.operator.rolloutResult(id)).outcome, 'promoted');
  });

  it('is held where one of two groups fails: marginal', async () => {
    const site = await scene.installed();
    site.conducts.set('1.0.0', { errors: 0.01 });
    site.conducts.set('1.1.0', { errors: 0.04 });
    const id = await scene.begin(site, { strategy, health: kayenta });
    const held = await scene.operator.rolloutIs(id, ({ holding }) => holding !== null);
    assert.match(
      held.verdict?.reason ?? '',
      /^score 50, pass 75, marginal 50: errorRate is classified as High/,
    );
  });
});
