/** Lists and history out of the ledger's events: a pure fold, so they can be thrown away and made again at any time. */
import { parseReleaseWorkflowId, parseRolloutWorkflowId, targetPath } from '../names.js';
import type { Split } from '../rollout/split.js';
import type { LedgerEvent } from '../ledger-event.js';

export interface RecordedRelease {
  readonly releaseId: string;
  readonly service: string;
  readonly version: string;
  readonly requestedAt: string;
  readonly requestedBy: string;
  readonly reason: string;
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
  readonly outcome: 'promoted' | 'rolledBack' | null;
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
}

export const emptyReadModel: ReadModel = {
  events: 0,
  releases: new Map(),
  rollouts: new Map(),
  deployments: [],
  commands: [],
};

/** What follows when these have happened, too. Give many at once: lists are copied once for each call. */
export function foldEvents(model: ReadModel, events: Iterable<LedgerEvent>): ReadModel {
  const next = {
    events: model.events,
    releases: new Map(model.releases),
    rollouts: new Map(model.rollouts),
    deployments: [...model.deployments],
    commands: [...model.commands],
  };
  for (const event of events) {
    next.events += 1;
    if (event.kind === 'commandAccepted') foldCommand(next, event);
    if (event.subject.startsWith('rollout:')) foldRollout(next, event);
  }
  return next;
}

interface Lists {
  readonly releases: Map<string, RecordedRelease>;
  readonly rollouts: Map<string, RecordedRollout>;
  readonly deployments: RecordedDeployment[];
  readonly commands: RecordedCommand[];
}

function foldCommand(lists: Lists, { at, subject, actor, reason, data }: LedgerEvent): void {
  const command = String(data['command']);
  lists.commands.push({ at, subject, command, actor, reason });
  if (command !== 'release' || lists.releases.has(subject)) return;
  const key = keyIn(subject, parseReleaseWorkflowId);
  if (key === null) return;
  const { service, version } = key;
  lists.releases.set(subject, {
    ...{ releaseId: subject, service, version },
    ...{ requestedAt: at, requestedBy: actor, reason },
  });
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
