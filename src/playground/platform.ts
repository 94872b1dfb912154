/** The playground itself: takes writes one after the other, keeps them on disk, then makes them so. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/failures.js';
import type { TargetKey } from '../domain/names.js';
import { targetPath } from '../domain/names.js';
import {
  refuseRemovalInSplit,
  refuseStaleWrite,
  refuseUnfitSplit,
} from '../domain/rollout/accept-write.js';
import { revisionName } from '../domain/rollout/revision.js';
import { emptySplit, type Split } from '../domain/rollout/split.js';
import type { RevisionStatus } from '../domain/rollout/workload.js';
import { checkArtifact } from './artifact.js';
import { findFreePort } from './free-port.js';
import type { Meters } from './meters.js';
import type { ProcessRecords } from './process-records.js';
import type { ApplyRevision, ApplySplit, TargetReading } from './protocol.js';
import type { DeclaredTarget, StateFile } from './state-file.js';
import { createTally } from './tally.js';
import { Target } from './target.js';

type Intent = ApplySplit['intent'];
/** Turns what is declared into what shall be; throws to refuse. */
type Change = (declared: DeclaredTarget, running: readonly RevisionStatus[]) => DeclaredTarget;

export interface Platform {
  applyRevision(key: TargetKey, name: string, request: ApplyRevision): Promise<void>;
  /** @returns the split that it found */
  applySplit(key: TargetKey, request: ApplySplit): Promise<Split>;
  removeRevision(key: TargetKey, name: string, intent: Intent): Promise<void>;
  /** Begins it; one that is not there is fine. Nothing that is declared changes. */
  replaceInstance(key: TargetKey, name: string, instance: string): void;
  /** An empty reading for a target that was never written. */
  read(key: TargetKey): TargetReading;
  list(): readonly TargetReading[];
  close(): Promise<void>;
}

export interface PlatformOptions {
  readonly stateFile: StateFile;
  readonly records: ProcessRecords;
  readonly meters: Meters;
  readonly parentEnv: Readonly<Record<string, string | undefined>>;
  readonly upstreamTimeoutMs: number;
  /** First port tried for targets' doors; any free one without it. */
  readonly proxyPortBase: number | null;
  readonly log: (line: string) => void;
}

/** How long a door that was ours before a restart may still be held by what is just ending. */
const portPatienceMs = 5000;

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const targets = new Map<string, Target>();
  const promised = new Set<number>();
  let queue: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };
  const takePort = async (from?: number) => {
    // Port probes of several starts run side by side: what one has found must be taken before another looks.
    const port = await findFreePort(promised, from);
    if (promised.has(port)) return takePort(from);
    promised.add(port);
    return port;
  };
  const targetFrom = (declared: DeclaredTarget) => {
    promised.add(declared.proxyPort);
    return new Target(declared, {
      meters: options.meters,
      tally: createTally(),
      records: options.records,
      parentEnv: options.parentEnv,
      upstreamTimeoutMs: options.upstreamTimeoutMs,
      takePort: () => takePort(),
      releasePort: (port) => promised.delete(port),
    });
  };
  const save = (changed: DeclaredTarget) => {
    const path = targetPath(changed.key);
    const others = [...targets.values()].map((target) => target.declared);
    const kept = others.filter((other) => targetPath(other.key) !== path);
    return options.stateFile.save([...kept, changed]);
  };
  const open = async (key: TargetKey): Promise<Target> => {
    const proxyPort = await takePort(options.proxyPortBase ?? undefined);
    const target = targetFrom(emptyTarget(key, proxyPort));
    await target.listen();
    targets.set(targetPath(key), target);
    return target;
  };

  /** Fence, change, disk, then the world: a write that was answered is never forgotten. */
  const write = (key: TargetKey, intent: Intent, change: Change) =>
    inTurn(async () => {
      const known = targets.get(targetPath(key));
      refuseStaleWrite(key, known?.declared.fence ?? null, intent.fence);
      // Refused before anything is opened: a target begins with its first accepted write.
      const before = known?.declared ?? emptyTarget(key, 0);
      const changed = change(before, known?.statuses() ?? []);
      const target = known ?? (await open(key));
      const { proxyPort } = target.declared;
      const declared = { ...changed, proxyPort, fence: intent.fence, intentKey: intent.key };
      if (JSON.stringify(declared) !== JSON.stringify(target.declared)) await save(declared);
      target.become(declared);
    });

  for (const declared of await options.stateFile.load()) {
    const target = targetFrom(declared);
    targets.set(targetPath(declared.key), await reopen(target, targetFrom, takePort, options.log));
  }

  return {
    async applyRevision(key, name, { revision, workload, instances, intent }) {
      if (name !== revisionName(revision)) {
        const where = 'revision';
        const message = `the revision's name is ${revisionName(revision)}`;
        throw new Failure('InvalidInput', message, { where, seen: name });
      }
      await checkArtifact(revision, workload);
      const applied = { name, revision, workload, instances };
      await write(key, intent, (declared) => ({
        ...declared,
        revisions: declared.revisions.some((known) => known.name === name)
          ? declared.revisions.map((known) => (known.name === name ? applied : known))
          : [...declared.revisions, applied],
      }));
    },
    async applySplit(key, { split, intent }) {
      let before = emptySplit;
      await write(key, intent, (declared, running) => {
        before = declared.split;
        refuseUnfitSplit(before, split, running);
        return { ...declared, split };
      });
      return before;
    },
    removeRevision(key, name, intent) {
      return write(key, intent, (declared) => {
        refuseRemovalInSplit(declared.split, name);
        const revisions = declared.revisions.filter((known) => known.name !== name);
        return { ...declared, revisions };
      });
    },
    replaceInstance: (key, name, instance) =>
      targets.get(targetPath(key))?.replaceInstance(name, instance),
    read: (key) => targets.get(targetPath(key))?.read() ?? emptyReading(key),
    list: () => [...targets.values()].map((target) => target.read()),
    close: () =>
      inTurn(async () => {
        await Promise.all([...targets.values()].map((target) => target.close()));
      }),
  };
}

function emptyTarget(key: TargetKey, proxyPort: number): DeclaredTarget {
  return { key, proxyPort, split: emptySplit, fence: null, intentKey: null, revisions: [] };
}

function emptyReading(target: TargetKey): TargetReading {
  const nothing = { revisions: [], tally: [], split: emptySplit };
  return { target, ...nothing, fence: null, intentKey: null, url: null };
}

/** Opens a door that was open before; only when somebody else keeps its port does it move, and says so. */
async function reopen(
  target: Target,
  targetFrom: (declared: DeclaredTarget) => Target,
  takePort: () => Promise<number>,
  log: (line: string) => void,
): Promise<Target> {
  const { declared } = target;
  for (const untilMs = Date.now() + portPatienceMs; Date.now() < untilMs; await sleep(100)) {
    try {
      await target.listen();
      return target;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  const moved = targetFrom({ ...declared, proxyPort: await takePort() });
  const { proxyPort } = moved.declared;
  log(`port ${declared.proxyPort} of ${targetPath(declared.key)} is in use; moved to ${proxyPort}`);
  await moved.listen();
  return moved;
}
