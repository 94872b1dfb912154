/** Whether a merge made the tree that git makes of the same commits here: the code host's word is not enough. */
import { freezeIssue } from '../../domain/merge/describe.js';
import { type ActivityPorts, codeHostOf, mergeTreesOf } from '../ports.js';
import { creationOf } from './creation.js';
import { type MergeStep, recordStep } from './merge-activities.js';

export type MergeProof =
  /** `isOnTop`: directly on the base that was known before, with nobody's push in between. */
  | { readonly kind: 'right'; readonly isOnTop: boolean }
  | { readonly kind: 'wrong'; readonly reason: string };

export function createVerifyMergeActivities(ports: ActivityPorts) {
  return {
    async verifyMerge(
      input: MergeStep & {
        readonly number: number;
        readonly headSha: string;
        readonly mergeSha: string;
        /** Tip of the base when the merge was decided. */
        readonly baseBefore: string;
      },
    ): Promise<MergeProof> {
      const { repository, base, number, headSha, mergeSha, baseBefore } = input;
      const { refs } = codeHostOf(ports);
      const { treeSha, parents } = await refs.readCommit(repository, mergeSha);
      const [parent, ...others] = parents;
      if (parent === undefined) return wrong('the merge has no parent');
      if (others.some((other) => other !== headSha)) {
        return wrong('the merge has a parent that is not the head of the pull request');
      }
      const isOnTop = parent === baseBefore;
      if (!isOnTop) {
        const { aheadBy } = await refs.compare(repository, parent, baseBefore);
        if (aheadBy > 0) return wrong(`${base} lost ${aheadBy} commits by the merge`);
      }
      const tip = await refs.readRef(repository, `refs/heads/${base}`);
      if (tip !== null && tip !== mergeSha) {
        const { aheadBy } = await refs.compare(repository, tip, mergeSha);
        if (aheadBy > 0) return wrong(`${base} does not hold the merge`);
      }
      const ours = await mergeTreesOf(ports).mergeTree(repository, parent, {
        number,
        sha: headSha,
      });
      if (ours.kind === 'conflicts') {
        return wrong(`git finds conflicts in ${ours.paths.slice(0, 5).join(', ')}`);
      }
      if (ours.tree !== treeSha) {
        return wrong(`its tree is ${treeSha}, but merging the same commits makes ${ours.tree}`);
      }
      return { kind: 'right', isOnTop };

      function wrong(reason: string): MergeProof {
        return { kind: 'wrong', reason };
      }
    },

    /** @returns number of the issue */
    async tellOfFreeze(
      input: MergeStep & {
        readonly number: number;
        readonly mergeSha: string;
        readonly owner: string | null;
      },
    ): Promise<number> {
      const { repository, base, number, mergeSha, owner, reason } = input;
      const text = freezeIssue(repository, base, { number, mergeSha }, reason, owner);
      const issue = await codeHostOf(ports).items.createIssue(
        repository,
        { ...text, labels: [], assignees: [] },
        creationOf(`merge-freeze/${mergeSha}`),
      );
      const after = { issue: issue.number };
      await recordStep(ports, input, 'mergingFrozen', { before: { sha: mergeSha }, after });
      return issue.number;
    },

    async endFreeze(
      input: MergeStep & { readonly issue: number; readonly actor: string; readonly key: string },
    ): Promise<void> {
      const { repository, issue, actor, reason, key } = input;
      const { items } = codeHostOf(ports);
      const text = `Merging goes on: ${actor}: ${reason}`;
      await items.createComment(repository, issue, text, creationOf(`merge-resume/${key}`));
      await items.editItem(repository, issue, { state: 'closed', stateReason: 'completed' });
      await recordStep(ports, input, 'mergingResumed', { before: { issue }, after: { actor } });
    },
  };
}
