/** 500 requests a second through promotion, abort, takeover, blue-green switch and switch back: not one of them is lost. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultHealthPolicy } from '../../src/domain/analysis/health-policy.js';
import { type Revision, revisionName } from '../../src/domain/rollout/revision.js';
import type { Strategy } from '../../src/domain/rollout/strategy.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { lostRequests, startTimedLoad, type TimedLoad } from '../support/load-account.js';
import { askFor, canaryOf, installed, resultOf, shortTiming } from '../support/local-rollouts.js';
import { eventually, type LocalStack, startLocalStack } from '../support/local-stack.js';

const target = { service: 'checkout', environment: 'production' };
const perSecond = 500;
const health = { ...defaultHealthPolicy, intervalMs: 200 };
const by = { actor: 'ann', reason: 'test' };
/** The way back stays open for as long as the test takes. */
const timing = { ...shortTiming, keepWarmMs: 120_000 };

const blueGreen: Strategy = {
  kind: 'blueGreen',
  ...{ smoke: null, warmUp: null, weights: [10, 50, 100] },
  ...{ stepMs: 400, postSwitchMs: 400, deadlineMs: 60_000, timing },
};

describe(`${perSecond} requests a second`, function () {
  this.timeout(60_000);
  let stack: LocalStack;
  let load: TimedLoad;

  /** Slow enough that requests are under way whenever something happens. */
  const release = (version: string) => stack.release(version, { latencyMs: 40 });

  before(async () => {
    stack = await startLocalStack({ instances: 2 });
    load = startTimedLoad(await installed(stack, target, release('1.0.0')), perSecond, {
      post: true,
    });
  });
  after(async () => {
    await load.stop();
    await stack.stop();
  });
  beforeEach(() => load.take());
  afterEach(async () => {
    // What a shift breaks may come after it.
    await sleep(1000);
    const account = await load.take();
    const shown = JSON.stringify({ ...account, revisions: [...account.revisions] });
    assert.equal(
      lostRequests(account, () => true),
      0,
      shown,
    );
    assert.ok(account.sent > perSecond / 2, `only ${account.sent} requests were sent`);
  });

  const ask = (candidate: Revision, strategy: Strategy, queuePolicy: 'queue' | 'latestWins') =>
    askFor(stack, target, candidate, { strategy, health, queuePolicy });
  const weightReaches = (weight: number) =>
    eventually(
      `weight ${weight}`,
      async () => (await stack.platform.router.readSplit(target)).split.weight === weight,
      20_000,
    );
  const endsAs = async (rolloutId: string, outcome: string) => {
    const result = await resultOf(stack, rolloutId);
    assert.equal(result.outcome, outcome, result.reason);
  };
  const servesOnly = async (version: string) => {
    const { split } = await stack.platform.router.readSplit(target);
    assert.deepEqual(split, {
      stable: revisionName(release(version)),
      ...{ candidate: null, weight: 0, headerRoute: null },
    });
  };

  it('pass a promotion', async () => {
    const candidate = release('1.1.0');
    await endsAs(await ask(candidate, canaryOf([20, 50], 400, timing), 'queue'), 'promoted');
    await servesOnly('1.1.0');
  });

  it('pass an abort at 50 %', async () => {
    const rolloutId = await ask(release('1.2.0'), canaryOf([50], 60_000, timing), 'queue');
    await weightReaches(50);
    const handle = stack.client.workflow.getHandle(rolloutId);
    await handle.executeUpdate(updateNames.abort, { args: [by] });
    await endsAs(rolloutId, 'aborted');
    await servesOnly('1.1.0');
  });

  it('pass a takeover by a newer version at 50 %', async () => {
    const older = await ask(release('1.3.0'), canaryOf([50], 60_000, timing), 'queue');
    await weightReaches(50);
    const newer = await ask(release('1.4.0'), canaryOf([50], 400, timing), 'latestWins');
    await endsAs(older, 'superseded');
    await endsAs(newer, 'promoted');
    await servesOnly('1.4.0');
  });

  it('pass a blue-green switch', async () => {
    await endsAs(await ask(release('1.5.0'), blueGreen, 'queue'), 'promoted');
    await servesOnly('1.5.0');
  });

  it('pass the switch back to the previous version', async () => {
    const command = { ...by, version: null };
    const back = await stack.orchestrator.rollBackTarget(target, 'local', command, 'back');
    await endsAs(back.rolloutId, 'promoted');
    await servesOnly('1.4.0');
  });
});
