/** Rollbacks on a real cluster while pods are unready or gone, of stable and of the candidate. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CanaryStep } from '../../src/domain/rollout/strategy.js';
import { describeRefusals } from '../support/describe-refusals.js';
import { at, judged } from '../support/kubernetes-shop.js';
import { within } from '../support/kubernetes.js';
import type { LoadAccount } from '../support/load-account.js';
import {
  abort,
  badMetrics,
  type Cell,
  type Refusals,
  type Scene,
  startRefusals,
} from '../support/refusals.js';

type Side = 'stable' | 'candidate';

/** So many pods of a revision say by their probes that they are not well, and answer all the same. */
async function sicken(scene: Scene, side: Side, count: number): Promise<void> {
  const version = scene[side];
  for (const { status } of (await scene.shop.pods(version)).slice(0, count)) {
    await tell(status?.podIP, { healthz: false });
  }
}

async function tell(podIp: string | undefined, behaviour: object): Promise<void> {
  const body = JSON.stringify(behaviour);
  const answer = await fetch(`http://${podIp}:8080/admin/behaviour`, { method: 'POST', body });
  assert.ok(answer.ok);
}

const readyOf = async ({ shop, ...scene }: Scene, side: Side) =>
  (await shop.shown()).ready[scene[side]] ?? 0;
const unready = (scene: Scene, side: Side, left: number) =>
  within(`${left} ready pods of ${side}`, 10_000, async () => {
    return (await readyOf(scene, side)) === left;
  });
const recover = async (scene: Scene) => {
  await scene.shop.behave(scene.stable, { healthz: true });
  await within('stable is ready', 10_000, async () => (await readyOf(scene, 'stable')) === 2);
};

/** At 20 % of two one would be enough. */
const twoPods: readonly CanaryStep[] = [
  { kind: 'setScale', instances: 2 },
  at(20),
  judged(60_000, 90_000),
];
const oneStableUnready: Pick<Cell, 'obstacle' | 'hinder' | 'relieve'> = {
  obstacle: 'one of two stable pods unready',
  async hinder(scene) {
    await sicken(scene, 'stable', 1);
    await unready(scene, 'stable', 1);
  },
  relieve: recover,
};
/** No pod of the revision is ready, so the gateway has nobody to send its share to and says 503. */
const nobodyThere =
  (side: Side) =>
  (account: LoadAccount, scene: Scene): void => {
    const { failed = {} } = account.revisions.get('proxy') ?? {};
    assert.deepEqual(
      Object.keys(failed).filter((status) => !/^50[234]$/.test(status)),
      [],
    );
    const other = side === 'stable' ? scene.candidate : scene.stable;
    assert.deepEqual(account.revisions.get(other)?.failed ?? {}, {}, `${other} failed`);
    assert.deepEqual(account.broken, {});
  };

describeRefusals('pods', function () {
  this.timeout(90_000);
  let refusals: Refusals;
  before(async () => {
    refusals = await startRefusals('first', 'second', 'third');
  });
  after(() => refusals?.stop());

  it('unready pods of stable are not waited for', async () => {
    await refusals.together({
      first: { ...badMetrics, ...oneStableUnready },
      second: { ...abort, ...oneStableUnready },
      third: {
        ...{ ...abort, obstacle: 'all stable pods unready' },
        async hinder(scene) {
          await sicken(scene, 'stable', 2);
          await unready(scene, 'stable', 0);
        },
        relieve: recover,
        unharmed: nobodyThere('stable'),
      },
    });
  });

  it('unready pods of the candidate take it back, and do not stand in the way', async () => {
    await refusals.together({
      first: {
        ...{ obstacle: 'one of two candidate pods unready', trigger: 'probes' },
        outcome: 'rolledBack',
        reason: /failed \d+ in a row of its health probes, limit 3/,
        steps: twoPods,
        async pull(scene) {
          await sicken(scene, 'candidate', 1);
          await unready(scene, 'candidate', 1);
          scene.mark();
        },
      },
      second: {
        ...{ obstacle: 'all candidate pods unready', trigger: 'probes or silence' },
        outcome: 'rolledBack',
        steps: twoPods,
        async pull(scene) {
          await sicken(scene, 'candidate', 2);
          await unready(scene, 'candidate', 0);
          scene.mark();
        },
        unharmed: nobodyThere('candidate'),
      },
      third: {
        ...{ ...abort, obstacle: 'one of two candidate pods unready' },
        steps: twoPods,
        async hinder(scene) {
          await sicken(scene, 'candidate', 1);
          await unready(scene, 'candidate', 1);
        },
      },
    });
  });

  it('pods of the candidate that are gone take it back, and do not stand in the way', async () => {
    await refusals.together({
      first: {
        ...{ obstacle: 'candidate pods deleted', trigger: 'silence' },
        outcome: 'rolledBack',
        // They answer until they end, and others are there within a second or two, and well.
        async pull(scene) {
          const { shop, candidate } = scene;
          let isGone = false;
          for (let n = 0; n < 16; n += 1, await sleep(250)) {
            await shop.deletePods(candidate);
            if (isGone || (await readyOf(scene, 'candidate')) > 0) continue;
            isGone = true;
            scene.mark();
          }
        },
        unharmed: nobodyThere('candidate'),
      },
      second: {
        ...{ ...abort, obstacle: 'candidate pods deleted' },
        hinder: ({ shop, candidate }) => shop.deletePods(candidate),
        unharmed: nobodyThere('candidate'),
      },
      third: {
        ...{ obstacle: 'candidate pods keep exiting', trigger: 'errors or restarts' },
        outcome: 'rolledBack',
        async pull({ shop, candidate }) {
          // One that is not back yet has nobody to tell.
          for (let n = 0; n < 12; n += 1, await sleep(300)) {
            await shop.behave(candidate, { exit: 1 }).catch(() => null);
          }
        },
        unharmed: nobodyThere('candidate'),
      },
    });
    await refusals.goOn();
  });
});
