/** A platform without processes: the three ports over values in memory, and controls that tests play the world with. */
import { Failure } from '../../domain/failures.js';
import type { TargetKey } from '../../domain/names.js';
import { targetPath } from '../../domain/names.js';
import {
  refuseRemovalInSplit,
  refuseStaleWrite,
  refuseUnfitSplit,
} from '../../domain/rollout/accept-write.js';
import { revisionName } from '../../domain/rollout/revision.js';
import { emptySplit } from '../../domain/rollout/split.js';
import type { MetricSource } from '../../ports/metric-source.js';
import type { Migrations } from '../../ports/migrations.js';
import type { Preview } from '../../ports/preview.js';
import type { TrafficRouter } from '../../ports/traffic-router.js';
import type { Intent, Workload } from '../../ports/workload.js';
import type { MemoryInstance, MemoryRevision } from './workload-instance.js';
import { countersOf, newInstance, statusOf } from './workload-instance.js';
import type { MemoryTarget, MemoryWorld } from './workload-world.js';
import { createMemoryWorld } from './workload-world.js';

export interface MemoryPlatform {
  readonly workload: Workload;
  readonly router: TrafficRouter;
  readonly metrics: MetricSource;
  readonly preview: Preview;
  readonly migrations: Migrations;
  readonly world: MemoryWorld;
}

export interface MemoryPlatformOptions {
  /** Time from applying a revision until its instances are ready, milliseconds of {@link MemoryWorld.advance}. 0: at once. */
  readonly startMs?: number;
  /** Digest of the artifact that lies at a path; an unknown path is the promised artifact. */
  readonly digestAt?: (path: string) => string | undefined;
}

export function createMemoryPlatform(options: MemoryPlatformOptions = {}): MemoryPlatform {
  const startMs = options.startMs ?? 0;
  const world = createMemoryWorld(startMs);

  /** What stands before every write: the platform answers, and no later decision holds. */
  const accept = (key: TargetKey, intent: Intent): MemoryTarget => {
    world.refuseWhenDown();
    const target = world.targetOf(key);
    refuseStaleWrite(key, target.fence, intent.fence);
    return target;
  };
  const record = (target: MemoryTarget, intent: Intent) => {
    target.fence = intent.fence;
    target.intentKey = intent.key;
    target.writes += 1;
  };

  return {
    world,
    workload: {
      async applyRevision({ target: key, revision, workload, instances, intent }) {
        const target = accept(key, intent);
        const path = workload.artifact?.replaceAll('{version}', revision.version);
        const found = path === undefined ? undefined : options.digestAt?.(path);
        if (found !== undefined && found !== revision.digest) {
          const details = { where: path as string, seen: found, limit: revision.digest };
          throw new Failure('DigestMismatch', 'the artifact is not the one promised', details);
        }
        const name = revisionName(revision);
        const known = target.revisions.get(name);
        const applied: MemoryRevision = known ?? { name, revision, restarts: 0, instances: [] };
        const kept: MemoryInstance[] = applied.instances.slice(0, instances);
        while (kept.length < instances) kept.push(newInstance(name, world.nowMs(), startMs));
        applied.instances = kept;
        if (target.fence?.rollout !== intent.fence.rollout) applied.restarts = 0;
        target.revisions.set(name, applied);
        record(target, intent);
      },
      async listTargets() {
        world.refuseWhenDown();
        return world.targets().map((target) => target.key);
      },
      async readRevisions(key) {
        world.refuseWhenDown();
        return [...(world.peek(key)?.revisions.values() ?? [])].map(statusOf);
      },
      async removeRevision({ target: key, revision, intent }) {
        const target = accept(key, intent);
        refuseRemovalInSplit(target.split, revision);
        target.revisions.delete(revision);
        record(target, intent);
      },
      async replaceInstance({ target: key, revision, instance }) {
        world.refuseWhenDown();
        const instances = world.peek(key)?.revisions.get(revision)?.instances ?? [];
        const index = instances.findIndex(({ id }) => id === instance);
        if (index >= 0) instances[index] = newInstance(revision, world.nowMs(), startMs);
      },
    },
    router: {
      async applySplit({ target: key, split, intent }) {
        const target = accept(key, intent);
        refuseUnfitSplit(target.split, split, [...target.revisions.values()].map(statusOf));
        const before = target.split;
        target.split = split;
        record(target, intent);
        return before;
      },
      async readSplit(key) {
        world.refuseWhenDown();
        const known = world.peek(key);
        if (known === undefined) return { split: emptySplit, fence: null, url: null };
        return { split: known.split, fence: known.fence, url: `memory://${targetPath(key)}` };
      },
    },
    preview: {
      async previewRevision() {
        world.refuseWhenDown();
        return world.preview;
      },
    },
    migrations: {
      async runMigration({ target, revision, intent }) {
        accept(target, intent);
        return world.migrationOf(revision.version);
      },
    },
    metrics: {
      async readCounters(key, revisions) {
        world.refuseWhenDown();
        const target = world.peek(key);
        return revisions.map((revision) => ({
          revision,
          instances: (target?.revisions.get(revision)?.instances ?? []).map((instance) =>
            countersOf(instance, world.nowMs()),
          ),
        }));
      },
    },
  };
}
