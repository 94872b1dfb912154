/** Rollbacks on a real cluster whose worker is killed: a process of its own, which reads where the cluster is from sluice.yaml. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeRefusals } from '../support/describe-refusals.js';
import { type KubernetesWorker, startKubernetesWorker } from '../support/kubernetes-worker.js';
import { within } from '../support/kubernetes.js';
import { abort, badMetrics, type Refusals, startRefusals } from '../support/refusals.js';

const withinMs = 30_000;
const restartMs = 1000;

describeRefusals('the worker is killed', function () {
  this.timeout(180_000);
  let refusals: Refusals;
  let worker: KubernetesWorker;
  before(async () => {
    refusals = await startRefusals('bad', 'writing');
    worker = await startKubernetesWorker(refusals.bed, refusals.door.url);
  });
  after(async () => {
    await worker?.stop();
    await refusals?.stop();
  });

  it('while a bad candidate has traffic, and in the midst of a write of the way back', async () => {
    let isWriting = false;
    let isBad = false;
    const writing = async () => isWriting;
    const killed = within('both are where they are to be', 40_000, async () => isBad).then(() =>
      worker.process.kill(),
    );
    const restarted = killed.then(() => sleep(restartMs)).then(() => worker.process.start());
    await refusals.together({
      bad: {
        ...{ ...badMetrics, obstacle: 'worker killed, back after 1 s', withinMs },
        async pull(scene) {
          await within('the other is being written', 20_000, writing);
          await badMetrics.pull(scene);
          isBad = true;
          await killed;
          scene.mark();
        },
      },
      writing: {
        ...{ ...abort, obstacle: 'worker killed while it writes the way back', withinMs },
        async pull(scene) {
          const { proxy, shop } = scene;
          const path = new RegExp(`/httproutes/${shop.target.service}\\b`);
          const held = proxy.spoil({ methods: ['PATCH'], path, fault: { kind: 'swallow' } });
          await abort.pull(scene);
          await within('the way back is being written', 5000, async () => held.met > 0);
          isWriting = true;
          await killed;
          held.end();
          scene.mark();
        },
      },
    });
    await restarted;
    await refusals.goOn();
  });
});
