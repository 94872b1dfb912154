/** Rollouts at targets of their own: traffic that behaves as told, a record of every write and request, and faults on demand. */
import type { TargetKey } from '../../src/domain/names.js';
import { targetPath } from '../../src/domain/names.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import type { Split } from '../../src/domain/rollout/split.js';
import type { Fence } from '../../src/domain/rollout/fence.js';
import type { RolloutRequest } from '../../src/domain/rollout/request.js';
import { aRequest, aRevision } from './builders.js';
import { type EngineUnderTest, startEngine } from './engine-under-test.js';
import { createOperator } from './operator.js';

/** What a version makes of its requests; all shares 0–1. */
export interface Conduct {
  readonly errors?: number;
  readonly latencyMs?: number;
  readonly unanswered?: number;
  /** From being applied until ready; null: never. Default: what the platform takes. */
  readonly startMs?: number | null;
}

export type PlatformWrite =
  | { readonly kind: 'capacity'; readonly version: string; readonly instances: number }
  | { readonly kind: 'split'; readonly split: Split }
  | { readonly kind: 'removal'; readonly revision: string };

/** Thrown in place of a write that is asked for; null lets it happen. */
export type Fault = (write: PlatformWrite, fence: Fence) => Error | null;

export interface Site {
  readonly target: TargetKey;
  /** By version, at a weight of its own. */
  readonly conducts: Map<string, Conduct | ((weight: number) => Conduct)>;
  /** Requests each 20 ms. */
  load: number;
  /** Writes that the platform took, oldest first; what only repeats the one before is left out. */
  readonly writes: PlatformWrite[];
  /** Requests by version, and copies of them. */
  readonly served: Map<string, number>;
  readonly copied: Map<string, number>;
  /** Requests that reached a revision without a ready instance. */
  lost: number;
  /** Ids of all instances ever started, by version. */
  readonly started: Map<string, Set<string>>;
  fault: Fault | null;
  metricsDown: boolean;
  /** Weights of the splits that named a candidate, in the order of their writing. */
  weights(): number[];
  instances(version: string): readonly { readonly id: string; readonly state: string }[];
}

const tickMs = 20;
const versionOf = (revision: string) => revision.replace(/-[0-9a-f]{8}$/, '');

interface RolloutDriver {
  site(target: TargetKey): Site;
  /** No more traffic to what was there so far. */
  quiet(): void;
  stop(): void;
}

/** Takes the engine's traffic over: only sites of the driver get requests. */
function createRolloutDriver(engine: EngineUnderTest): RolloutDriver {
  const sites = new Map<string, Site>();
  const { world } = engine.platform;
  engine.rps = 0;
  tap(engine, (target) => sites.get(targetPath(target)));

  const ticker = setInterval(() => {
    for (const site of sites.values()) if (site.load > 0) sendTo(site);
  }, tickMs);

  /** Shares that do not come out even are made up for later, so that nothing is left to chance. */
  const owed = new Map<string, number>();
  const whole = (key: string, share: number): number => {
    const sum = (owed.get(key) ?? 0) + share;
    const count = Math.floor(sum + 1e-9);
    owed.set(key, sum - count);
    return count;
  };

  const sendTo = (site: Site): void => {
    const path = targetPath(site.target);
    const known = world.peek(site.target);
    if (!known) return;
    for (const { name, instances } of known.revisions.values()) remember(site, name, instances);
    const { split } = known;
    const toCandidate = whole(`${path} split`, (site.load * split.weight) / 100);
    const copies = whole(`${path} copies`, (site.load * (split.mirror ?? 0)) / 100);
    for (const [revision, part, into] of [
      [split.stable, site.load - toCandidate, site.served],
      [split.candidate, toCandidate, site.served],
      [split.candidate, copies, site.copied],
    ] as const) {
      if (revision === null || part === 0) continue;
      const version = versionOf(revision);
      into.set(version, (into.get(version) ?? 0) + part);
      const told = site.conducts.get(version) ?? {};
      const conduct = typeof told === 'function' ? told(split.weight) : told;
      const unanswered = whole(`${path} ${version} u`, part * (conduct.unanswered ?? 0));
      const errors = whole(`${path} ${version} e`, part * (conduct.errors ?? 0));
      const requests = part - unanswered;
      const traffic = {
        ...{ requests, unanswered, errors },
        ...(conduct.latencyMs === undefined ? {} : { latencyMs: conduct.latencyMs }),
      };
      try {
        world.addTraffic(site.target, revision, traffic);
      } catch {
        site.lost += part;
      }
    }
  };

  return {
    site(target) {
      const site: Site = {
        target,
        conducts: new Map(),
        load: 10,
        writes: [],
        served: new Map(),
        copied: new Map(),
        lost: 0,
        started: new Map(),
        fault: null,
        metricsDown: false,
        weights: () =>
          site.writes.flatMap((write) =>
            write.kind === 'split' && write.split.candidate !== null ? [write.split.weight] : [],
          ),
        instances: (version) =>
          world.peek(target)?.revisions.get(revisionName(aRevision(version)))?.instances ?? [],
      };
      sites.set(targetPath(target), site);
      return site;
    },
    quiet() {
      for (const site of sites.values()) site.load = 0;
    },
    stop() {
      clearInterval(ticker);
    },
  };
}

function remember(site: Site, revision: string, instances: readonly { readonly id: string }[]) {
  const version = versionOf(revision);
  const ids = site.started.get(version) ?? new Set<string>();
  for (const { id } of instances) ids.add(id);
  site.started.set(version, ids);
}

/** Stands between the engine and its platform. */
function tap(engine: EngineUnderTest, siteOf: (target: TargetKey) => Site | undefined): void {
  const { workload, router, metrics, world } = engine.platform;
  const applyRevision = workload.applyRevision.bind(workload);
  const removeRevision = workload.removeRevision.bind(workload);
  const applySplit = router.applySplit.bind(router);
  const readCounters = metrics.readCounters.bind(metrics);

  const written = async <Answer>(
    target: TargetKey,
    write: PlatformWrite,
    fence: Fence,
    happen: () => Promise<Answer>,
  ): Promise<Answer> => {
    const site = siteOf(target);
    const fault = site?.fault?.(write, fence);
    if (fault) throw fault;
    const answer = await happen();
    if (site && JSON.stringify(site.writes.at(-1)) !== JSON.stringify(write))
      site.writes.push(write);
    return answer;
  };

  Object.assign(workload, {
    applyRevision: (request: Parameters<typeof applyRevision>[0]) => {
      const { target, revision, instances, intent } = request;
      const { version } = revision;
      return written(target, { kind: 'capacity', version, instances }, intent.fence, async () => {
        const name = revisionName(revision);
        const revisions = () => world.peek(target)?.revisions.get(name)?.instances ?? [];
        const before = new Set(revisions());
        await applyRevision(request);
        const site = siteOf(target);
        const conduct = site?.conducts.get(version);
        const startMs = typeof conduct === 'function' ? undefined : conduct?.startMs;
        if (site) remember(site, name, revisions());
        if (startMs === undefined) return;
        for (const instance of revisions()) {
          if (before.has(instance)) continue;
          instance.readyAtMs = startMs === null ? null : world.nowMs() + startMs;
        }
      });
    },
    removeRevision: (request: Parameters<typeof removeRevision>[0]) => {
      const write = { kind: 'removal', revision: request.revision } as const;
      return written(request.target, write, request.intent.fence, () => removeRevision(request));
    },
  });
  Object.assign(router, {
    applySplit: (request: Parameters<typeof applySplit>[0]) => {
      const write = { kind: 'split', split: request.split } as const;
      return written(request.target, write, request.intent.fence, () => applySplit(request));
    },
  });
  Object.assign(metrics, {
    readCounters: async (...request: Parameters<typeof readCounters>) => {
      if (siteOf(request[0])?.metricsDown) throw new Error('http://metrics did not answer');
      return readCounters(...request);
    },
  });
}

export type Scene = Awaited<ReturnType<typeof startScene>>;

/** An engine of its own with an operator and sites. */
export async function startScene(options: Parameters<typeof startEngine>[0] = {}) {
  const engine = await startEngine(options);
  const operator = createOperator(engine);
  const driver = createRolloutDriver(engine);
  const fresh = (): Site => {
    driver.quiet();
    return driver.site({ service: operator.freshService(), environment: 'production' });
  };
  return {
    ...{ engine, operator, fresh },
    /** A site where 1.0.0 serves, nothing written since; what was there before gets no more traffic. */
    async installed(): Promise<Site> {
      const site = fresh();
      await operator.installed(site.target);
      site.writes.length = 0;
      return site;
    },
    /** Rolls 1.1.0, unless told otherwise, out to the end. */
    roll: (site: Site, change: Partial<RolloutRequest> = {}, version = '1.1.0') =>
      operator.roll(site.target, aRequest(version, change)),
    begin: async (site: Site, change: Partial<RolloutRequest> = {}, version = '1.1.0') =>
      (await operator.ask(site.target, aRequest(version, change))).rolloutId,
    async stop(): Promise<void> {
      driver.stop();
      await engine.stop();
    },
  };
}
