/** The watch of a real rollout over the API while it runs: from the heartbeats that Temporal keeps of it. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningWatch, runningWatchSchema } from '../../src/api/schemas/running-watch.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { serveApi } from '../support/api-under-test.js';
import { aCanary } from '../support/builders.js';
import { type Scene, startScene } from '../support/rollout-driver.js';

describe('the watch under way', function () {
  this.timeout(60_000);
  let scene: Scene;
  before(async () => {
    scene = await startScene();
  });
  after(() => scene.stop());

  it('tells both sides and what to expect, and adds no event to the history', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, { strategy: aCanary([25], 40_000) });
    await scene.operator.rolling(site.target, 2, 25);
    const api = await serveApi(scene.engine.client);
    const { service } = site.target;
    const read = async (): Promise<RunningWatch['watch']> => {
      const answer = await api.call('GET', `/v1/rollouts/${service}/production/2/watch`);
      assert.equal(answer.status, 200);
      return runningWatchSchema.parse(answer.body).watch;
    };
    const lengthOf = async (): Promise<number> =>
      (await scene.operator.handle(id).describe()).historyLength;
    let watch = await read();
    for (let tries = 0; (watch?.window?.requests ?? 0) === 0 && tries < 200; tries++) {
      await sleep(100);
      watch = await read();
    }
    assert.ok(watch !== null && (watch.window?.requests ?? 0) > 0, JSON.stringify(watch));
    const before = await lengthOf();
    await sleep(2_000);
    const later = await read();
    assert.ok((later?.looks ?? 0) > watch.looks, `${later?.looks} after ${watch.looks}`);
    assert.equal(await lengthOf(), before);
    assert.deepEqual(
      later?.checks.slice(0, 2).map(({ check }) => check),
      ['errorRate', 'latencyP95'],
    );
    assert.equal(later?.expected?.kind, 'goOn');
    await scene.operator.tell(id, updateNames.abort);
    await scene.operator.rolloutResult(id);
    assert.equal(await read(), null);
    await api.stop();
  });
});
