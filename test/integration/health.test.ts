/** Health on a real Temporal server: what turns a rollout back in every phase of it, and what a lack of evidence leads to. */
import assert from 'node:assert/strict';
import { createMemoryGate } from '../../src/adapters/memory/gate.js';
import type { UndecidedPolicy } from '../../src/domain/analysis/health-policy.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import type { CanaryStep } from '../../src/domain/rollout/strategy.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRevision, health, timing } from '../support/builders.js';
import { by, until } from '../support/operator.js';
import { type Conduct, type Scene, type Site, startScene } from '../support/rollout-driver.js';

const nameOf = (version: string) => revisionName(aRevision(version));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const at = (weight: number): CanaryStep => ({ kind: 'setWeight', weight });
const untilResumed: CanaryStep = { kind: 'pause', forMs: null };
const canaryOf = (...steps: readonly CanaryStep[]) =>
  ({ strategy: { kind: 'canary', steps, timing } }) as const;

let scene: Scene;
/** What the webhook answers. */
let refuse = false;

before(async () => {
  scene = await startScene({
    gate: createMemoryGate((_url, kind) => (refuse && kind === 'webhook' ? 409 : 200)),
  });
});
after(() => scene.stop());

const world = () => scene.engine.platform.world;
const backOnStable = async (site: Site) =>
  assert.deepEqual(await scene.operator.splitOf(site.target), stableOnly(nameOf('1.0.0')));

/** A rollout that stays at 50 % and is judged all the while. */
async function atHalf(site: Site): Promise<string> {
  const id = await scene.begin(site, { strategy: aCanary([50], 10_000) });
  await scene.operator.rolling(site.target, 2, 50);
  return id;
}

async function turnedBack(site: Site, id: string, why: RegExp): Promise<void> {
  const result = await scene.operator.rolloutResult(id);
  assert.equal(result.outcome, 'rolledBack', result.reason);
  assert.match(result.reason, why);
  await backOnStable(site);
}

describe('a candidate is rolled back', () => {
  it('that keeps every limit and is worse than stable', async () => {
    const site = await scene.installed();
    site.load = 200;
    site.conducts.set('1.1.0', { errors: 0.04 });
    const strategy = aCanary([50], 20_000);
    const id = await scene.begin(site, { strategy });
    await turnedBack(
      site,
      id,
      /requests failed \(.*\), 0 of \d+ of stable's \(0 %\): E = .* ≥ 200/,
    );
  });

  const rows: readonly [string, Conduct, RegExp][] = [
    ['whose answers are errors', { errors: 0.3 }, /^\d+ of \d+ requests failed \(/],
    [
      'whose answers are slow',
      { latencyMs: 1_600 },
      /^\d+ of \d+ requests took longer than 1000 ms \(100 %\), limit 5 % \(p95\)/,
    ],
    ['that answers nothing', { unanswered: 1 }, /requests took longer than 1000 ms/],
  ];
  for (const [name, conduct, why] of rows) {
    it(name, async () => {
      const site = await scene.installed();
      site.conducts.set('1.1.0', conduct);
      const strategy = aCanary([20, 50], 1_500);
      await turnedBack(site, await scene.begin(site, { strategy }), why);
      assert.deepEqual(site.weights(), [20]);
    });
  }

  it('that crash-loops at 50 %', async () => {
    const site = await scene.installed();
    const id = await atHalf(site);
    for (let n = 0; n < 3; n++) world().crash(site.target, nameOf('1.1.0'));
    await turnedBack(site, id, /exited unexpectedly 3 times, limit 2/);
  });

  it('whose instance fails more than three probes in a row', async () => {
    const site = await scene.installed();
    const id = await atHalf(site);
    world().markInstance(site.target, nameOf('1.1.0'), 0, { probeFailures: 3 });
    await sleep(300);
    assert.equal((await scene.operator.rolloutView(id)).outcome, null, 'three are allowed');
    world().markInstance(site.target, nameOf('1.1.0'), 0, { state: 'unready', probeFailures: 4 });
    await turnedBack(site, id, /failed 4 in a row of its health probes, limit 3/);
  });

  it('that turns bad in a pause', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, canaryOf(at(50), untilResumed));
    await scene.operator.rolloutIs(id, (view) => view.commands.includes('resume'));
    site.conducts.set('1.1.0', { errors: 0.3 });
    await turnedBack(site, id, /requests failed/);
  });

  it('that turns bad while a person has paused it after its verdict', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, { strategy: aCanary([50], 2_000) });
    await scene.operator.rolling(site.target, 2, 50);
    await scene.operator.tell(id, updateNames.pause);
    await scene.operator.rolloutIs(id, (view) => view.verdict?.kind === 'pass');
    site.conducts.set('1.1.0', { errors: 0.3 });
    await turnedBack(site, id, /requests failed/);
  });

  it('that turns bad while a gate is asked', async () => {
    const site = await scene.installed();
    refuse = true;
    const webhook = {
      ...{ url: 'https://gate.example/ask', allowedHosts: ['gate.example'], allowInsecure: false },
      ...{ timeoutMs: 500, retries: 1_000, retryDelayMs: 50 },
    };
    const id = await scene.begin(site, canaryOf(at(50), { kind: 'webhook', webhook }));
    await scene.operator.rolloutIs(id, (view) => view.position === 1);
    site.conducts.set('1.1.0', { errors: 0.3 });
    await turnedBack(site, id, /requests failed/);
  });

  it('that turns bad while it is held', async () => {
    const site = await scene.installed();
    site.load = 0;
    const strategy = {
      ...aCanary([50]),
      steps: [at(50), { kind: 'analysis', forMs: 100, deadlineMs: 200 }],
    } as const;
    const id = await scene.begin(site, { strategy });
    await scene.operator.rolloutIs(id, (view) => view.holding !== null);
    site.conducts.set('1.1.0', { errors: 0.3 });
    site.load = 10;
    await turnedBack(site, id, /requests failed/);
  });
});

describe('readiness', () => {
  it('keeps the weight where it is while an instance is unready, and goes on when it is ready', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, {
      strategy: {
        ...{ kind: 'blueGreen', smoke: null, warmUp: null, weights: [10, 100] },
        ...{ stepMs: 400, postSwitchMs: 100, deadlineMs: 5_000, timing },
      },
    });
    await scene.operator.rolling(site.target, 2, 10);
    world().markInstance(site.target, nameOf('1.1.0'), 1, { state: 'unready' });
    await scene.operator.rolloutIs(id, (view) => view.weight === 100);
    await sleep(500);
    assert.deepEqual(site.weights(), [0, 10]);
    world().markInstance(site.target, nameOf('1.1.0'), 1, { state: 'ready' });
    assert.equal((await scene.operator.rolloutResult(id)).outcome, 'promoted');
    assert.equal(site.lost, 0);
  });

  const slow = {
    kind: 'canary',
    timing,
    steps: [at(20), at(60), { kind: 'analysis', forMs: 100, deadlineMs: 200 }],
  } as const;

  it('waits for a slow start beyond the deadline of the analysis', async () => {
    const site = await scene.installed();
    site.conducts.set('1.1.0', { startMs: 900 });
    const policy = { ...health, onNoData: 'rollBack' } as const;
    const result = await scene.roll(site, { strategy: slow, health: policy });
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.equal(site.lost, 0);
  });

  it('watches the present weight meanwhile', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, { strategy: slow });
    site.fault = (write) => {
      if (write.kind === 'split' && write.split.weight === 20)
        site.conducts.set('1.1.0', { startMs: null });
      return null;
    };
    await scene.operator.rolloutIs(id, (view) => view.position === 1);
    await sleep(300);
    assert.deepEqual(site.weights(), [20]);
    site.conducts.set('1.1.0', { errors: 0.3 });
    await turnedBack(site, id, /requests failed/);
    assert.deepEqual(site.weights(), [20]);
  });
});

describe('without enough evidence', () => {
  const analysis = { kind: 'analysis', forMs: 100, deadlineMs: 300 } as const;
  const wants: readonly [UndecidedPolicy, string][] = [
    ['rollBack', 'rolledBack'],
    ['hold', 'held'],
    ['advance', 'promoted'],
  ];
  for (const [policy, want] of wants) {
    it(`no traffic and policy ${policy}: ${want}`, async () => {
      const site = await scene.installed();
      site.load = 0;
      const change = { ...canaryOf(at(50), analysis), health: { ...health, onNoData: policy } };
      const id = await scene.begin(site, change);
      const none = /^0 requests of the candidate in this step, 1 needed/;
      if (want === 'held') {
        const { holding } = await scene.operator.rolloutIs(id, (view) => view.holding !== null);
        assert.match(holding ?? '', none);
        await scene.operator.tell(id, updateNames.abort);
      }
      const result = await scene.operator.rolloutResult(id);
      assert.equal(result.outcome, want === 'held' ? 'aborted' : want);
      if (want === 'rolledBack') assert.match(result.reason, none);
    });
  }

  it('three errors in a hundred are held for a person, who promotes', async () => {
    const site = await scene.installed();
    site.load = 50;
    site.conducts.set('1.1.0', { errors: 0.03 });
    const patient = { kind: 'analysis', forMs: 1_000, deadlineMs: 1_100 } as const;
    // Beside stable, which fails nobody, they would be enough to go back for.
    const { comparison: _, ...limits } = health;
    const id = await scene.begin(site, { ...canaryOf(at(50), patient), health: limits });
    const { holding } = await scene.operator.rolloutIs(id, (view) => view.holding !== null);
    assert.match(holding ?? '', /requests failed \([23].*%\), limit 1 %: E = .* ≥ 20/);
    await scene.operator.rolloutIs(id, (view) => view.phase === 'Holding' && view.weight === 50);
    const wellAgain = { errors: 0 };
    site.conducts.set('1.1.0', wellAgain);
    await scene.operator.tell(id, updateNames.promoteFull, by);
    const result = await scene.operator.rolloutResult(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    await until(
      'the split is the candidate alone',
      () => scene.operator.splitOf(site.target),
      (split) => split.stable === nameOf('1.1.0'),
    );
  });
});
