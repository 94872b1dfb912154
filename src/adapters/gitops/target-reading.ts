/** Brings together what the branch decided and what its follower runs: the state of one target. */
import { Failure } from '../../domain/failures.js';
import { type TargetKey, targetPath } from '../../domain/names.js';
import type { RevisionStatus } from '../../domain/rollout/workload.js';
import type { Branch } from './branch.js';
import type { Declared } from './decision.js';
import type { DecisionLog, TargetLog } from './decision-log.js';
import type { Follower, FollowerReading } from './follower.js';
import type { Manifest, Named } from './manifest.js';

/** People look every second; a repository need not hear of every look. */
const tipAgeMs = 2_000;
const readingAgeMs = 300;
/** The follower's word is final, so it counts as more failed probes than a policy lets pass. */
const finalFailures = 1_000;

export interface TargetReading {
  readonly log: TargetLog;
  readonly follower: FollowerReading;
  /** Name of the revision that runs, `unknown-<commit>` for one that we never wrote; null when nothing does. */
  readonly running: string | null;
  /** The commit that runs; null likewise. */
  readonly live: string | null;
  /** What runs holds our last change. */
  readonly arrived: boolean;
  /** The follower gave up on a commit that holds our last change. */
  readonly givenUp: boolean;
}

export interface TargetReader {
  /** Null for a target that was never written. @throws Unavailable; NotFound and InvalidInput of the follower */
  read(target: TargetKey): Promise<TargetReading | null>;
  /** Of the branch alone. */
  readLog(target: TargetKey, maxAgeMs?: number): Promise<TargetLog | null>;
}

export interface TargetReaderOptions {
  readonly branch: Branch;
  readonly decisions: DecisionLog;
  readonly manifest: Manifest;
  readonly follower: Follower;
  readonly now: () => number;
}

export function createTargetReader(options: TargetReaderOptions): TargetReader {
  const { branch, decisions, manifest, follower, now } = options;
  const readings = new Map<string, { reading: Promise<FollowerReading>; atMs: number }>();

  function readFollower(target: TargetKey): Promise<FollowerReading> {
    const path = targetPath(target);
    const known = readings.get(path);
    if (known !== undefined && now() - known.atMs < readingAgeMs) return known.reading;
    const reading = follower.read(target);
    readings.set(path, { reading, atMs: now() });
    return reading;
  }

  /** The follower may know the branch better than we do. */
  async function knownOf(commits: readonly string[]): Promise<string | null> {
    // The version of a chart is no commit.
    const hashes = commits.filter((commit) => /^[0-9a-f]{40,64}$/.test(commit));
    for (const maxAgeMs of [tipAgeMs, tipAgeMs / 4]) {
      await branch.tip(maxAgeMs);
      for (const commit of hashes) if (await branch.has(commit)) return commit;
      if (hashes.length === 0) return null;
    }
    return null;
  }

  async function runningAt(commit: string, target: TargetKey, log: TargetLog): Promise<string> {
    const file = await branch.read(commit, manifest.fileOf(target));
    const named = file && readNamed(manifest, file.text, target);
    if (named !== null) {
      const found = [...log.revisions.values()].findLast((one) => manifest.says(named, one));
      if (found !== undefined) return found.name;
    }
    return `unknown-${commit.slice(0, 8)}`;
  }

  const readLog = async (target: TargetKey, maxAgeMs = tipAgeMs) =>
    decisions.readTarget(await branch.tip(maxAgeMs), target);

  return {
    readLog,
    async read(target) {
      const log = await readLog(target);
      if (log === null) return null;
      const reading = await readFollower(target);
      const live = await knownOf(reading.live);
      const holds = async (commit: string) =>
        log.since === null || (await branch.contains(commit, log.since));
      const failed = await knownOf(reading.failed);
      return {
        log,
        follower: reading,
        live,
        running: live === null ? null : await runningAt(live, target, log),
        arrived: live !== null && (await holds(live)),
        givenUp: failed !== null && log.since !== null && (await holds(failed)),
      };
    },
  };
}

/** Null for a file in which nothing is named, as it may have been once. */
function readNamed(manifest: Manifest, text: string, target: TargetKey): Named | null {
  try {
    return manifest.read(text, target);
  } catch (error) {
    if (error instanceof Failure && error.code === 'InvalidInput') return null;
    throw error;
  }
}

/** Every revision that runs or that the last decision names. */
export function statusesOf(
  reading: TargetReading,
  about: { readonly follower: string; readonly url: string },
): readonly RevisionStatus[] {
  const { log, running } = reading;
  const { revision, split } = log.last;
  const names = new Set([revision?.name, split.stable, split.candidate, running]);
  return [...names].flatMap((name) => {
    const known = name == null ? undefined : log.revisions.get(name);
    return known === undefined ? [] : [statusOf(reading, known, about)];
  });
}

type Stage = Pick<RevisionStatus['instances'][number], 'state' | 'probeFailures' | 'reason'>;

function statusOf(
  reading: TargetReading,
  { name, version, digest, instances }: Declared,
  about: { readonly follower: string; readonly url: string },
): RevisionStatus {
  const { log, running, live } = reading;
  const isWanted = log.last.revision?.name === name;
  const count = isWanted || running === name ? instances : 0;
  const stage = isWanted ? wantedStage(reading) : runningStage(reading);
  const at = (isWanted ? log.since : live)?.slice(0, 8) ?? 'first';
  return {
    ...{ name, version, digest, restarts: 0, desiredInstances: count },
    instances: Array.from({ length: count }, (_, n) => ({
      ...stage,
      id: `${about.follower}@${at}/${n + 1}`,
      url: about.url,
    })),
  };
}

/** The revision that the manifest names: fit when the follower has come to our change, and says healthy there. */
function wantedStage(reading: TargetReading): Stage {
  const { log, follower, running, arrived, givenUp } = reading;
  if (givenUp) return { state: 'unready', probeFailures: finalFailures, reason: follower.reason };
  if (arrived && running === log.last.revision?.name) return runningStage(reading);
  const other = arrived ? `what runs is somebody else's: ${running}` : null;
  const awaited = `${log.since?.slice(0, 8) ?? 'the branch'} is not applied yet`;
  const reason = other ?? `${awaited}${follower.reason ? `: ${follower.reason}` : ''}`;
  return { state: 'starting', probeFailures: 0, reason };
}

function runningStage({ follower, arrived }: TargetReading): Stage {
  const { health, reason, settled } = follower;
  if (health === 'failing') return { state: 'unready', probeFailures: finalFailures, reason };
  // While another commit is on its way, what runs runs on.
  const isReady = health === 'healthy' || (!arrived && !settled);
  return isReady
    ? { state: 'ready', probeFailures: 0, reason: null }
    : { state: 'starting', probeFailures: 0, reason };
}
