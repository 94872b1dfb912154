/** Scenarios of analysis and steps that other projects go by, with their numbers in docs/scenarios.md, on a real cluster. */
import assert from 'node:assert/strict';
import type { HealthPolicy } from '../../src/domain/analysis/health-policy.js';
import type { WebhookGate } from '../../src/domain/rollout/strategy.js';
import { health } from '../support/builders.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { within } from '../support/kubernetes.js';
import { type ScenarioBed, startScenarios } from '../support/kubernetes-scenarios.js';
import {
  assertServed,
  assertUnharmed,
  at,
  canary,
  judged,
  servedFor,
  untilResumed,
} from '../support/kubernetes-shop.js';
import { type LocalServer, startServer } from '../unit/http/local-server.js';

const withinMs = 5000;
const headerRoute = { header: 'x-tester', value: 'yes' };
const { comparison: _, ...limits } = health;
/** Held to its limits alone: beside stable the doubtful ones here are bad enough to go back. */
const looks: HealthPolicy = { ...limits, intervalMs: 250 };
/** Nothing here is bad enough to go back, and nothing good enough to go on. */
const doubtful: HealthPolicy = {
  ...looks,
  errorRate: { rollBackAbove: 0.6, succeedBelow: 0.01 },
};

describeOnBed('analysis and steps in scenarios', function () {
  this.timeout(60_000);
  let scenarios: ScenarioBed;
  /** Takes every question and answers none. */
  let silence: LocalServer;
  before(async () => {
    silence = await startServer(() => undefined);
    scenarios = await startScenarios();
    const analysed = ['doubt', 'doubted', 'slow', 'gate', 'silent', 'waiting', 'pause'];
    await scenarios.open(...analysed, 'testers', 'reset', 'skip', 'uneven');
  });
  after(async () => {
    await scenarios?.stop();
    await silence?.close();
  });
  const shop = (service: string) => scenarios.shop(service);

  it('19 (TestCanaryInconclusiveBackgroundAnalysis): doubt holds, and a person goes on or back', async () => {
    scenarios.publish('1.3.1', { errorRate: 0.3 });
    const strategy = canary([at(50), judged(2000, 2500), at(70), untilResumed]);
    const ask = (service: string) => shop(service).ask('1.3.1', strategy, { health: doubtful });
    const loads = [shop('doubt').load(), shop('doubted').load()];
    const ids = await Promise.all([ask('doubt'), ask('doubted')]);
    const [goesOn, goesBack] = ids as [string, string];
    for (const [service, id] of [
      ['doubt', goesOn],
      ['doubted', goesBack],
    ] as const) {
      const { holding, weight } = await shop(service).holds(id);
      assert.match(holding ?? '', /requests failed .*, limit 1 %: E = .* ≥ 20/);
      assert.equal(weight, 50);
    }
    await shop('doubt').tell(goesOn, 'promote');
    await shop('doubt').weighs({ '1.0.0': 30, '1.3.1': 70 });
    await shop('doubt').tell(goesOn, 'promoteFull');
    assert.equal((await shop('doubt').end(goesOn)).outcome, 'promoted');
    await shop('doubted').tell(goesBack, 'abort');
    assert.equal((await shop('doubted').end(goesBack)).outcome, 'aborted');
    await shop('doubted').weighs({ '1.0.0': 100 });
    for (const load of loads) assertUnharmed(await load.stop(), '1.0.0');
  });

  it('19 (TestCanaryFailInlineMultipleAnalysis): one broken limit of several is enough', async () => {
    scenarios.publish('1.3.2', { latencyMs: 1400 });
    const load = shop('slow').load();
    const result = await shop('slow').roll('1.3.2', canary([at(20), judged(8000, 12_000)]));
    const backAtMs = Date.now();
    assert.equal(result.outcome, 'rolledBack', result.reason);
    assert.match(result.reason, /took longer than 1000 ms \(100 %\), limit 5 %/);
    await shop('slow').weighs({ '1.0.0': 100 });
    const account = await load.stop();
    assertUnharmed(account, '1.0.0', '1.3.2');
    assert.ok(servedFor(account, '1.3.2', backAtMs) < withinMs);
  });

  it('20 (LongRunningJobWithDeadline): a gate that never answers ends the rollout', async () => {
    const gate: WebhookGate = {
      ...{ url: `${silence.base}/may-we`, allowedHosts: ['127.0.0.1'], allowInsecure: true },
      ...{ timeoutMs: 500, retries: 2, retryDelayMs: 100 },
    };
    const load = shop('gate').load();
    const steps = canary([at(20), { kind: 'webhook', webhook: gate }, at(60), judged()]);
    const { outcome, reason, rolloutId } = await shop('gate').roll('1.1.0', steps);
    assert.equal(outcome, 'rolledBack');
    assert.match(reason, /did not answer within 500 ms/);
    await shop('gate').weighs({ '1.0.0': 100 });
    const kinds = (await shop('gate').kinds(rolloutId)).filter((kind) => kind !== 'verdictReached');
    assert.deepEqual(kinds, ['trafficShifted', 'gateAnswered', 'stableRestored']);
    assert.equal(silence.connections(), 3, 'asked as often as it allows');
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('20 (InvalidImageJob): an analysis that sees nothing ends as its policy says, never as passed', async () => {
    const loads = [shop('silent').load(), shop('waiting').load()];
    scenarios.blind.add('silent');
    const strategy = canary([at(20), judged(500, 2500), at(60), judged(500, 2500)]);
    const goesBack = shop('silent').roll('1.1.0', strategy, {
      health: { ...looks, onNoData: 'rollBack' },
    });
    const id = await shop('waiting').ask('1.1.0', strategy, {
      health: { ...looks, onNoData: 'hold' },
    });
    await shop('waiting').weighs({ '1.0.0': 80, '1.1.0': 20 });
    scenarios.blind.add('waiting');
    const { outcome, reason } = await goesBack;
    assert.equal(outcome, 'rolledBack');
    assert.match(reason, /the last look failed: no metrics/);
    const { holding, weight } = await shop('waiting').holds(id);
    assert.match(holding ?? '', /the last look failed: no metrics/);
    assert.equal(weight, 20);
    scenarios.blind.delete('waiting');
    await shop('waiting').tell(id, 'promote');
    const result = await shop('waiting').end(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    for (const load of loads) assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('20 (LongRunningJobWithDeadline): a timed pause that sees nothing ends by its policy', async () => {
    scenarios.blind.add('pause');
    const strategy = canary([at(20), { kind: 'pause', forMs: 500 }, at(60), judged()], {
      progressDeadlineMs: 4000,
    });
    const id = await shop('pause').ask('1.1.0', strategy, {
      health: { ...looks, onNoData: 'hold' },
    });
    const { holding } = await shop('pause').holds(id);
    assert.match(holding ?? '', /the last look failed: no metrics/);
    await shop('pause').tell(id, 'abort');
    await shop('pause').end(id);
  });

  it('24 (TestIstioHostHeaderRoute): testers come first and only until their step or a full promotion ends', async () => {
    const testers = shop('testers');
    const led = [{ kind: 'headerRoute', route: headerRoute }, untilResumed] as const;
    const first = await testers.ask(
      '1.1.0',
      canary([...led, { kind: 'headerRoute', route: null }, at(50), untilResumed]),
    );
    await testers.holds(first);
    assert.ok((await testers.shown()).testers);
    await within('testers are led', 5000, async () => {
      return (await testers.answerTo({ 'x-tester': 'yes' })) === '1.1.0';
    });
    assert.equal(await testers.answerTo({}), '1.0.0');
    await testers.tell(first, 'resume');
    await testers.weighs({ '1.0.0': 50, '1.1.0': 50 });
    assert.ok(!(await testers.shown()).testers);
    await testers.tell(first, 'abort');
    await testers.end(first);
    const second = await testers.retry(2);
    await testers.holds(second);
    assert.ok((await testers.shown()).testers);
    await testers.tell(second, 'promoteFull');
    assert.equal((await testers.end(second)).outcome, 'promoted');
    const { testers: left, weights } = await testers.shown();
    assert.deepEqual([left, weights['1.1.0']], [false, 100]);
  });

  it('26 (DeploymentNewRevisionReset): a newer version mid-way begins at nothing, and its counts with it', async () => {
    const reset = shop('reset');
    scenarios.publish('1.6.0', { errorRate: 0.2 });
    const load = reset.load();
    const second = await reset.ask('1.6.0', canary([at(50), untilResumed]), { health: doubtful });
    await reset.holds(second);
    const end = reset.follow();
    const third = await reset.ask('1.7.0', canary([at(20), judged(), untilResumed]), {
      ...{ candidate: scenarios.publish('1.7.0'), queuePolicy: 'latestWins' },
    });
    assert.equal((await reset.end(second)).outcome, 'superseded');
    const { verdict } = await reset.holds(third);
    assert.equal(verdict?.kind, 'pass');
    assert.match(verdict?.reason ?? '', /: 0 of \d+ requests failed/);
    assert.ok(
      (await end()).some(({ weights }) => weights['1.0.0'] === 100),
      'back to nothing first',
    );
    await reset.tell(third, 'promoteFull');
    assert.equal((await reset.end(third)).outcome, 'promoted');
    assertUnharmed(await load.stop(), '1.0.0', '1.7.0');
  });

  it('33 (test-skip-analysis): a version that never starts fails though analysis is passed over, stable untouched', async () => {
    const skip = shop('skip');
    const digest = `sha256:${'0'.repeat(64)}`;
    const load = skip.load();
    const end = skip.follow();
    const id = await skip.ask('9.9.9', canary([at(20), judged()], { progressDeadlineMs: 4000 }), {
      candidate: { version: '9.9.9', digest },
    });
    await skip.waits('its pod is asked for', ({ wanted }) => wanted['9.9.9'] === 1);
    await skip.tell(id, 'promoteFull');
    const { outcome, reason } = await skip.end(id);
    assert.equal(outcome, 'rolledBack');
    assert.match(reason, /not (ready|done) within/);
    const seen = await end();
    assertServed(seen, '1.0.0', 2);
    assert.ok(seen.every(({ weights }) => (weights['9.9.9'] ?? 0) === 0));
    await skip.waits('no bad pod is left', ({ wanted }) => wanted['9.9.9'] === undefined);
    assertUnharmed(await load.stop(), '1.0.0');
  });

  it('35 (linkerd/test-steps): uneven steps are taken as they are written', async () => {
    const uneven = shop('uneven');
    const load = uneven.load();
    const steps = [at(5), judged(300), at(13), judged(300), at(50), judged(300)];
    const result = await uneven.roll('1.1.0', canary(steps));
    assert.equal(result.outcome, 'promoted', result.reason);
    const shifts = (await uneven.record(result.rolloutId)).filter(
      ({ kind }) => kind === 'trafficShifted',
    );
    const weights = shifts.map(({ data }) => (data['split'] as { weight: number }).weight);
    assert.deepEqual(weights, [5, 13, 50, 100]);
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });
});
