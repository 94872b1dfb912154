/** Commands to a rollout on a real Temporal server: in every phase of it, and what is left behind. */
import assert from 'node:assert/strict';
import { createMemoryGate } from '../../src/adapters/memory/gate.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import type { CanaryStep } from '../../src/domain/rollout/strategy.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRevision, health, timing } from '../support/builders.js';
import { by, refusal, until } from '../support/operator.js';
import { readHistory } from '../support/rollout-history.js';
import { type Scene, type Site, startScene } from '../support/rollout-driver.js';

const nameOf = (version: string) => revisionName(aRevision(version));
const at = (weight: number): CanaryStep => ({ kind: 'setWeight', weight });
const untilResumed: CanaryStep = { kind: 'pause', forMs: null };
const canaryOf = (...steps: readonly CanaryStep[]) =>
  ({ strategy: { kind: 'canary', steps, timing } }) as const;
const webhook: CanaryStep = {
  kind: 'webhook',
  webhook: {
    ...{ url: 'https://gate.example/ask', allowedHosts: ['gate.example'], allowInsecure: false },
    ...{ timeoutMs: 500, retries: 1_000, retryDelayMs: 100 },
  },
};

let scene: Scene;
before(async () => {
  // Whoever asks the webhook is told no, again and again.
  const gate = createMemoryGate((_url, kind) => (kind === 'webhook' ? 409 : 200));
  scene = await startScene({ gate });
});
after(() => scene.stop());

const splitOf = (site: Site) => scene.operator.splitOf(site.target);

/** Brings a rollout into a phase and returns its id. */
type Phase = (site: Site) => Promise<string>;

const deploying: Phase = async (site) => {
  site.conducts.set('1.1.0', { startMs: null });
  const id = await scene.begin(site);
  await scene.operator.rolloutIs(id, () => site.instances('1.1.0').length > 0);
  return id;
};
const gateWaiting: Phase = async (site) => {
  const id = await scene.begin(site, canaryOf(at(25), webhook));
  await scene.operator.rolloutIs(id, (view) => view.position === 1);
  return id;
};
const analysing = async (site: Site, strategy = aCanary([25], 20_000)): Promise<string> => {
  const id = await scene.begin(site, { strategy });
  // From then on the rollout knows that the platform has the weight.
  await scene.operator.rolloutIs(id, (view) => view.commands.includes('promote'));
  return id;
};
const paused: Phase = async (site) => {
  const id = await scene.begin(site, canaryOf(at(25), untilResumed));
  await scene.operator.rolloutIs(id, (view) => view.commands.includes('resume'));
  return id;
};
const pausedByHand: Phase = async (site) => {
  const id = await analysing(site);
  await scene.operator.tell(id, updateNames.pause);
  return id;
};
const holding: Phase = async (site) => {
  site.load = 0;
  const analysis = { kind: 'analysis', forMs: 50, deadlineMs: 100 } as const;
  const id = await scene.begin(site, canaryOf(at(25), analysis));
  await scene.operator.rolloutIs(id, (view) => view.holding !== null);
  return id;
};
const promoting: Phase = async (site) => {
  site.fault = (write) =>
    write.kind === 'split' && write.split.stable === nameOf('1.1.0')
      ? new Error('connection refused')
      : null;
  const id = await scene.begin(site, { strategy: aCanary([25], 50) });
  await scene.operator.rolloutIs(id, (view) => view.phase === 'Promoting');
  return id;
};

describe('abort', () => {
  const phases = { deploying, gateWaiting, analysing, paused, pausedByHand, holding, promoting };
  for (const [phase, reach] of Object.entries(phases)) {
    it(`while ${phase}: all traffic to stable, which never shrank`, async () => {
      const site = await scene.installed();
      const stable = site.instances('1.0.0').map(({ id }) => id);
      const id = await reach(site);
      await scene.operator.tell(id, updateNames.abort);
      const result = await scene.operator.rolloutResult(id);
      assert.deepEqual([result.outcome, result.reason], ['aborted', 'aborted by ann: because']);
      assert.deepEqual(await splitOf(site), stableOnly(nameOf('1.0.0')));
      assert.deepEqual(
        site.instances('1.0.0').map((instance) => instance.id),
        stable,
      );
      assert.equal(site.lost, 0);
      // What was still under way must not come after it.
      site.fault = null;
      const weights = site.weights().length;
      scene.engine.platform.world.advance(1_000);
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(site.weights().length, weights);
      assert.match(
        await refusal(scene.operator.tell(id, updateNames.resume)),
        /not found|ended|completed/,
      );
    });
  }

  it('is followed by a retry from the first step, which promotes', async () => {
    const site = await scene.installed();
    const id = await analysing(site);
    await scene.operator.tell(id, updateNames.abort);
    await scene.operator.rolloutResult(id);
    const { rolloutId } = await scene.operator.tell<{ rolloutId: string }>(
      `target:${site.target.service}:production`,
      updateNames.retryRollout,
      { ...by, n: 2 },
    );
    for (const weight of [25, 100]) {
      await scene.operator.rolloutIs(
        rolloutId,
        (view) => view.weight === weight && view.commands.includes('promote'),
      );
      await scene.operator.tell(rolloutId, updateNames.promote);
    }
    const result = await scene.operator.rolloutResult(rolloutId);
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(site.weights(), [25, 25, 100]);
  });
});

describe('promote', () => {
  it('passes over the rest of one step only', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, {
      ...canaryOf(at(25), { kind: 'pause', forMs: 60_000 }, at(50), untilResumed),
    });
    await scene.operator.rolloutIs(id, (view) => view.commands.includes('promote'));
    await scene.operator.tell(id, updateNames.promote);
    await scene.operator.rolloutIs(id, (view) => view.commands.includes('resume'));
    assert.deepEqual(site.weights(), [25, 50]);
    await scene.operator.tell(id, updateNames.resume);
    assert.equal((await scene.operator.rolloutResult(id)).outcome, 'promoted');
  });

  it('from a hold goes on with the person as the reason', async () => {
    const site = await scene.installed();
    const id = await holding(site);
    await scene.operator.tell(id, updateNames.promote);
    const result = await until(
      'a hold at the last weight too',
      () => scene.operator.rolloutView(id),
      (view) => view.holding !== null && view.weight === 100,
    );
    assert.match(result.holding ?? '', /^0 requests/);
    await scene.operator.tell(id, updateNames.promote);
    const { outcome, reason } = await scene.operator.rolloutResult(id);
    assert.equal(outcome, 'promoted');
    assert.equal(reason, '"traffic to 100 % on 3 instances" was cut short by ann: because');
  });

  it('is no reason any more once a later analysis has passed', async () => {
    const site = await scene.installed();
    const id = await analysing(site, aCanary([25, 50], 1_000));
    await scene.operator.tell(id, updateNames.promote);
    const { outcome, reason } = await scene.operator.rolloutResult(id);
    assert.equal(outcome, 'promoted');
    assert.match(reason, /^no evidence of harm|^limits clearly kept/);
  });
});

describe('promote in full', () => {
  const phases = { gateWaiting, analysing, paused, pausedByHand, holding };
  for (const [phase, reach] of Object.entries(phases)) {
    it(`while ${phase}: at once at full scale, with the person's reason on record`, async () => {
      const site = await scene.installed();
      const id = await reach(site);
      const { activities: before } = await readHistory(scene.engine.client, id);
      await scene.operator.tell(id, updateNames.promoteFull);
      const result = await scene.operator.rolloutResult(id);
      assert.equal(result.outcome, 'promoted');
      assert.match(result.reason, /promoted in full by ann: because/);
      assert.deepEqual(site.weights(), [25, 100]);
      assert.equal(site.instances('1.1.0').length, 3);
      const { activities } = await readHistory(scene.engine.client, id);
      const after = activities.slice(before.length).map(({ type }) => type);
      assert.deepEqual(
        after.filter((type) => type !== 'recordEvents'),
        ['shiftTraffic', 'promoteCandidate'],
        'no gate is asked, nothing is watched',
      );
      const events = await scene.engine.ports.ledger.read({ subject: id, limit: 100 });
      const command = events.find(({ data }) => data.command === 'promoteFull');
      assert.deepEqual([command?.actor, command?.reason], ['ann', 'because']);
    });
  }

  it('waits for readiness all the same', async () => {
    const site = await scene.installed();
    site.conducts.set('1.1.0', { startMs: 600 });
    const id = await scene.begin(site, { strategy: aCanary([25], 20_000), health });
    await scene.operator.rolloutIs(id, () => site.instances('1.1.0').length > 0);
    await scene.operator.tell(id, updateNames.promoteFull);
    const result = await scene.operator.rolloutResult(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(site.weights(), [100]);
    assert.equal(site.lost, 0);
  });
});
