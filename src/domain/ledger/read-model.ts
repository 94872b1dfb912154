/** Lists and history out of the ledger's events: a pure fold, so they can be thrown away and made again at any time. */
import {
  parseReleaseWorkflowId,
  parseRolloutWorkflowId,
  parseTargetWorkflowId,
  targetPath,
} from '../names.js';
import type { Split } from '../rollout/split.js';
import type { LedgerEvent } from '../ledger-event.js';

export interface RecordedRelease {
  readonly releaseId: string;
  readonly service: string;
  readonly version: string;
  readonly requestedAt: string;
  readonly requestedBy: string;
  readonly reason: string;
  /** Null in records of before it was written down, and then its end was not, either. */
  readonly asked: AskedRelease | null;
  readonly endedAt: string | null;
  /** As releases name their outcomes, and `lost`: nobody knows of it any more. */
  readonly outcome: string | null;
}

/** All that it takes to ask for a release again, beside service and version. */
export interface AskedRelease {
  readonly digest: string;
  readonly gitSha: string | null;
  readonly from: string | null;
  readonly allowOlder: boolean;
}

export interface RecordedRollout {
  readonly rolloutId: string;
  /** `checkout/production`, with its region where there is one. */
  readonly target: string;
  readonly beganAt: string;
  /** Revision names; null: nothing was shifted yet, or nothing ran before. */
  readonly candidate: string | null;
  readonly stable: string | null;
  /** Of the last shift, per cent for the candidate. */
  readonly weight: number;
  /** Highest that the candidate had. */
  readonly exposure: number;
  readonly verdict: string | null;
  readonly endedAt: string | null;
  readonly outcome: 'promoted' | 'rolledBack' | 'lost' | null;
}

/** That nobody took away since. */
export interface RecordedLock {
  readonly targetId: string;
  readonly since: string;
  readonly owner: string;
  readonly reason: string;
  /** Epoch milliseconds; null: it ends by unlock alone. */
  readonly expiresAtMs: number | null;
}

/** A change of what a target runs: what measures of delivery count. */
export interface RecordedDeployment {
  readonly at: string;
  readonly rolloutId: string;
  readonly target: string;
  readonly outcome: 'promoted' | 'rolledBack';
  /** What was promoted or taken back. */
  readonly revision: string | null;
  readonly reason: string;
  /** From the rollout's first event, milliseconds. */
  readonly tookMs: number;
}

export interface RecordedCommand {
  readonly at: string;
  readonly subject: string;
  readonly command: string;
  readonly actor: string;
  readonly reason: string;
}

/** Each list oldest first. */
export interface ReadModel {
  readonly events: number;
  readonly releases: ReadonlyMap<string, RecordedRelease>;
  readonly rollouts: ReadonlyMap<string, RecordedRollout>;
  readonly deployments: readonly RecordedDeployment[];
  readonly commands: readonly RecordedCommand[];
  /** By id of the target. */
  readonly locks: ReadonlyMap<string, RecordedLock>;
}

/** Kind of the event by which somebody says that a release, a rollout or a lock is known to the record alone. */
export const lossNoted = 'lossNoted';

export const emptyReadModel: ReadModel = {
  events: 0,
  releases: new Map(),
  rollouts: new Map(),
  deployments: [],
  commands: [],
  locks: new Map(),
};

/** What follows when these have happened, too. Give many at once: lists are copied once for each call. */
export function foldEvents(model: ReadModel, events: Iterable<LedgerEvent>): ReadModel {
  const next = {
    events: model.events,
    releases: new Map(model.releases),
    rollouts: new Map(model.rollouts),
    deployments: [...model.deployments],
    commands: [...model.commands],
    locks: new Map(model.locks),
  };
  for (const event of events) {
    next.events += 1;
    if (event.kind === 'commandAccepted') foldCommand(next, event);
    if (event.kind === 'releaseEnded') endRelease(next, event, String(event.data['outcome']));
    if (event.kind === lossNoted) foldLoss(next, event);
    else if (event.subject.startsWith('rollout:')) foldRollout(next, event);
  }
  return next;
}

interface Lists {
  readonly releases: Map<string, RecordedRelease>;
  readonly rollouts: Map<string, RecordedRollout>;
  readonly deployments: RecordedDeployment[];
  readonly commands: RecordedCommand[];
  readonly locks: Map<string, RecordedLock>;
}

function foldCommand(lists: Lists, event: LedgerEvent): void {
  const { at, subject, actor, reason, data } = event;
  const command = String(data['command']);
  lists.commands.push({ at, subject, command, actor, reason });
  if (command === 'release') beginRelease(lists, event);
  if (keyIn(subject, parseTargetWorkflowId) === null) return;
  if (command === 'unlock') lists.locks.delete(subject);
  if (command !== 'lock') return;
  const until = data['expiresAtMs'];
  const expiresAtMs = typeof until === 'number' ? until : null;
  lists.locks.set(subject, { targetId: subject, since: at, owner: actor, reason, expiresAtMs });
}

/** Asked for again after its end, it is another run under the same name. */
function beginRelease(lists: Lists, { at, subject, actor, reason, data }: LedgerEvent): void {
  const known = lists.releases.get(subject);
  if (known !== undefined && known.endedAt === null) return;
  const key = keyIn(subject, parseReleaseWorkflowId);
  if (key === null) return;
  const { service, version } = key;
  lists.releases.set(subject, {
    ...{ releaseId: subject, service, version },
    ...{ requestedAt: at, requestedBy: actor, reason },
    ...{ asked: askedIn(data), endedAt: null, outcome: null },
  });
}

function askedIn(data: LedgerEvent['data']): AskedRelease | null {
  const { digest, gitSha, from, allowOlder } = data;
  if (typeof digest !== 'string') return null;
  const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
  return { digest, gitSha: textOf(gitSha), from: textOf(from), allowOlder: allowOlder === true };
}

function endRelease({ releases }: Lists, { at, subject }: LedgerEvent, outcome: string): void {
  const known = releases.get(subject);
  if (known?.endedAt !== null) return;
  releases.set(subject, { ...known, endedAt: at, outcome });
}

function foldLoss(lists: Lists, event: LedgerEvent): void {
  endRelease(lists, event, 'lost');
  lists.locks.delete(event.subject);
  const rollout = lists.rollouts.get(event.subject);
  if (rollout?.endedAt !== null) return;
  lists.rollouts.set(event.subject, { ...rollout, endedAt: event.at, outcome: 'lost' });
}

function foldRollout(lists: Lists, event: LedgerEvent): void {
  const { at, kind, subject, reason, data } = event;
  const known = lists.rollouts.get(subject) ?? begunBy(event);
  if (known === null) return;
  const split = data['split'] as Split | undefined;
  switch (kind) {
    case 'trafficShifted': {
      const { candidate = null, stable = null, weight = 0 } = split ?? {};
      const exposure = Math.max(known.exposure, weight);
      lists.rollouts.set(subject, { ...known, candidate, stable, weight, exposure });
      break;
    }
    case 'verdictReached':
      lists.rollouts.set(subject, { ...known, verdict: String(data['kind']) });
      break;
    case 'candidatePromoted':
    case 'stableRestored': {
      const isPromoted = kind === 'candidatePromoted';
      const outcome = isPromoted ? 'promoted' : 'rolledBack';
      const revision = isPromoted ? (split?.stable ?? null) : known.candidate;
      const weight = isPromoted ? 100 : 0;
      lists.rollouts.set(subject, { ...known, candidate: revision, weight, endedAt: at, outcome });
      const { target } = known;
      const tookMs = Date.parse(at) - Date.parse(known.beganAt);
      lists.deployments.push({ at, rolloutId: subject, target, outcome, revision, reason, tookMs });
      break;
    }
    default:
      lists.rollouts.set(subject, known);
  }
}

function begunBy({ at, subject }: LedgerEvent): RecordedRollout | null {
  const key = keyIn(subject, parseRolloutWorkflowId);
  if (key === null) return null;
  return {
    ...{ rolloutId: subject, target: targetPath(key.target) },
    ...{ beganAt: at, candidate: null, stable: null, weight: 0, exposure: 0 },
    ...{ verdict: null, endedAt: null, outcome: null },
  };
}

/** Null for what is no such id: whatever stands in the record, the rest of it can be read. */
function keyIn<Key>(id: string, parse: (id: string) => Key): Key | null {
  try {
    return parse(id);
  } catch {
    return null;
  }
}
