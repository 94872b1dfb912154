/** Which version of a Worker Deployment a process is: the variables of Temporal's worker controller. */
import assert from 'node:assert/strict';
import { readVersionWish } from '../../../src/config/worker-version.js';
import { Failure } from '../../../src/domain/failures.js';

const name = 'TEMPORAL_DEPLOYMENT_NAME';
const build = 'TEMPORAL_WORKER_BUILD_ID';

describe('the version of a worker', () => {
  it('is none without a word of it', () => {
    assert.equal(readVersionWish({}), null);
    assert.equal(readVersionWish({ [name]: '', [build]: '' }), null);
  });

  it('is made of the code where only the deployment has a name', () => {
    const wish = readVersionWish({ [name]: 'sluice' });
    assert.deepEqual(wish, { deploymentName: 'sluice', buildId: null });
  });

  it('is the one that was given', () => {
    const wish = readVersionWish({ [name]: 'sluice', [build]: '1.5.0-3f1c' });
    assert.deepEqual(wish, { deploymentName: 'sluice', buildId: '1.5.0-3f1c' });
  });

  for (const [env, where] of [
    [{ [build]: '1.5.0' }, name],
    [{ [name]: 'a.b' }, name],
    [{ [name]: 'sluice', [build]: 'a b' }, build],
  ] as const) {
    it(`refuses ${JSON.stringify(env)}`, () => {
      assert.throws(
        () => readVersionWish(env),
        (error: unknown) =>
          error instanceof Failure &&
          error.code === 'InvalidInput' &&
          error.details.where === where,
      );
    });
  }
});
