/** Rollbacks on the playground: real processes of the example service behind its proxy. */
import { defaultHealthPolicy } from '../../src/domain/analysis/health-policy.js';
import { type Revision, revisionName } from '../../src/domain/rollout/revision.js';
import { startTimedLoad } from '../support/load-account.js';
import { askFor, canaryOf, resultOf } from '../support/local-rollouts.js';
import { eventually, startLocalStack } from '../support/local-stack.js';
import { analysisMs, perSecond, type RollbackBench } from './rollback-bench.js';

const target = { service: 'checkout', environment: 'production' };

export async function startPlaygroundBench(): Promise<RollbackBench> {
  const stack = await startLocalStack();
  const stable = stack.release('1.0.0');
  const bad = stack.release('1.2.0', { errorRate: 0.3 });
  const candidate = revisionName(bad);
  const roll = async (revision: Revision, name: string) => {
    const health = { ...defaultHealthPolicy, intervalMs: 1000 };
    const strategy = canaryOf([20], analysisMs);
    const change = { strategy, health, requestId: name, requestedBy: 'bench', reason: name };
    return resultOf(stack, await askFor(stack, target, revision, change), 120_000);
  };
  return {
    ...{ candidate, ledger: stack.ledger },
    async install() {
      await roll(stable, 'install');
      const { url } = await stack.platform.router.readSplit(target);
      return startTimedLoad(`${url}/`, perSecond);
    },
    rollBad: (requestId) => roll(bad, requestId),
    untilGone: () =>
      eventually(
        'the candidate is gone',
        async () => {
          const there = await stack.platform.workload.readRevisions(target);
          return there.every(({ name }) => name !== candidate);
        },
        20_000,
      ).then(() => undefined),
    stop: () => stack.stop(),
  };
}
