/** Rollbacks with something in their way: a rollout at 20 % under load, an obstacle, a trigger, and when traffic was back. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CustomObjectsApi } from '@kubernetes/client-node';
import { isMissed, type Observation } from '../../src/domain/analysis/sample.js';
import type { CanaryStep } from '../../src/domain/rollout/strategy.js';
import { gateway } from '../bed/bed.js';
import type { ImageBehaviour } from '../bed/images.js';
import { apiServerUrl } from '../bed/control-plane.js';
import { type ApiFaultProxy, startApiFaultProxy } from './api-fault-proxy.js';
import { type ScenarioBed, startScenarios } from './kubernetes-scenarios.js';
import { at, canary, judged, type Shop } from './kubernetes-shop.js';
import { within } from './kubernetes.js';
import { type LoadAccount, startTimedLoad } from './load-account.js';
import { type MetricsDoor, startMetricsDoor } from './metrics-door.js';
import { writeRefusal } from './refusal-table.js';

/** Of the full matrix, which is run where nothing else does; a change may be tried on a machine that is busy. */
const patience = process.env['SLUICE_TEST_FULL'] === '1' ? 1 : 2;
const limitMs = 5000;
const rps = 200;
const routes = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' } as const;

/** One rollout that is to go back. */
export interface Scene {
  readonly bed: ScenarioBed;
  readonly proxy: ApiFaultProxy;
  readonly door: MetricsDoor;
  readonly shop: Shop;
  readonly id: string;
  readonly candidate: string;
  readonly stable: string;
  /** The trigger was pulled now, and not when `pull` began. */
  mark(): void;
}

export interface Cell {
  readonly obstacle: string;
  readonly trigger: string;
  /** Default: 20 %, judged for a minute. */
  readonly steps?: readonly CanaryStep[];
  readonly behaviour?: ImageBehaviour;
  /** Puts the obstacle in place. */
  hinder?(scene: Scene): Promise<unknown>;
  pull(scene: Scene): Promise<unknown>;
  /** Takes the obstacle away, once traffic is back. */
  relieve?(scene: Scene): Promise<unknown>;
  readonly outcome: 'rolledBack' | 'aborted';
  readonly reason?: RegExp;
  /** Default: 5 s; a change has twice as long. */
  readonly withinMs?: number;
  /** Default: stable answered everybody and the gateway refused nobody. */
  unharmed?(account: LoadAccount, scene: Scene): void;
}

export type Refusals = Awaited<ReturnType<typeof startRefusals>>;

export async function startRefusals(...services: readonly string[]) {
  const proxy = await startApiFaultProxy(apiServerUrl);
  const door = await startMetricsDoor(gateway.metricsUrl);
  const bed = await startScenarios({ apiServer: proxy.url, metricsUrl: door.url });
  await bed.open(...services);
  const stables = new Map(services.map((service) => [service, '1.0.0']));
  const custom = bed.bed.admin.makeApiClient(CustomObjectsApi);
  let published = 0;

  const stop = async () => {
    await bed.stop();
    door.close();
    proxy.close();
  };

  /** Weights by Service, of the route's rule for everybody; empty while the API server is away. */
  async function weightsOf(service: string): Promise<ReadonlyMap<string, number>> {
    const { namespace } = bed;
    const route = (await custom
      .getNamespacedCustomObject({ ...routes, namespace, name: service })
      .catch(() => null)) as {
      spec: { rules: { backendRefs: { name: string; weight?: number }[] }[] };
    } | null;
    const refs = route?.spec.rules.at(-1)?.backendRefs ?? [];
    return new Map(refs.map(({ name, weight = 1 }) => [name, weight]));
  }

  /** The route's backend that has 20 %, once it does. */
  async function reached(service: string): Promise<string> {
    let name: string | undefined;
    await within(`${service} has 20 %`, 15_000, async () => {
      name = [...(await weightsOf(service))].find(([, weight]) => weight === 20)?.[0];
      return name !== undefined;
    });
    return name ?? '';
  }

  /** @returns when the backend had no weight any more; looked for each 50 ms */
  async function withdrawn(service: string, backend: string): Promise<number> {
    for (const endsAtMs = Date.now() + 65_000; Date.now() < endsAtMs; await sleep(50)) {
      const weights = await weightsOf(service);
      if (weights.size > 0 && (weights.get(backend) ?? 0) === 0) return Date.now();
    }
    return Number.POSITIVE_INFINITY;
  }

  async function run(service: string, cell: Cell): Promise<void> {
    const shop = bed.shop(service);
    const stable = stables.get(service) ?? '';
    published += 1;
    const candidate = `2.${published}.0`;
    bed.publish(candidate, cell.behaviour);
    const load = startTimedLoad(`${gateway.url}/`, rps, {
      ...{ host: shop.host, connections: 512, patienceMs: 8000 },
      revisionIn: (body) => /"version":"([^"]+)"/.exec(body)?.[1] ?? null,
    });
    let account: LoadAccount | null = null;
    let rolloutId = '';
    try {
      const id = await shop.ask(candidate, canary(cell.steps ?? [at(20), judged(60_000, 90_000)]));
      rolloutId = id;
      const backend = await reached(service);
      await sleep(cell.behaviour?.hang ? 0 : 1000);
      let pulledAtMs = 0;
      const mark = () => {
        pulledAtMs = Date.now();
      };
      const scene: Scene = { ...{ bed, proxy, door, shop, id, candidate, stable, mark } };
      await cell.hinder?.(scene);
      mark();
      const withdrawal = withdrawn(service, backend);
      await cell.pull(scene);
      const writtenAtMs = await withdrawal;
      await sleep(500);
      await cell.relieve?.(scene);
      const late = sleep(20_000, null, { ref: false });
      const result = await Promise.race([shop.end(id), late]);
      if (result === null)
        throw new Error(`it never ends; withdrawn ${writtenAtMs - pulledAtMs} ms`);
      account = await load.stop();
      const lastAtMs = account.revisions.get(candidate)?.lastAtMs ?? pulledAtMs;
      const row = {
        ...{ obstacle: cell.obstacle, trigger: cell.trigger },
        writtenMs: writtenAtMs - pulledAtMs,
        lastAnswerMs: Math.max(0, Math.round(lastAtMs - pulledAtMs)),
      };
      writeRefusal(row);
      const answered = Object.fromEntries(account.revisions);
      const looks = await looksOf(scene, pulledAtMs);
      const seen = JSON.stringify({ ...row, pulledAtMs, reason: result.reason, answered, looks });
      assert.equal(result.outcome, cell.outcome, seen);
      assert.match(result.reason, cell.reason ?? /./, seen);
      const withinMs = patience * (cell.withinMs ?? limitMs);
      assert.ok(row.writtenMs < withinMs, seen);
      assert.ok(row.lastAnswerMs < withinMs, seen);
      try {
        (cell.unharmed ?? unharmed)(account, scene);
      } catch (error) {
        throw new Error(`${(error as Error).message}\n${seen}`, { cause: error });
      }
      await shop.idle();
    } finally {
      if (account === null) void load.stop();
      // Whatever failed here, the service is the next cell's too.
      await shop.tell(rolloutId, 'abort').catch(() => null);
    }
  }

  return {
    ...{ bed, proxy, door, stop, run },
    /** Cells of different services at once; all run to their end before any of them fails. */
    async together(cells: Readonly<Record<string, Cell>>): Promise<void> {
      const runs = Object.entries(cells).map(([service, cell]) =>
        run(service, cell).catch((error: Error) => {
          throw new Error(`${cell.obstacle} × ${cell.trigger}: ${error.message}`, { cause: error });
        }),
      );
      const ends = await Promise.allSettled(runs);
      const faults = ends.flatMap((end) =>
        end.status === 'rejected' ? [end.reason as Error] : [],
      );
      if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join('\n'));
    },
    /** A clean rollout of each service is promoted afterwards. */
    async goOn(): Promise<void> {
      await Promise.all(
        services.map(async (service) => {
          published += 1;
          const version = `3.${published}.0`;
          bed.publish(version);
          const result = await bed.shop(service).roll(version, canary([at(50)]));
          assert.equal(result.outcome, 'promoted', result.reason);
          await bed.shop(service).idle();
          stables.set(service, version);
        }),
      );
    },
  };
}

/** When the deciding watch looked, ms after the trigger, and what it missed. */
async function looksOf({ bed, shop, id }: Scene, pulledAtMs: number): Promise<readonly unknown[]> {
  const { evidenceRef } = await shop.view(id);
  if (evidenceRef === null) return [];
  const kept = (await bed.engine.ports.evidence.get(evidenceRef)) as {
    readonly observations: readonly Observation[];
  } | null;
  return (kept?.observations ?? [])
    .filter(({ atMs }) => atMs > pulledAtMs - 500)
    .map((one) => (isMissed(one) ? [one.atMs - pulledAtMs, one.missed] : one.atMs - pulledAtMs));
}

export function unharmed(account: LoadAccount, { stable }: Scene): void {
  assert.deepEqual(account.broken, {});
  assert.deepEqual(account.revisions.get('proxy')?.failed ?? {}, {}, 'the gateway refused');
  assert.deepEqual(account.revisions.get(stable)?.failed ?? null, {}, `${stable} failed`);
}

/** Triggers that most cells share. */
export const badMetrics: Pick<Cell, 'trigger' | 'pull' | 'outcome' | 'reason'> = {
  trigger: 'errors',
  pull: ({ shop, candidate }) => shop.behave(candidate, { errorRate: 0.3 }),
  outcome: 'rolledBack',
  reason: /requests failed/,
};
export const abort: Pick<Cell, 'trigger' | 'pull' | 'outcome' | 'reason'> = {
  trigger: 'abort',
  pull: ({ shop, id }) => shop.tell(id, 'abort'),
  outcome: 'aborted',
};
