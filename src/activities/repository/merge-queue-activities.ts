/** Steps of the merge queue beside merging itself: trials on branches of their own, and words to those who leave. */
import { activityInfo } from '@temporalio/activity';
import { Failure } from '../../domain/failures.js';
import { ejectedText, waitingText } from '../../domain/merge/describe.js';
import type { Member } from '../../domain/merge/queue-state.js';
import { type ActivityPorts, codeHostOf, mergeTreesOf } from '../ports.js';
import { creationOf } from './creation.js';
import { type MergeStep, recordStep } from './merge-activities.js';

/** `members` merged cleanly, in this order; `conflicting` did not, on the base or on those before them. */
export interface BegunTrial {
  readonly sha: string;
  /** Null: the only member's head holds the base already, so its own checks judge it. */
  readonly branch: string | null;
  readonly members: readonly Member[];
  readonly conflicting: readonly Member[];
}

export function createMergeQueueActivities(ports: ActivityPorts) {
  return {
    /** Null when none of them merges cleanly. */
    async beginTrial(
      input: MergeStep & {
        readonly n: number;
        readonly baseSha: string;
        readonly members: readonly Member[];
        readonly atMs: number;
      },
    ): Promise<BegunTrial | null> {
      const { repository, base, n, baseSha, members, atMs } = input;
      const branch = `sluice/queue/${base}/${n}`;
      const heads = members.map(({ number, headSha }) => ({ number, sha: headSha }));
      const made = await mergeTreesOf(ports).pushTrial(repository, {
        branch,
        baseSha,
        heads,
        atMs,
      });
      if (made === null) return null;
      const merged = new Set(
        made.merges.flatMap(({ kind, number }) => (kind === 'merged' ? [number] : [])),
      );
      const begun: BegunTrial = {
        sha: made.sha,
        branch: made.isHead ? null : branch,
        members: members.filter(({ number }) => merged.has(number)),
        conflicting: members.filter(({ number }) => !merged.has(number)),
      };
      const after = { sha: made.sha, branch: begun.branch, members: begun.members };
      await recordStep(ports, input, 'mergeTrialBegan', { before: { base: baseSha }, after });
      return begun;
    },

    /** Takes the trial's branch away, unless somebody moved it. */
    async endTrial(
      input: MergeStep & { readonly branch: string; readonly sha: string },
    ): Promise<void> {
      const { repository, branch, sha } = input;
      const ref = `refs/heads/${branch}`;
      try {
        await codeHostOf(ports).refs.updateRefs(repository, [
          { ref, before: sha, after: null, force: true },
        ]);
      } catch (error) {
        const left: readonly Failure['code'][] = ['Conflict', 'PolicyDenied', 'Forbidden'];
        if (!(error instanceof Failure) || !left.includes(error.code)) throw error;
        const isOurs =
          activityInfo().attempt > 1 &&
          (await codeHostOf(ports).refs.readRef(repository, ref)) === null;
        if (!isOurs) return;
      }
      await recordStep(ports, input, 'mergeTrialEnded', { before: { ref, sha }, after: null });
    },

    /** Takes away the label that put it there, and says why. */
    async ejectPull(
      input: MergeStep & { readonly member: Member; readonly label: string },
    ): Promise<void> {
      const { repository, base, member, label, reason } = input;
      const { number, headSha } = member;
      const { items } = codeHostOf(ports);
      const text = ejectedText(base, reason, label);
      const creation = creationOf(`queue-out/${number}/${headSha}`);
      await items.createComment(repository, number, text, creation);
      await items.changeLabels(repository, number, { add: [], remove: [label] });
      const before = { pull: number, labels: [label] };
      await recordStep(ports, input, 'pullEjected', {
        before,
        after: { pull: number, labels: [] },
      });
    },

    /** Names whoever should care for a wait that is too long. */
    async tellOfWait(
      input: MergeStep & {
        readonly member: Member;
        readonly owner: string;
        readonly why: string;
        readonly next: readonly string[];
      },
    ): Promise<void> {
      const { repository, member, owner, why, next } = input;
      const { number, headSha } = member;
      const text = waitingText(owner, why, next);
      const creation = creationOf(`merge-wait/${number}/${headSha}`);
      await codeHostOf(ports).items.createComment(repository, number, text, creation);
      const after = { pull: number, told: owner };
      await recordStep(ports, input, 'waitTold', { before: null, after });
    },
  };
}
