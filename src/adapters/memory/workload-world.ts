/** What happens to a memory platform from outside: time, traffic, crashes and outages, all at a test's word. */
import { Failure } from '../../domain/failures.js';
import type { TargetKey } from '../../domain/names.js';
import { targetPath } from '../../domain/names.js';
import type { Fence } from '../../domain/rollout/fence.js';
import type { MigrationStatus } from '../../domain/rollout/migration.js';
import { emptyPreview, type WorkloadPreview } from '../../domain/rollout/preview.js';
import type { Split } from '../../domain/rollout/split.js';
import { emptySplit } from '../../domain/rollout/split.js';
import type { InstanceStatus } from '../../domain/rollout/workload.js';
import type { MemoryInstance, MemoryRevision } from './workload-instance.js';
import { newInstance } from './workload-instance.js';

export interface MemoryTarget {
  readonly key: TargetKey;
  split: Split;
  fence: Fence | null;
  intentKey: string | null;
  readonly revisions: Map<string, MemoryRevision>;
  /** Accepted writes, repetitions included. */
  writes: number;
}

export interface Traffic {
  readonly requests: number;
  /** Of those, answered with an error. */
  readonly errors?: number;
  readonly latencyMs?: number;
  /** Further requests that are sent and not answered. */
  readonly unanswered?: number;
}

export interface MemoryWorld {
  nowMs(): number;
  /** What is said of every revision before it is deployed. */
  preview: WorkloadPreview;
  /** How the migration of a version stands when it is asked about. */
  migrationOf: (version: string) => MigrationStatus;
  /** Moves time on: starting instances become ready, requests in flight grow older. */
  advance(ms: number): void;
  /** Spreads requests over a revision's ready instances, whatever the split says. */
  addTraffic(target: TargetKey, revision: string, traffic: Traffic): void;
  /** Sends requests through the split: `answer` says what each revision makes of its part. */
  sendTraffic(
    target: TargetKey,
    requests: number,
    answer: (revision: string, requests: number) => Traffic,
  ): void;
  /** Sets what the platform says of one instance; it stays so until changed. */
  markInstance(
    target: TargetKey,
    revision: string,
    index: number,
    change: Partial<Pick<InstanceStatus, 'state' | 'probeFailures' | 'reason'>>,
  ): void;
  /** One unexpected exit: the instance is replaced under a new id. */
  crash(target: TargetKey, revision: string, index?: number): void;
  /** While down, every port throws Unavailable. */
  setDown(down: boolean): void;
  refuseWhenDown(): void;
  targetOf(target: TargetKey): MemoryTarget;
  /** Undefined until the first accepted write. */
  peek(target: TargetKey): MemoryTarget | undefined;
  targets(): readonly MemoryTarget[];
}

export function createMemoryWorld(startMs: number): MemoryWorld {
  const targets = new Map<string, MemoryTarget>();
  let nowMs = 0;
  let isDown = false;

  const revisionOf = (target: TargetKey, name: string): MemoryRevision => {
    const revision = targets.get(targetPath(target))?.revisions.get(name);
    if (revision === undefined) throw new Error(`${targetPath(target)} has no revision ${name}`);
    return revision;
  };
  const instanceOf = (target: TargetKey, name: string, index: number): MemoryInstance => {
    const instance = revisionOf(target, name).instances[index];
    if (instance === undefined) throw new Error(`${name} has no instance ${index}`);
    return instance;
  };

  const world: MemoryWorld = {
    nowMs: () => nowMs,
    preview: emptyPreview,
    migrationOf: (version) => ({ kind: 'succeeded', where: `migration of ${version}` }),
    advance(ms) {
      nowMs += ms;
      for (const target of targets.values()) {
        for (const { instances } of target.revisions.values()) {
          for (const instance of instances) {
            const due = instance.readyAtMs !== null && instance.readyAtMs <= nowMs;
            if (instance.state === 'starting' && due) instance.state = 'ready';
          }
        }
      }
    },
    addTraffic(target, revision, traffic) {
      const { requests, errors = 0, latencyMs = 10, unanswered = 0 } = traffic;
      const { instances } = revisionOf(target, revision);
      const ready = instances.filter((instance) => instance.state === 'ready');
      if (ready.length === 0) throw new Error(`${revision} has no ready instance`);
      const inTurn = (n: number) => ready[n % ready.length] as MemoryInstance;
      for (let n = 0; n < requests; n += 1) {
        const instance = inTurn(n);
        instance.requests += 1;
        instance.latenciesMs.push(latencyMs);
        if (n < errors) instance.errors += 1;
      }
      for (let n = 0; n < unanswered; n += 1) inTurn(n).sentAtMs.push(nowMs);
    },
    sendTraffic(target, requests, answer) {
      const { split } = world.targetOf(target);
      const toCandidate = Math.round((requests * split.weight) / 100);
      const parts = [
        [split.stable, requests - toCandidate],
        [split.candidate, toCandidate + Math.round((requests * (split.mirror ?? 0)) / 100)],
      ] as const;
      for (const [revision, part] of parts) {
        if (revision === null || part === 0) continue;
        world.addTraffic(target, revision, answer(revision, part));
      }
    },
    markInstance(target, revision, index, change) {
      const instance = instanceOf(target, revision, index);
      Object.assign(instance, change);
      instance.readyAtMs = null;
    },
    crash(target, name, index = 0) {
      instanceOf(target, name, index);
      const revision = revisionOf(target, name);
      revision.restarts += 1;
      revision.instances[index] = newInstance(name, nowMs, startMs);
    },
    setDown(down) {
      isDown = down;
    },
    refuseWhenDown() {
      if (isDown) throw new Failure('Unavailable', 'the platform is down', { where: 'memory' });
    },
    targetOf(key) {
      const path = targetPath(key);
      const known = targets.get(path);
      if (known !== undefined) return known;
      const revisions = new Map<string, MemoryRevision>();
      const target = { key, split: emptySplit, fence: null, intentKey: null, revisions, writes: 0 };
      targets.set(path, target);
      return target;
    },
    peek(key) {
      const target = targets.get(targetPath(key));
      return target === undefined || target.writes === 0 ? undefined : target;
    },
    targets: () => [...targets.values()].filter((target) => target.writes > 0),
  };
  return world;
}
