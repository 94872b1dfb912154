/** One service on the bed as its people see it: rollouts and commands, load on its host, and what the API server shows. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppsV1Api, CoreV1Api, CustomObjectsApi, type V1Pod } from '@kubernetes/client-node';
import { request } from 'undici';
import type { Command } from '../../src/domain/command.js';
import { rolloutWorkflowId, type TargetKey, targetWorkflowId } from '../../src/domain/names.js';
import type { RolloutReceipt, RolloutRequest } from '../../src/domain/rollout/request.js';
import type { CanaryStep, RolloutTiming, Strategy } from '../../src/domain/rollout/strategy.js';
import type { RolloutResult, RolloutView } from '../../src/domain/rollout/view.js';
import type { TargetView } from '../../src/domain/target/view.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { gateway } from '../bed/bed.js';
import { aRequest, health, workload } from './builders.js';
import type { ScenarioBed } from './kubernetes-scenarios.js';
import { within } from './kubernetes.js';
import { type LoadAccount, startTimedLoad, type TimedLoad } from './load-account.js';
import { by } from './operator.js';

const routes = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' } as const;
const rps = 60;

/** By version; the service's own Deployment, which revisions are made from, is `template`. */
export interface Shown {
  /** Of the route's rule for everybody. */
  readonly weights: Readonly<Record<string, number>>;
  readonly ready: Readonly<Record<string, number>>;
  readonly wanted: Readonly<Record<string, number>>;
  /** The first rule is for testers only. */
  readonly testers: boolean;
  readonly atMs: number;
}

interface Route {
  readonly spec: {
    readonly rules: readonly {
      readonly matches?: readonly { readonly headers?: readonly object[] }[];
      readonly backendRefs: readonly { readonly name: string; readonly weight?: number }[];
    }[];
  };
}

export const soon: RolloutTiming = {
  ...{ progressDeadlineMs: 20_000, keepWarmMs: 500, abortScaleDownDelayMs: 500 },
};
export const at = (weight: number): CanaryStep => ({ kind: 'setWeight', weight });
export const untilResumed: CanaryStep = { kind: 'pause', forMs: null };
export const judged = (forMs = 1000, deadlineMs = 6000): CanaryStep => ({
  ...{ kind: 'analysis', forMs, deadlineMs },
});
export const canary = (
  steps: readonly CanaryStep[],
  timing: Partial<RolloutTiming> = {},
): Strategy => ({ kind: 'canary', steps, timing: { ...soon, ...timing } });

export type Shop = ReturnType<typeof createShop>;

export function createShop(bed: ScenarioBed, target: TargetKey) {
  const { engine, operator, namespace } = bed;
  const { admin } = bed.bed;
  const apps = admin.makeApiClient(AppsV1Api);
  const core = admin.makeApiClient(CoreV1Api);
  const custom = admin.makeApiClient(CustomObjectsApi);
  const { service } = target;
  const host = `${service}.${namespace}.test`;
  const targetId = targetWorkflowId(target);

  async function shown(): Promise<Shown> {
    const [{ items }, route] = await Promise.all([
      apps.listNamespacedDeployment({ namespace, labelSelector: `sluice.dev/service=${service}` }),
      custom.getNamespacedCustomObject({ ...routes, namespace, name: service }) as Promise<Route>,
    ]);
    const versions = new Map([[service, 'template']]);
    const ready: Record<string, number> = {};
    const wanted: Record<string, number> = {};
    for (const { metadata, spec, status } of items) {
      const version = metadata?.labels?.['sluice.dev/version'] ?? '';
      versions.set(metadata?.name ?? '', version);
      ready[version] = status?.readyReplicas ?? 0;
      wanted[version] = spec?.replicas ?? 1;
    }
    const { rules } = route.spec;
    const refs = rules.at(-1)?.backendRefs ?? [];
    const weights = Object.fromEntries(
      refs.map(({ name, weight = 1 }) => [versions.get(name) ?? name, weight]),
    );
    const testers = rules.length > 1 && rules[0]?.matches?.[0]?.headers !== undefined;
    return { weights, ready, wanted, testers, atMs: Date.now() };
  }

  async function pods(version: string): Promise<readonly V1Pod[]> {
    const labelSelector = `sluice.dev/service=${service},sluice.dev/version=${version}`;
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  }

  const shop = {
    ...{ target, host, shown, pods },
    name: (n: number) => rolloutWorkflowId({ target, n }),

    /** @returns the rollout's id; it may not have begun */
    async ask(version: string, strategy: Strategy, change: Partial<RolloutRequest> = {}) {
      const asked = aRequest(version, {
        ...{
          candidate: change.candidate ?? bed.revision(version),
          platform: bed.platform,
          strategy,
        },
        workload: { ...workload, instances: 2, deployment: service },
        health: { ...health, intervalMs: 250 },
        allowOlder: true,
        ...change,
      });
      const { orchestrator } = engine.ports;
      const { rolloutId } = await orchestrator.requestRollout(target, bed.platform, asked);
      return rolloutId;
    },
    end: (id: string): Promise<RolloutResult> => operator.rolloutResult(id),
    async roll(version: string, strategy: Strategy, change: Partial<RolloutRequest> = {}) {
      return shop.end(await shop.ask(version, strategy, change));
    },
    view: (id: string) => operator.rolloutView(id),
    tell: (id: string, command: keyof typeof updateNames) => operator.tell(id, command),
    /** @returns the id of the rollout that repeats it */
    async retry(n: number): Promise<string> {
      const command = { ...by, n };
      const receipt = await operator.tell<RolloutReceipt>(
        ...([targetId, updateNames.retryRollout, command] as const),
      );
      return receipt.rolloutId;
    },
    /** Back to the revision that was stable before. */
    async goBack(command: Command = by): Promise<string> {
      const argument = { ...command, version: null };
      const { rolloutId } = await operator.tell<RolloutReceipt>(
        ...([targetId, updateNames.rollBack, argument] as const),
      );
      return rolloutId;
    },
    /** Until it waits for a person. */
    async holds(id: string): Promise<RolloutView> {
      await within(`${id} holds`, 20_000, async () => (await shop.view(id)).phase === 'Holding');
      return shop.view(id);
    },
    async idle(): Promise<TargetView> {
      return operator.targetIs(target, (seen) => seen.current === null && seen.queue.length === 0);
    },
    /** What is on record of a rollout, oldest first. */
    record: (id: string) => engine.ports.ledger.read({ subject: id, limit: 200 }),
    /** Kinds of that. */
    kinds: async (id: string) => (await shop.record(id)).map(({ kind }) => kind),
    timeline: async (id: string) => (await shop.view(id)).timeline.map(({ text }) => text),

    /** Until what the API server shows is so; the last look is in the error. */
    async waits(what: string, isSo: (seen: Shown) => boolean, forMs = 15_000): Promise<void> {
      let last: Shown | null = null;
      const look = async () => {
        last = await shown();
        return isSo(last);
      };
      await within(what, forMs, look).catch((error: Error) => {
        throw new Error(`${error.message}; last ${JSON.stringify(last)}`, { cause: error });
      });
    },
    /** Until the route's weights by version are these. */
    weighs: (wanted: Readonly<Record<string, number>>, forMs = 15_000): Promise<void> =>
      shop.waits(
        `weights ${JSON.stringify(wanted)}`,
        ({ weights }) =>
          [...Object.keys(wanted), ...Object.keys(weights)].every(
            (version) => (wanted[version] ?? 0) === (weights[version] ?? 0),
          ),
        forMs,
      ),
    /** Looks again and again until it is told to stop; what it saw, oldest first. */
    follow() {
      const seen: Shown[] = [];
      let following = true;
      const looks = (async () => {
        for (; following; await sleep(150)) {
          const look = await shown().catch(() => null);
          if (look) seen.push(look);
        }
      })();
      return async (): Promise<readonly Shown[]> => {
        following = false;
        await looks;
        return seen;
      };
    },
    async behave(version: string, behaviour: object): Promise<void> {
      const body = JSON.stringify(behaviour);
      for (const { status } of await pods(version)) {
        const url = `http://${status?.podIP}:8080/admin/behaviour`;
        assert.ok((await fetch(url, { method: 'POST', body })).ok);
      }
    },
    async uids(version: string): Promise<readonly string[]> {
      return (await pods(version)).map(({ metadata }) => metadata?.uid ?? '').toSorted();
    },
    async deletePods(version: string): Promise<void> {
      for (const { metadata } of await pods(version))
        await core.deleteNamespacedPod({ namespace, name: metadata?.name ?? '' });
    },
    /** The version that answers one request with these headers. */
    async answerTo(headers: Readonly<Record<string, string>>): Promise<string> {
      const { body } = await request(`${gateway.url}/`, { headers: { host, ...headers } });
      return versionIn(await body.text()) ?? 'proxy';
    },
    /** Until everybody is led to that version: a gateway with much to do reads a new route late. */
    leadsTo: (version: string): Promise<void> =>
      within(`the gateway leads to ${version}`, 15_000, async () => {
        return (await shop.answerTo({})) === version;
      }),
    /** Answers are told apart by version. */
    load: (perSecond = rps): TimedLoad =>
      startTimedLoad(`${gateway.url}/`, perSecond, { host, revisionIn: versionIn }),
  };
  return shop;
}

function versionIn(body: string): string | null {
  return /"version":"([^"]+)"/.exec(body)?.[1] ?? null;
}

/** Nobody was sent away: no broken connection, nothing said by the gateway itself, and no failure of these versions. */
export function assertUnharmed(account: LoadAccount, ...versions: readonly string[]): void {
  assert.deepEqual(account.broken, {});
  assert.equal(account.revisions.get('proxy'), undefined, 'the gateway found nobody to ask');
  for (const version of versions) {
    const { answers = 0, failed = {} } = account.revisions.get(version) ?? {};
    assert.deepEqual(failed, {}, `${version} failed`);
    assert.ok(answers > 0, `${version} answered nobody`);
  }
}

/** Milliseconds from then until the version answered last; 0 when it answered nobody since. */
export function servedFor(account: LoadAccount, version: string, sinceMs: number): number {
  const lastAtMs = account.revisions.get(version)?.lastAtMs ?? sinceMs;
  return Math.max(0, Math.round(lastAtMs - sinceMs));
}

/** Whenever somebody looked there was no weight without a ready pod, and no fewer than so many pods of stable. */
export function assertServed(seen: readonly Shown[], stable: string, least: number): void {
  assert.ok(seen.length > 5, `${seen.length} looks`);
  for (const look of seen) {
    assert.ok((look.ready[stable] ?? 0) >= least, JSON.stringify(look));
    for (const [version, weight] of Object.entries(look.weights))
      assert.ok(weight === 0 || (look.ready[version] ?? 0) > 0, JSON.stringify(look));
  }
}
