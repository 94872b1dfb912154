/** Runs a revision by committing it to the branch; that it runs is for the branch's follower to say. */
import { Failure } from '../../domain/failures.js';
import { environmentPath, type TargetKey, targetPath } from '../../domain/names.js';
import { refuseRemovalInSplit, refuseStaleWrite } from '../../domain/rollout/accept-write.js';
import { stableOnly } from '../../domain/rollout/split.js';
import type { Workload } from '../../ports/workload.js';
import type { Branch } from './branch.js';
import type { Decide } from './decide.js';
import { declared } from './decision.js';
import type { DecisionLog } from './decision-log.js';
import type { Follower } from './follower.js';
import type { Manifest } from './manifest.js';
import { statusesOf, type TargetReader } from './target-reading.js';

const listAgeMs = 2_000;

export interface GitopsWorkloadOptions {
  readonly branch: Branch;
  readonly decisions: DecisionLog;
  readonly decide: Decide;
  readonly reader: TargetReader;
  readonly manifest: Manifest;
  readonly follower: Follower;
  /** Null when it is not known. */
  readonly urlOf: (target: TargetKey) => string | null;
}

export function createGitopsWorkload(options: GitopsWorkloadOptions): Workload {
  const { branch, decisions, decide, reader, manifest, follower, urlOf } = options;
  return {
    async applyRevision({ target, revision, instances, intent }) {
      const wanted = declared(revision, instances);
      const isNew = (await reader.readLog(target))?.last.revision?.name !== wanted.name;
      // What nobody follows, or nobody can say healthy of, is better not committed at all.
      if (isNew) await follower.read(target);
      await decide({
        ...{ target, intent, urgency: 'ordinary' },
        plan(log) {
          const stable = log?.last.split.stable ?? null;
          const split =
            stable === wanted.name
              ? stableOnly(stable)
              : { stable, candidate: wanted.name, weight: 100, headerRoute: null };
          const subject = `Release ${target.service} ${revision.version} to ${environmentPath(target)}`;
          return { subject, revision: wanted, split };
        },
      });
    },

    async listTargets() {
      const tip = await branch.tip(listAgeMs);
      const targets = await decisions.listTargets(tip);
      // The log remembers for ever; a target whose file is gone was given up by its owners.
      const files = await Promise.all(
        targets.map((target) => branch.read(tip, manifest.fileOf(target)).catch(() => null)),
      );
      return targets.filter((_, n) => files[n] !== null);
    },

    async readRevisions(target) {
      const reading = await reader.read(target);
      if (reading === null) return [];
      const name = follower.nameOf(target);
      return statusesOf(reading, { follower: name, url: urlOf(target) ?? '' });
    },

    /** It went when another one was committed; only what is still in use is refused. */
    async removeRevision({ target, revision, intent }) {
      const log = await reader.readLog(target, 0);
      if (log === null) return;
      refuseStaleWrite(target, log.last.intent.fence, intent.fence);
      refuseRemovalInSplit(log.last.split, revision);
    },

    async replaceInstance({ target, instance }) {
      throw new Failure('PolicyDenied', 'a branch that is followed names no instances', {
        where: targetPath(target),
        seen: instance,
        next: 'set health.comparison.oneBadInstance: rollBack, or leave it out',
      });
    },
  };
}
