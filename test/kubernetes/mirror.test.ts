/** Copies of users' requests for a candidate that no user meets yet, by a TraefikService under real traffic. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CustomObjectsApi } from '@kubernetes/client-node';
import { revisionName } from '../../src/domain/rollout/revision.js';
import type { CanaryStep } from '../../src/domain/rollout/strategy.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { within } from '../support/kubernetes.js';
import { type ScenarioBed, startScenarios } from '../support/kubernetes-scenarios.js';
import {
  assertUnharmed,
  at,
  canary,
  judged,
  type Shop,
  untilResumed,
} from '../support/kubernetes-shop.js';
import type { LoadAccount } from '../support/load-account.js';

const mirror = (percent: number, forMs: number): CanaryStep => ({
  ...{ kind: 'mirror', percent, forMs, deadlineMs: forMs + 8000 },
});
const services = ['copied', 'failing', 'hanging', 'aborted', 'superseded'];

interface Weighing {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly weighted?: { readonly services: readonly { readonly name: string }[] };
  };
}

describeOnBed('copies of requests', function () {
  this.timeout(60_000);
  let scenarios: ScenarioBed;
  before(async () => {
    scenarios = await startScenarios({ traefikService: true });
    await scenarios.open(...services);
  });
  after(() => scenarios?.stop());
  const shop = (service: string) => scenarios.shop(service);

  /** Answers of the version that the gateway has counted, copies too. */
  async function counted({ target }: Shop, version: string): Promise<number> {
    const { metrics } = scenarios.engine.ports.platforms[scenarios.platform] ?? assert.fail();
    const name = revisionName(scenarios.revision(version));
    const [counters] = await metrics.readCounters(target, [name]);
    return (counters?.instances ?? []).reduce((sum, { requests }) => sum + requests, 0);
  }

  /** The TraefikServices of a service: its own, and what copies beside it. */
  async function weighing({ target: { service } }: Shop): Promise<readonly Weighing[]> {
    const custom = scenarios.bed.admin.makeApiClient(CustomObjectsApi);
    const { items } = (await custom.listNamespacedCustomObject({
      ...{ group: 'traefik.io', version: 'v1alpha1', plural: 'traefikservices' },
      namespace: scenarios.namespace,
    })) as { items: readonly Weighing[] };
    return items.filter(({ metadata }) => metadata.name.startsWith(service));
  }

  function assertUnmet(account: LoadAccount, version: string): void {
    assertUnharmed(account, '1.0.0');
    assert.equal(account.revisions.get(version), undefined, `users met ${version}`);
  }

  /** All traffic by stable's Service, and nothing is left that copies. */
  async function assertBack(one: Shop): Promise<void> {
    const [own, ...others] = await weighing(one);
    assert.deepEqual(others, []);
    const names = own?.spec.weighted?.services.map(({ name }) => name);
    assert.equal(names?.length, 1);
    assert.match(names?.[0] ?? '', /-1-0-0-|-1\.0\.0-/);
  }

  it('go to the candidate while users are answered by stable alone, and end before the next step', async () => {
    const copied = shop('copied');
    const load = copied.load();
    const steps = [mirror(50, 2000), untilResumed, at(20), judged()];
    const id = await copied.ask('1.1.0', canary(steps));
    await within('copies are counted', 15_000, async () => (await counted(copied, '1.1.0')) > 5);
    const { phase, weight } = await copied.view(id);
    assert.deepEqual([phase, weight], ['Analysing', 0]);
    assert.equal((await weighing(copied)).length, 2);
    const { verdict } = await copied.holds(id);
    assert.equal(verdict?.kind, 'pass');
    assert.match(verdict?.reason ?? '', /0 of \d+ requests failed/);
    assertUnmet(await load.take(), '1.1.0');
    assert.equal((await weighing(copied)).length, 1, 'what copies is gone');
    const copies = await counted(copied, '1.1.0');
    assert.ok(copies >= 40, `${copies} copies of 60 requests a second in 2 s at 50 %`);
    await sleep(500);
    assert.equal(await counted(copied, '1.1.0'), copies, 'copies go on');
    await copied.tell(id, 'resume');
    const result = await copied.end(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    assertUnharmed(await load.stop(), '1.0.0', '1.1.0');
  });

  it('take a candidate back that fails them, and no user has met it', async () => {
    scenarios.publish('1.3.3', { errorRate: 0.5 });
    const failing = shop('failing');
    const load = failing.load();
    const result = await failing.roll('1.3.3', canary([mirror(50, 20_000), at(20), judged()]));
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /\d+ of \d+ requests failed/);
    assert.ok((await counted(failing, '1.3.3')) > 0);
    await assertBack(failing);
    assertUnmet(await load.stop(), '1.3.3');
  });

  it('take a candidate back that answers none of them, and hold nobody up', async () => {
    const hanging = shop('hanging');
    const load = hanging.load();
    const id = await hanging.ask('1.1.0', canary([mirror(50, 30_000), at(20), judged()]));
    await within('copies are counted', 15_000, async () => (await counted(hanging, '1.1.0')) > 5);
    await hanging.behave('1.1.0', { hang: true });
    const { outcome, reason } = await hanging.end(id);
    assert.equal(outcome, 'rolledBack', reason);
    await assertBack(hanging);
    assertUnmet(await load.stop(), '1.1.0');
  });

  it('end when a person aborts', async () => {
    const aborted = shop('aborted');
    const load = aborted.load();
    const id = await aborted.ask('1.1.0', canary([mirror(100, 60_000), at(20), judged()]));
    await within('copies are counted', 15_000, async () => (await counted(aborted, '1.1.0')) > 5);
    await aborted.tell(id, 'abort');
    assert.equal((await aborted.end(id)).outcome, 'aborted');
    await assertBack(aborted);
    assertUnmet(await load.stop(), '1.1.0');
  });

  it('end when a newer version takes over, which begins with copies of its own', async () => {
    const superseded = shop('superseded');
    const load = superseded.load();
    const strategy = canary([mirror(30, 60_000), at(20), judged()]);
    const second = await superseded.ask('1.1.0', strategy);
    await within('copies', 15_000, async () => (await counted(superseded, '1.1.0')) > 5);
    const third = await superseded.ask('1.7.0', strategy, {
      ...{ candidate: scenarios.publish('1.7.0'), queuePolicy: 'latestWins' },
    });
    assert.equal((await superseded.end(second)).outcome, 'superseded');
    await within('copies', 15_000, async () => (await counted(superseded, '1.7.0')) > 5);
    const before = await counted(superseded, '1.1.0');
    await sleep(500);
    assert.equal(await counted(superseded, '1.1.0'), before);
    await superseded.tell(third, 'abort');
    assert.equal((await superseded.end(third)).outcome, 'aborted');
    await assertBack(superseded);
    const account = await load.stop();
    assertUnmet(account, '1.1.0');
    assertUnmet(account, '1.7.0');
  });
});
