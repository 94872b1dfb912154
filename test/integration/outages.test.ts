/** Rollouts whose surroundings fail: metrics, platform, ledger and evidence go away, and traffic still ends where it belongs. */
import assert from 'node:assert/strict';
import type { UndecidedPolicy } from '../../src/domain/analysis/health-policy.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { type Split, stableOnly } from '../../src/domain/rollout/split.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRevision, health, timing } from '../support/builders.js';
import { type Scene, type Site, startScene } from '../support/rollout-driver.js';

const nameOf = (version: string) => revisionName(aRevision(version));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let scene: Scene;
before(async () => {
  scene = await startScene();
});
after(() => scene.stop());

const splitOf = (site: Site): Promise<Split> => scene.operator.splitOf(site.target);

/** A rollout at 50 % whose answers are as they should be. */
async function atHalf(site: Site): Promise<string> {
  const id = await scene.begin(site, { strategy: aCanary([50], 10_000) });
  await scene.operator.rolling(site.target, 2, 50);
  return id;
}

async function turnedBack(site: Site, id: string, why: RegExp): Promise<void> {
  const result = await scene.operator.rolloutResult(id);
  assert.equal(result.outcome, 'rolledBack', result.reason);
  assert.match(result.reason, why);
  assert.deepEqual(await splitOf(site), stableOnly(nameOf('1.0.0')));
}

describe('metrics that do not answer', () => {
  const wants: readonly [UndecidedPolicy, string][] = [
    ['rollBack', 'rolledBack'],
    ['hold', 'held'],
    ['advance', 'promoted'],
  ];
  const named = /^the last look failed: http:\/\/metrics did not answer/;
  const strategy = {
    kind: 'canary',
    timing,
    steps: [
      { kind: 'setWeight', weight: 50 },
      { kind: 'analysis', forMs: 200, deadlineMs: 600 },
    ],
  } as const;
  for (const [policy, want] of wants) {
    it(`until the deadline, policy ${policy}: ${want}, with the cause`, async () => {
      const site = await scene.installed();
      site.metricsDown = true;
      const id = await scene.begin(site, { strategy, health: { ...health, onNoData: policy } });
      if (want === 'held') {
        const { holding } = await scene.operator.rolloutIs(id, (view) => view.holding !== null);
        assert.match(holding ?? '', named);
        await scene.operator.tell(id, updateNames.abort);
        assert.equal((await scene.operator.rolloutResult(id)).outcome, 'aborted');
        return;
      }
      if (want === 'rolledBack') return turnedBack(site, id, named);
      const result = await scene.operator.rolloutResult(id);
      assert.equal(result.outcome, want, result.reason);
      assert.match(result.reason, named, 'the doubt is on record');
    });
  }

  it('hide no crash loop, which the platform itself tells of', async () => {
    const site = await scene.installed();
    const id = await atHalf(site);
    site.metricsDown = true;
    for (let n = 0; n < 3; n++) scene.engine.platform.world.crash(site.target, nameOf('1.1.0'));
    await turnedBack(site, id, /exited unexpectedly 3 times, limit 2/);
  });

  it('for a while only: the rollout waits for them and goes on', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, { strategy: aCanary([50], 1_000) });
    await scene.operator.rolling(site.target, 2, 50);
    site.metricsDown = true;
    await sleep(1_500);
    assert.equal((await scene.operator.rolloutView(id)).weight, 50);
    site.metricsDown = false;
    const result = await scene.operator.rolloutResult(id);
    assert.equal(result.outcome, 'promoted', result.reason);
  });
});

describe('a platform that fails', () => {
  it('in the middle of a rollback: the rollback goes on until it is done', async () => {
    const site = await scene.installed();
    const id = await atHalf(site);
    site.fault = ({ kind }) => (kind === 'split' ? new Error('connection refused') : null);
    site.conducts.set('1.1.0', { errors: 0.3 });
    await scene.operator.rolloutIs(id, (view) => view.phase === 'RollingBack');
    scene.engine.platform.world.setDown(true);
    site.fault = null;
    await sleep(2_500);
    assert.equal((await scene.operator.rolloutView(id)).phase, 'RollingBack');
    scene.engine.platform.world.setDown(false);
    const backAt = performance.now();
    await turnedBack(site, id, /requests failed/);
    const tookMs = performance.now() - backAt;
    assert.ok(tookMs < 4_000, `${tookMs} ms after the platform was back`);
  });

  it('for a while under way: the step is repeated and nothing is lost', async () => {
    const site = await scene.installed();
    let failures = 3;
    site.fault = (write) =>
      write.kind === 'split' && write.split.weight === 50 && failures-- > 0
        ? new Error('connection refused')
        : null;
    const result = await scene.roll(site, { strategy: aCanary([20, 50], 100) });
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(site.weights(), [20, 50, 100]);
    assert.equal(site.lost, 0);
  });

  it('to take a rollout that was overtaken: it ends and leaves the newer decision alone', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, { strategy: aCanary([20, 50], 10_000) });
    await scene.operator.rolling(site.target, 2, 20);
    const newer = { ...(await splitOf(site)), weight: 7 };
    await scene.engine.platform.router.applySplit({
      target: site.target,
      split: newer,
      intent: { fence: { rollout: 99, sequence: 0 }, key: 'somebody else' },
    });
    await scene.operator.tell(id, updateNames.promote);
    const result = await scene.operator.rolloutResult(id);
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /already holds a newer decision/);
    assert.deepEqual(await splitOf(site), newer);
  });
});

describe('records that cannot be written', () => {
  let mended: () => void = () => {};
  afterEach(() => mended());

  /** Until the end of the test at the latest. */
  function breaks(part: 'ledger' | 'evidence'): void {
    const fails = () => Promise.reject(new Error(`${part}: no space left on device`));
    const { ledger, evidence } = scene.engine.ports;
    const [broken, whole, failing] =
      part === 'ledger'
        ? [ledger, { append: ledger.append }, { append: fails }]
        : [evidence, { put: evidence.put }, { put: fails }];
    Object.assign(broken, failing);
    mended = () => void Object.assign(broken, whole);
  }

  for (const part of ['ledger', 'evidence'] as const) {
    it(`a failing verdict rolls back without its ${part}`, async () => {
      const site = await scene.installed();
      const id = await atHalf(site);
      breaks(part);
      site.conducts.set('1.1.0', { errors: 0.3 });
      const brokenAt = performance.now();
      await turnedBack(site, id, /requests failed/);
      assert.ok(performance.now() - brokenAt < 4_000);
    });

    it(`nothing goes forward without its ${part}, and all goes on when it is back`, async () => {
      const site = await scene.installed();
      const id = await scene.begin(site, { strategy: aCanary([20, 50], 2_000) });
      await scene.operator.rolling(site.target, 2, 20);
      breaks(part);
      await sleep(3_000);
      assert.equal((await splitOf(site)).weight, 20);
      mended();
      assert.equal((await scene.operator.rolloutResult(id)).outcome, 'promoted');
    });
  }

  it('an abort is obeyed at once without a ledger, and recorded when it is back', async () => {
    const site = await scene.installed();
    const id = await atHalf(site);
    breaks('ledger');
    await scene.operator.tell(id, updateNames.abort);
    const abortedAt = performance.now();
    for (;;) {
      if ((await splitOf(site)).candidate === null) break;
      assert.ok(performance.now() - abortedAt < 2_000, 'traffic is back');
      await sleep(20);
    }
    assert.equal((await scene.operator.rolloutResult(id)).outcome, 'aborted');
    mended();
    const recorded = async () => {
      const events = await scene.engine.ports.ledger.read({ subject: id, limit: 100 });
      return events.filter(({ kind }) => kind === 'stableRestored').length;
    };
    for (let waitedMs = 0; (await recorded()) === 0 && waitedMs < 15_000; waitedMs += 100) {
      await sleep(100);
    }
    assert.equal(await recorded(), 1);
  });

  it('a gate that says no is heard without a ledger', async () => {
    const site = await scene.installed();
    const smoke = {
      ...{ path: '/', expectStatus: 418, expectBody: null, requests: 1 },
      ...{ retries: 3, retryDelayMs: 300, timeoutMs: 500 },
    };
    const id = await scene.begin(site, {
      strategy: { kind: 'canary', timing, steps: [{ kind: 'smokeTest', smoke }] },
    });
    await scene.operator.rolloutIs(id, (view) => view.position === 1);
    breaks('ledger');
    await turnedBack(site, id, /answered 200, expected 418/);
  });
});
