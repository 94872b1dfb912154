/** All traffic or none: a revision gets it by being the one that the branch names. */
import { Failure } from '../../domain/failures.js';
import { environmentPath, type TargetKey, targetPath } from '../../domain/names.js';
import { onlyWithdraws, refuseUnfitSplit } from '../../domain/rollout/accept-write.js';
import { emptySplit, type Split } from '../../domain/rollout/split.js';
import type { RevisionStatus } from '../../domain/rollout/workload.js';
import type { TrafficRouter } from '../../ports/traffic-router.js';
import type { Decide } from './decide.js';
import type { Declared } from './decision.js';
import type { TargetLog } from './decision-log.js';
import type { Follower } from './follower.js';
import { statusesOf, type TargetReader, type TargetReading } from './target-reading.js';

export interface GitopsRouterOptions {
  readonly decide: Decide;
  readonly reader: TargetReader;
  readonly follower: Follower;
  /** Null when it is not known. */
  readonly urlOf: (target: TargetKey) => string | null;
}

export function createGitopsRouter(options: GitopsRouterOptions): TrafficRouter {
  const { decide, reader, follower, urlOf } = options;

  /** What takes traffic away asks nobody but the log. */
  async function fitnessOf(target: TargetKey, log: TargetLog, split: Split) {
    const known = [...log.revisions.values()].map(
      ({ name, version, digest }): RevisionStatus => ({
        ...{ name, version, digest, desiredInstances: 0, instances: [], restarts: 0 },
      }),
    );
    if (onlyWithdraws(log.last.split, split)) return known;
    const reading = await reader.read(target);
    if (reading === null) return known;
    const shown = statusesOf(reading, { follower: follower.nameOf(target), url: '' });
    return [...shown, ...known];
  }

  return {
    async applySplit({ target, split, intent }) {
      refuseDivision(target, split);
      let before = emptySplit;
      const back = split.candidate === null || split.weight === 0;
      await decide({
        ...{ target, intent, urgency: back ? 'urgent' : 'ordinary' },
        async plan(log) {
          before = log?.last.split ?? emptySplit;
          const statuses = log === null ? [] : await fitnessOf(target, log, split);
          refuseUnfitSplit(before, split, statuses);
          const serving = split.weight === 100 ? split.candidate : split.stable;
          const revision = (serving !== null && log?.revisions.get(serving)) || null;
          const subject = subjectOf(target, log, revision, split);
          return { subject, revision, split };
        },
      });
      return before;
    },

    async readSplit(target) {
      const log = await reader.readLog(target);
      if (log === null) return { split: emptySplit, fence: null, url: null };
      // Where we changed nothing, nothing has to arrive.
      const reading = log.since === null ? null : await reader.read(target);
      const { split, intent } = reading?.log.last ?? log.last;
      const shown = reading === null ? split : shownSplit(reading);
      return { split: shown, fence: intent.fence, url: urlOf(target) };
    },
  };
}

function subjectOf(
  target: TargetKey,
  log: TargetLog | null,
  revision: Declared | null,
  { candidate }: Split,
): string {
  const { service } = target;
  const environment = environmentPath(target);
  const version = revision?.version ?? 'what it was before';
  if (log !== null && revision?.name !== log.last.revision?.name) {
    return `Take ${service} in ${environment} back to ${version}`;
  }
  const isPromoted = candidate === null && log?.last.split.candidate === revision?.name;
  return `${isPromoted ? 'Promote' : 'Keep'} ${service} ${version} in ${environment}`;
}

/**
 * The decided split once its revision runs, and until then all traffic where it was. A candidate has it when it is
 * healthy: before, whoever replaces pods keeps old ones, and the time of its analysis must not begin.
 */
function shownSplit({ log, running, arrived, follower }: TargetReading): Split {
  const { split, revision } = log.last;
  if (split.weight > 0) {
    const isGiven = arrived && running === split.candidate && follower.health === 'healthy';
    if (isGiven || running === null || running === split.stable || running === split.candidate) {
      return isGiven ? split : { ...split, weight: 0 };
    }
  }
  const isThere = revision === null ? arrived : running === revision.name;
  if (isThere || running === null || running === split.stable) return split;
  return { stable: split.stable, candidate: running, weight: 100, headerRoute: null };
}

/** @throws InvalidInput for anything between all and nothing */
function refuseDivision(target: TargetKey, { weight, headerRoute, mirror }: Split): void {
  const isWhole = (weight === 0 || weight === 100) && headerRoute === null;
  if (isWhole && mirror === undefined) return;
  throw new Failure('InvalidInput', 'a branch that is followed cannot divide traffic', {
    where: targetPath(target),
    seen: seenOf(weight, headerRoute?.header, mirror),
    limit: 'weight 0 or 100, no header, no mirror',
    next: 'use strategy: rolling for this environment',
  });
}

function seenOf(weight: number, header: string | undefined, mirror: number | undefined): string {
  if (mirror !== undefined) return `mirror ${mirror}`;
  return header === undefined ? `weight ${weight}` : `header ${header}`;
}
