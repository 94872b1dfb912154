/** Rollbacks on the test bed: a real API server and gateway, the load straight on the gateway. */
import { defaultHealthPolicy } from '../../src/domain/analysis/health-policy.js';
import type { CanaryStrategy } from '../../src/domain/rollout/strategy.js';
import { startTimedLoad } from '../support/load-account.js';
import { nameOf, startKubernetesRollouts } from '../support/kubernetes-rollouts.js';
import { gatewayLoad } from '../support/gateway-load.js';
import { until } from '../support/platform-under-test.js';
import { shortTiming } from '../support/local-rollouts.js';
import { analysisMs, perSecond, type RollbackBench } from './rollback-bench.js';

const strategy: CanaryStrategy = {
  kind: 'canary',
  steps: [
    { kind: 'setWeight', weight: 20 },
    { kind: 'analysis', forMs: analysisMs, deadlineMs: analysisMs + 300_000 },
  ],
  timing: shortTiming,
};

export async function startKubernetesBench(): Promise<RollbackBench> {
  const scene = await startKubernetesRollouts();
  const { kubernetes, engine, target } = scene;
  const candidate = nameOf('1.2.0');
  const health = { ...defaultHealthPolicy, intervalMs: 1000 };
  return {
    ...{ candidate, ledger: engine.ports.ledger },
    async install() {
      const { outcome, reason } = await scene.roll('1.0.0');
      if (outcome !== 'promoted') throw new Error(`the good version was not installed: ${reason}`);
      const { url, options } = gatewayLoad(kubernetes.namespace, target);
      return startTimedLoad(url, perSecond, options);
    },
    rollBad: (requestId) => scene.roll('1.2.0', analysisMs, { requestId, strategy, health }),
    untilGone: () =>
      until(kubernetes, async () => {
        const there = await kubernetes.workload.readRevisions(target);
        return there.every(({ name }) => name !== candidate);
      }),
    stop: () => scene.stop(),
  };
}
