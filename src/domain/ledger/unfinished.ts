/** What the record says is under way: whoever has lost everything else finds here what to ask for again. */
import {
  namePattern,
  parseRolloutWorkflowId,
  parseTargetWorkflowId,
  targetPath,
  versionPattern,
} from '../names.js';
import { digestPattern } from '../rollout/revision.js';
import type { ReadModel, RecordedLock, RecordedRelease, RecordedRollout } from './read-model.js';

export interface Unfinished {
  readonly kind: 'release' | 'rollout' | 'lock';
  /** Workflow id; of the target where it is a lock. */
  readonly subject: string;
  readonly since: string;
  /** For people, one line: what was known of it last. */
  readonly last: string;
  /** What does it again; null where nothing is to be done. */
  readonly next: string | null;
}

const why = '--reason "under way when Temporal lost it"';

/**
 * Oldest first of each kind: releases, the newest rollout of each target (a target has one at a time), locks that hold.
 * Releases of records that did not tell their ends are left out.
 */
export function unfinishedIn(model: ReadModel, nowMs: number): readonly Unfinished[] {
  const newest = new Map([...model.rollouts.values()].map((each) => [each.target, each]));
  const holds = ({ expiresAtMs }: RecordedLock) => expiresAtMs === null || expiresAtMs > nowMs;
  return [
    ...[...model.releases.values()].flatMap(releaseLeft),
    ...[...newest.values()].filter(({ endedAt }) => endedAt === null).map(rolloutLeft),
    ...[...model.locks.values()].filter(holds).map((lock) => lockLeft(lock, nowMs)),
  ];
}

function releaseLeft(release: RecordedRelease): Unfinished[] {
  const { releaseId, asked, endedAt, requestedAt, requestedBy } = release;
  if (asked === null || endedAt !== null) return [];
  const last = `asked for by ${requestedBy}: ${release.reason}`;
  return [{ kind: 'release', subject: releaseId, since: requestedAt, last, next: again(release) }];
}

/** Only what cannot mean anything else to a shell. */
function again({ service, version, asked }: RecordedRelease): string | null {
  const isNamed = namePattern.test(service) && versionPattern.test(version);
  if (!isNamed || asked === null || !digestPattern.test(asked.digest)) return null;
  const { digest, gitSha, from, allowOlder } = asked;
  return [
    `sluice release ${service}@${version} --digest ${digest}`,
    ...(from !== null && /^[a-z0-9/-]+$/.test(from) ? [`--from ${from}`] : []),
    ...(gitSha !== null && /^[0-9a-f]+$/.test(gitSha) ? [`--git-sha ${gitSha}`] : []),
    ...(allowOlder ? ['--allow-older'] : []),
    why,
  ].join(' ');
}

function rolloutLeft({ rolloutId, beganAt, candidate, weight }: RecordedRollout): Unfinished {
  const last = candidate === null ? 'nothing was shifted yet' : `${weight} % on ${candidate}`;
  const { target } = parseRolloutWorkflowId(rolloutId);
  const next = `sluice get ${targetPath(target)}`;
  return { kind: 'rollout', subject: rolloutId, since: beganAt, last, next };
}

function lockLeft(lock: RecordedLock, nowMs: number): Unfinished {
  const { targetId, since, owner, reason, expiresAtMs } = lock;
  const path = targetPath(parseTargetWorkflowId(targetId));
  const minutes = expiresAtMs === null ? null : Math.ceil((expiresAtMs - nowMs) / 60_000);
  const until = minutes === null ? '' : ` --expires-in ${minutes}m`;
  const next = `sluice lock ${path}${until} ${why}`;
  return { kind: 'lock', subject: targetId, since, last: `by ${owner}: ${reason}`, next };
}
