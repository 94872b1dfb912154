/** Rollbacks on a real cluster of rollouts that wait: for a gate that hangs, for a person; and while no metrics can be read. */
import type { CanaryStep, WebhookGate } from '../../src/domain/rollout/strategy.js';
import { describeRefusals } from '../support/describe-refusals.js';
import { at, judged, untilResumed } from '../support/kubernetes-shop.js';
import { within } from '../support/kubernetes.js';
import type { DoorState } from '../support/metrics-door.js';
import {
  abort,
  badMetrics,
  type Cell,
  type Refusals,
  type Scene,
  startRefusals,
} from '../support/refusals.js';
import { type LocalServer, startServer } from '../unit/http/local-server.js';

const phaseIs = ({ shop, id }: Scene, phase: string) =>
  within(`${id} is ${phase}`, 10_000, async () => (await shop.view(id)).phase === phase);

describeRefusals('rollouts that wait', function () {
  this.timeout(90_000);
  let refusals: Refusals;
  /** Takes every question and answers none. */
  let silence: LocalServer;
  before(async () => {
    silence = await startServer(() => undefined);
    refusals = await startRefusals('first', 'second', 'third');
  });
  after(async () => {
    await refusals?.stop();
    await silence?.close();
  });

  for (const [state, obstacle] of [
    ['refusing', 'metrics refuse connections'],
    ['silent', 'metrics never answer'],
  ] as const satisfies readonly (readonly [DoorState, string])[]) {
    it(`go back while ${obstacle}`, async () => {
      // One door for all: it is opened when the last is back.
      let waiting = 2;
      const shut: Pick<Cell, 'obstacle' | 'hinder' | 'relieve'> = {
        obstacle,
        hinder: async ({ door }) => door.set(state),
        async relieve({ door }) {
          waiting -= 1;
          if (waiting === 0) door.set('open');
        },
      };
      await refusals.together({
        first: { ...abort, ...shut },
        second: {
          ...shut,
          ...{ trigger: 'probes', outcome: 'rolledBack', reason: /of its health probes, limit 3/ },
          steps: [{ kind: 'setScale', instances: 2 }, at(20), judged(60_000, 90_000)],
          async pull(scene) {
            const { shop, candidate } = scene;
            await shop.behave(candidate, { healthz: false });
            const unready = async () => ((await shop.shown()).ready[candidate] ?? 0) === 0;
            await within('the candidate is unready', 10_000, unready);
            scene.mark();
          },
          // Nobody is there to answer the candidate's share until the route is back.
          unharmed: () => undefined,
        },
      });
    });
  }

  it('go back while a gate hangs, and while somebody has paused them', async () => {
    const webhook: WebhookGate = {
      url: `http://127.0.0.1:${silence.port}/gate`,
      ...{ allowedHosts: ['127.0.0.1'], allowInsecure: true },
      ...{ timeoutMs: 10_000, retries: 3, retryDelayMs: 1000 },
    };
    const asks: readonly CanaryStep[] = [at(20), { kind: 'webhook', webhook }];
    const gate: Pick<Cell, 'obstacle' | 'steps' | 'hinder'> = {
      ...{ obstacle: 'a gate never answers', steps: asks },
      hinder: () => within('the gate was asked', 10_000, async () => silence.connections() > 0),
    };
    await refusals.together({
      first: { ...badMetrics, ...gate },
      second: { ...abort, ...gate },
      third: {
        ...{ ...badMetrics, obstacle: 'an endless pause', steps: [at(20), untilResumed] },
        hinder: (scene) => phaseIs(scene, 'Holding'),
      },
    });
    const paused: Pick<Cell, 'obstacle' | 'hinder'> = {
      obstacle: 'paused by a person',
      async hinder(scene) {
        await scene.shop.tell(scene.id, 'pause');
        await phaseIs(scene, 'Holding');
      },
    };
    await refusals.together({
      first: { ...badMetrics, ...paused },
      second: { ...abort, ...paused },
    });
    await refusals.goOn();
  });
});
