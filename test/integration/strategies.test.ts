/** Strategies on a real Temporal server: what is written in which order, who gets a request, and what is left behind. */
import assert from 'node:assert/strict';
import { createMemoryGate } from '../../src/adapters/memory/gate.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import type { BlueGreenStrategy, CanaryStep } from '../../src/domain/rollout/strategy.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRequest, aRevision, timing } from '../support/builders.js';
import { by, until } from '../support/operator.js';
import { readHistory } from '../support/rollout-history.js';
import { type Scene, type Site, startScene } from '../support/rollout-driver.js';

const nameOf = (version: string) => revisionName(aRevision(version));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const smoke = {
  ...{ path: '/healthz', expectStatus: 200, expectBody: null, requests: 1 },
  ...{ retries: 0, retryDelayMs: 10, timeoutMs: 500 },
};

const blueGreen: BlueGreenStrategy = {
  ...{ kind: 'blueGreen', smoke, warmUp: null, weights: [10, 50, 100] },
  ...{ stepMs: 150, postSwitchMs: 300, deadlineMs: 2_000, timing },
};

function canaryOf(...steps: readonly CanaryStep[]) {
  return { strategy: { kind: 'canary', steps, timing } } as const;
}

function idsOf(site: Site, version: string): string[] {
  return site.instances(version).map(({ id }) => id);
}

let refusing: string | null = null;
let answered: (() => void) | null = null;
let scene: Scene;

before(async () => {
  const gate = createMemoryGate((url) => {
    answered?.();
    return refusing !== null && url.includes(refusing) ? 503 : 200;
  });
  scene = await startScene({ gate });
});
afterEach(() => {
  refusing = null;
  answered = null;
});
after(() => scene.stop());

/** The end of a rollout is seen by its readers a moment before its target takes it in: until then there is no way back. */
const promotionTaken = (site: Site) =>
  scene.operator.targetIs(site.target, ({ current }) => current === null);
const splitOf = (site: Site) => scene.operator.splitOf(site.target);

describe('blue-green', () => {
  it('sends no user to the new side before the smoke test has passed, then 10, 50 and 100 %', async () => {
    const site = await scene.installed();
    const servedWhenAsked: number[] = [];
    answered = () => servedWhenAsked.push(site.served.get('1.1.0') ?? 0);
    const result = await scene.roll(site, { strategy: blueGreen });
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(servedWhenAsked, [0, 0, 0], 'each of three instances is asked, before users');
    assert.deepEqual(site.weights(), [0, 10, 50, 100]);
    assert.ok((site.served.get('1.1.0') ?? 0) > 0);
    assert.equal(site.lost, 0);
  });

  it('is rolled back before any user when the smoke test fails, with the reason', async () => {
    const site = await scene.installed();
    refusing = nameOf('1.1.0');
    const result = await scene.roll(site, { strategy: blueGreen });
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /\/healthz answered 503, expected 200/);
    assert.deepEqual(site.weights(), [0]);
    assert.equal(site.served.get('1.1.0'), undefined);
    assert.deepEqual(await splitOf(site), stableOnly(nameOf('1.0.0')));
  });

  it('warms each instance of the new side up before the switch', async () => {
    const site = await scene.installed();
    refusing = '/warm';
    const warmUp = { ...smoke, path: '/warm' };
    const result = await scene.roll(site, { strategy: { ...blueGreen, warmUp } });
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /\/warm answered 503/);
    assert.deepEqual(site.weights(), [0], 'no user reaches a cold side');
  });

  it('switches back when the new side turns bad at 100 %, to an old side still at full scale', async () => {
    const site = await scene.installed();
    const old = idsOf(site, '1.0.0');
    site.conducts.set('1.1.0', (weight) => ({ errors: weight === 100 ? 0.3 : 0 }));
    const patient = { ...blueGreen, postSwitchMs: 5_000 };
    const result = await scene.roll(site, { strategy: patient });
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /requests failed/);
    assert.deepEqual(site.weights(), [0, 10, 50, 100]);
    assert.deepEqual(await splitOf(site), stableOnly(nameOf('1.0.0')));
    assert.deepEqual(idsOf(site, '1.0.0'), old, 'the same three instances take the traffic back');
    assert.equal(site.lost, 0);
  });

  it('holds when nothing is seen of the new side until the deadline', async () => {
    const site = await scene.installed();
    site.load = 0;
    const id = await scene.begin(site, { strategy: { ...blueGreen, deadlineMs: 200 } });
    const held = await scene.operator.rolloutIs(id, (view) => view.holding !== null);
    assert.equal(held.weight, 10);
    await scene.operator.tell(id, updateNames.abort);
    assert.equal((await scene.operator.rolloutResult(id)).outcome, 'aborted');
  });

  it('keeps the old side warm for its time and then retires it', async () => {
    const site = await scene.installed();
    const keepWarmMs = 1_500;
    const result = await scene.roll(site, {
      strategy: { ...blueGreen, timing: { ...timing, keepWarmMs } },
    });
    assert.equal(result.outcome, 'promoted', result.reason);
    await sleep(keepWarmMs / 2);
    assert.equal(site.instances('1.0.0').length, 3);
    await until(
      'the old side is gone',
      async () => site.instances('1.0.0').length,
      (left) => left === 0,
    );
    assert.equal(site.instances('1.1.0').length, 3);
  });

  it('goes back to the warm old side at once and judges nothing', async () => {
    const site = await scene.installed();
    const old = idsOf(site, '1.0.0');
    await scene.roll(site, { strategy: blueGreen });
    await promotionTaken(site);
    refusing = nameOf('1.0.0');
    const { rolloutId } = await scene.engine.ports.orchestrator.rollBackTarget(
      site.target,
      'local',
      { ...by, version: null },
      'back',
    );
    const result = await scene.operator.rolloutResult(rolloutId);
    assert.equal(result.outcome, 'promoted', result.reason);
    const { activities } = await readHistory(scene.engine.client, rolloutId);
    assert.deepEqual(
      activities.map(({ type }) => type),
      ['shiftTraffic', 'promoteCandidate'],
    );
    assert.deepEqual(idsOf(site, '1.0.0'), old, 'nothing is started');
    assert.deepEqual(await splitOf(site), stableOnly(nameOf('1.0.0')));
  });

  it('goes back within 5 s to a warm old side that is not ready as a whole', async () => {
    const site = await scene.installed();
    await scene.roll(site, { strategy: blueGreen });
    await promotionTaken(site);
    const [first] =
      scene.engine.platform.world.peek(site.target)?.revisions.get(nameOf('1.0.0'))?.instances ??
      [];
    Object.assign(first ?? {}, { state: 'unready', readyAtMs: null });
    const askedAtMs = Date.now();
    const { rolloutId } = await scene.engine.ports.orchestrator.rollBackTarget(
      ...([site.target, 'local', { ...by, version: null }, 'back all the same'] as const),
    );
    const { outcome, reason } = await scene.operator.rolloutResult(rolloutId);
    assert.equal(outcome, 'promoted', reason);
    assert.ok(Date.now() - askedAtMs < 5000, `${Date.now() - askedAtMs} ms`);
    assert.deepEqual(await splitOf(site), stableOnly(nameOf('1.0.0')));
  });
});

describe('rolling', () => {
  it('replaces instances batch by batch: capacity first, traffic by its share', async () => {
    const site = await scene.installed();
    const strategy = { kind: 'rolling', batches: 3, stepMs: 100, deadlineMs: 2_000 } as const;
    const result = await scene.roll(site, { strategy: { ...strategy, timing } });
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(
      site.writes.map((write) =>
        write.kind === 'capacity'
          ? `${write.instances} instances`
          : write.kind === 'split' && `${write.split.weight} %`,
      ),
      ['1 instances', '33 %', '2 instances', '66 %', '3 instances', '100 %', '0 %'],
    );
    assert.equal(site.lost, 0);
  });

  it('starts each instance of the candidate once, and promotion starts none', async () => {
    const site = await scene.installed();
    const strategy = { kind: 'rolling', batches: 2, stepMs: 100, deadlineMs: 2_000 } as const;
    const before: string[] = [];
    site.fault = (write) => {
      const promotes = write.kind === 'split' && write.split.stable === nameOf('1.1.0');
      if (promotes) before.push(...idsOf(site, '1.1.0'));
      return null;
    };
    await scene.roll(site, { strategy: { ...strategy, timing } });
    assert.deepEqual(idsOf(site, '1.1.0'), before);
    assert.equal(site.started.get('1.1.0')?.size, 3);
    assert.equal(site.started.get('1.0.0')?.size, 3);
  });
});

describe('canary', () => {
  it('gives weights in the order they are written, each after its capacity', async () => {
    const site = await scene.installed();
    const result = await scene.roll(site, { strategy: aCanary([5, 25, 50, 75], 100) });
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(site.weights(), [5, 25, 50, 75, 100]);
    let capacity = 0;
    for (const write of site.writes) {
      if (write.kind === 'capacity') capacity = write.instances;
      if (write.kind !== 'split' || write.split.candidate === null) continue;
      assert.ok(capacity * 100 >= 3 * write.split.weight, `${capacity} at ${write.split.weight} %`);
    }
    assert.equal(site.started.get('1.1.0')?.size, 3, 'no more starts than full scale');
    assert.equal(site.lost, 0);
  });

  it('takes traffic away before instances when a weight goes down', async () => {
    const site = await scene.installed();
    const steps = [60, 20].map((weight) => ({ kind: 'setWeight', weight }) as const);
    await scene.roll(site, canaryOf(...steps));
    assert.deepEqual(
      site.writes
        .slice(0, 4)
        .map((write) =>
          write.kind === 'split' ? write.split.weight : 'instances' in write && -write.instances,
        ),
      [-2, 60, 20, -1],
    );
  });

  it('holds a fixed scale until it is freed, and stable keeps its own to the end', async () => {
    const site = await scene.installed();
    const capacities: number[] = [];
    site.fault = (write) => {
      if (write.kind === 'capacity') capacities.push(write.instances);
      assert.equal(idsOf(site, '1.0.0').length, 3);
      return null;
    };
    const result = await scene.roll(
      site,
      canaryOf(
        { kind: 'setScale', instances: 2 },
        { kind: 'setWeight', weight: 5 },
        { kind: 'setWeight', weight: 10 },
        { kind: 'setScale', instances: null },
        { kind: 'setWeight', weight: 30 },
      ),
    );
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(capacities, [2, 2, 1, 3]);
  });

  for (const ending of ['promotion', 'abort'] as const) {
    it(`sends testers by header, until ${ending}`, async () => {
      const site = await scene.installed();
      const route = { header: 'x-tester', value: 'yes' };
      const id = await scene.begin(
        site,
        canaryOf({ kind: 'headerRoute', route }, { kind: 'pause', forMs: null }),
      );
      await scene.operator.rolloutIs(id, (view) => view.commands.includes('resume'));
      const split = await splitOf(site);
      assert.deepEqual([split.weight, split.headerRoute], [0, route]);
      await scene.operator.tell(id, ending === 'abort' ? updateNames.abort : updateNames.resume);
      await scene.operator.rolloutResult(id);
      const stable = ending === 'abort' ? '1.0.0' : '1.1.0';
      assert.deepEqual(await splitOf(site), stableOnly(nameOf(stable)));
    });
  }

  it('waits in a timed pause at least its time', async () => {
    const site = await scene.installed();
    const at = new Map<number, number>();
    site.fault = (write) => {
      if (write.kind === 'split') at.set(write.split.weight, performance.now());
      return null;
    };
    const pause = { kind: 'pause', forMs: 700 } as const;
    await scene.roll(site, canaryOf({ kind: 'setWeight', weight: 20 }, pause));
    const waitedMs = (at.get(100) ?? 0) - (at.get(20) ?? 0);
    assert.ok(waitedMs >= 700 && waitedMs < 3_000, `${waitedMs} ms`);
  });

  it('waits for somebody at each of two pauses in a row', async () => {
    const site = await scene.installed();
    const pause = { kind: 'pause', forMs: null } as const;
    const id = await scene.begin(site, canaryOf({ kind: 'setWeight', weight: 20 }, pause, pause));
    for (const position of [0, 1]) {
      await scene.operator.rolloutIs(
        id,
        (view) => view.position === position && view.commands.includes('resume'),
      );
      await sleep(200);
      assert.equal((await scene.operator.rolloutView(id)).position, position);
      await scene.operator.tell(id, updateNames.resume);
    }
    assert.equal((await scene.operator.rolloutResult(id)).outcome, 'promoted');
    assert.deepEqual(site.weights(), [20, 100]);
  });
});

describe('the first install', () => {
  it('ends by the progress deadline when it never gets ready, and does not block its successor', async () => {
    const site = scene.fresh();
    site.conducts.set('1.0.0', { startMs: null });
    const strategy = { ...aCanary([50]), timing: { ...timing, progressDeadlineMs: 1_500 } };
    const result = await scene.roll(site, { strategy }, '1.0.0');
    assert.equal(result.outcome, 'rolledBack');
    // The deadline may come between two questions, or while one is asked.
    assert.match(
      result.reason,
      /1\.0\.0-\S+ is not ready|^not done within 1s500ms: traffic to 100 %/,
    );
    assert.deepEqual(await splitOf(site), stableOnly(null));
    const next = await scene.roll(site, {}, '1.0.1');
    assert.equal(next.outcome, 'promoted', next.reason);
    assert.deepEqual(await splitOf(site), stableOnly(nameOf('1.0.1')));
  });
});

describe('one rollout after another', () => {
  it('gives a candidate up by the progress deadline that the platform does not take', async () => {
    const site = await scene.installed();
    site.fault = ({ kind }) => (kind === 'capacity' ? new Error('no room left') : null);
    const strategy = { ...aCanary([50]), timing: { ...timing, progressDeadlineMs: 800 } };
    const result = await scene.roll(site, { strategy });
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /^not done within 800ms: traffic to 50 % on 2 instances/);
    assert.deepEqual(await splitOf(site), stableOnly(nameOf('1.0.0')));
  });

  it('goes from good to bad to good: the bad one takes its step and no more', async () => {
    const site = await scene.installed();
    site.conducts.set('1.1.0', { errors: 0.5 });
    const patient = { strategy: aCanary([20, 50], 1_500) };
    assert.equal((await scene.roll(site, patient)).outcome, 'rolledBack');
    assert.deepEqual(site.weights(), [20]);
    const result = await scene.roll(site, {}, '1.2.0');
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(site.weights(), [20, 5, 25, 50, 100]);
    assert.deepEqual(await splitOf(site), stableOnly(nameOf('1.2.0')));
  });

  it('turns a candidate back when stable is asked for again', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, { strategy: aCanary([50], 10_000) });
    await scene.operator.rolling(site.target, 2, 50);
    await scene.operator.ask(site.target, aRequest('1.0.0'));
    assert.equal((await scene.operator.rolloutResult(id)).outcome, 'superseded');
    await scene.operator.targetIs(site.target, (view) => view.current === null);
    assert.deepEqual(await splitOf(site), stableOnly(nameOf('1.0.0')));
    assert.equal(site.started.get('1.0.0')?.size, 3, 'nothing is started for it');
  });
});
