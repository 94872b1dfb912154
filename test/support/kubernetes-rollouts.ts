/** Rollouts by the real engine on the bed: one target, steady load, and what became of it. */
import type { KubernetesPlatformOptions } from '../../src/adapters/kubernetes/platform.js';
import type { TargetKey } from '../../src/domain/names.js';
import type { RolloutRequest } from '../../src/domain/rollout/request.js';
import type { RolloutResult } from '../../src/domain/rollout/view.js';
import { aCanary, aRequest, health, timing, workload } from './builders.js';
import { type EngineUnderTest, startEngine } from './engine-under-test.js';
import { type KubernetesUnderTest, startKubernetesPlatform } from './kubernetes-platform.js';
import { type LoadAccount, startTimedLoad } from './load-account.js';
import { checkoutRevision } from './platform-under-test.js';

export const rps = 200;
const platform = 'eu';
const leaving = {
  ...timing,
  keepWarmMs: 500,
  abortScaleDownDelayMs: 500,
  progressDeadlineMs: 30_000,
};

/** Revision name of a version of the example service. */
export const nameOf = (version: string) => checkoutRevision(version).name;

export const failedOf = (account: LoadAccount, version: string) =>
  account.revisions.get(nameOf(version))?.failed ?? {};

export interface KubernetesRollouts {
  readonly kubernetes: KubernetesUnderTest;
  readonly engine: EngineUnderTest;
  readonly target: TargetKey;
  /** A canary of 20 % and 50 %, analysed for `forMs` each, to its end. */
  roll(version: string, forMs?: number, change?: Partial<RolloutRequest>): Promise<RolloutResult>;
  /** Sends steady load before, during and some seconds after the act. */
  underLoad<Result>(
    act: () => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly account: LoadAccount }>;
  stop(): Promise<void>;
}

/**
 * The Deployment that is there before runs 1.0.0 by its digest, twice.
 * @param metrics where counters are read; left out: at the gateway itself
 */
export async function startKubernetesRollouts(
  metrics?: KubernetesPlatformOptions['router']['metrics'],
): Promise<KubernetesRollouts> {
  const { version, digest } = checkoutRevision('1.0.0');
  const kubernetes = await startKubernetesPlatform(
    `sluice.test/checkout:${version}@${digest}`,
    2,
    metrics,
  );
  const engine = await startEngine({ platforms: { [platform]: kubernetes } });
  const target: TargetKey = { service: 'checkout', environment: 'production' };

  /** The receipt comes before the rollout has begun. */
  async function waitFor(id: string): Promise<RolloutResult> {
    const handle = engine.client.workflow.getHandle(id);
    for (let n = 0; n < 200; n += 1) {
      if (await handle.describe().catch(() => null)) return handle.result();
      await kubernetes.pass(25);
    }
    throw new Error(`${id} never began`);
  }

  return {
    ...{ kubernetes, engine, target },
    async roll(version, forMs = 1500, change = {}) {
      const { name: _, ...candidate } = checkoutRevision(version);
      const request = aRequest(version, {
        ...{ candidate, platform, workload: { ...workload, instances: 2 } },
        strategy: { ...aCanary([20, 50], forMs), timing: leaving },
        health: { ...health, intervalMs: 250 },
        ...change,
      });
      const receipt = await engine.ports.orchestrator.requestRollout(target, platform, request);
      return waitFor(receipt.rolloutId);
    },
    async underLoad(act) {
      const { url } = await kubernetes.router.readSplit(target);
      const load = startTimedLoad(`${url}/`, rps);
      try {
        await kubernetes.pass(1000);
        const result = await act();
        // Long enough for what is replaced to be retired under the load too.
        await kubernetes.pass(5000);
        return { result, account: await load.stop() };
      } catch (error) {
        await load.stop();
        throw error;
      }
    },
    async stop() {
      await engine.stop();
      await kubernetes.dispose();
    },
  };
}
