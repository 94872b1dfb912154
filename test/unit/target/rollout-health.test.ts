/** What of the policy asked for holds for one rollout, and what it brings along from earlier ones. */
import assert from 'node:assert/strict';
import { defaultHealthPolicy as asked } from '../../../src/domain/analysis/health-policy.js';
import { finishCurrent } from '../../../src/domain/target/advance.js';
import { rolloutHealth } from '../../../src/domain/target/rollout-health.js';
import { queued, result, running } from './sample-target.js';

const learnt = { errors: 0.2, latency: null };

describe('the health policy of one rollout', () => {
  it('begins with what the target has learnt', () => {
    const { comparison } = rolloutHealth(asked, 'canary', 'rollout', learnt);
    assert.deepEqual(comparison, { ...asked.comparison, saved: learnt });
  });

  it('compares nothing on the way back, and where nothing runs yet', () => {
    assert.equal(rolloutHealth(asked, 'canary', 'switchBack', learnt).comparison, undefined);
    const install = rolloutHealth(asked, 'install', 'rollout', null);
    assert.deepEqual([install.comparison, install.minimumRequests], [undefined, 0]);
  });

  it('is as it was asked for without a comparison', () => {
    const { comparison: _, ...limits } = asked;
    assert.deepEqual(rolloutHealth(limits, 'canary', 'rollout', learnt), limits);
  });

  it('learns from whatever end, and forgets nothing by one that could not tell', () => {
    const busy = running('1.0.0', { current: queued(2, '1.1.0') });
    const taught = finishCurrent(busy, { ...result('rolledBack'), dispersion: learnt }, 0);
    assert.deepEqual(taught.dispersion, learnt);
    const next = { ...taught, current: queued(3, '1.2.0') };
    assert.deepEqual(finishCurrent(next, result('promoted'), 0).dispersion, learnt);
  });
});
