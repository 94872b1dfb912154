/** What merging does to the world, each act with its proof: one merge, one trial, one word to an author. */
import { ActivityFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { RepositoryActivities } from '../../activities/index.js';
import type { Member } from '../../domain/merge/queue-state.js';
import type { MergePolicy } from '../../domain/merge/schema.js';
import { taskQueues } from '../../domain/wire-names.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import type { MergeDesk } from './merge-desk.js';
import type { MergePullsInput } from './merge-messages.js';

/** A first mirror of a large repository takes its time. */
const withMirror = proxyActivities<RepositoryActivities>({
  taskQueue: taskQueues.github,
  startToCloseTimeout: '30m',
  heartbeatTimeout: '30s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

const longestProofMs = 2 * 3_600_000;

export type MergedOne =
  /** `isOnTop`: nobody's push came between the base that was known and the merge. */
  | { readonly kind: 'merged'; readonly sha: string; readonly isOnTop: boolean }
  | { readonly kind: 'not'; readonly reason: string };

export class MergeActs {
  private readonly desk: MergeDesk;
  private readonly policy: MergePolicy;
  private readonly at: Pick<MergePullsInput, 'repository' | 'base'>;

  constructor(desk: MergeDesk, { repository, base }: MergePullsInput, policy: MergePolicy) {
    this.desk = desk;
    this.policy = policy;
    this.at = { repository, base };
  }

  /**
   * Merges exactly this head, proves the tree, and takes the branch away. A wrong tree stops all merging.
   * @param pinned it was tried on this base and may be merged into no other
   */
  async merge(member: Member, baseBefore: string, pinned: boolean): Promise<MergedOne> {
    const { desk, policy } = this;
    const { number, headSha } = member;
    desk.doing(`merge #${number}`);
    const step = this.step('it is ready and everything required has succeeded');
    const attempt = await atCodeHost.mergeOne.executeWithOptions({ summary: `merge #${number}` }, [
      { ...step, number, headSha, policy, baseSha: pinned ? baseBefore : null },
    ]);
    if (attempt.kind !== 'merged') {
      desk.mark(member, { balked: (desk.seenOf(number)?.balked ?? 0) + 1 });
      if (attempt.kind === 'refused') desk.trouble = attempt.reason;
      desk.doing(`#${number} is not merged: ${attempt.reason}`);
      return { kind: 'not', reason: attempt.reason };
    }
    desk.merged++;
    const mergeSha = attempt.sha;
    desk.mark(member, { mergedSha: mergeSha });
    const proof = await this.prove({ ...step, number, headSha, mergeSha, baseBefore });
    if (proof.kind === 'wrong') {
      await this.freeze(number, mergeSha, proof.reason);
      return { kind: 'not', reason: proof.reason };
    }
    const { headRef } = attempt;
    if (headRef !== null && policy.deleteBranch) await this.deleteBranch(headRef, headSha);
    return { kind: 'merged', sha: mergeSha, isOnTop: proof.isOnTop };
  }

  /** What cannot be proved is as bad as what is wrong. */
  private async prove(input: Parameters<RepositoryActivities['verifyMerge']>[0]) {
    try {
      return await withMirror.verifyMerge.executeWithOptions(
        {
          summary: `is the tree of #${input.number} right?`,
          scheduleToCloseTimeout: longestProofMs,
        },
        [input],
      );
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      const reason = `it cannot be proved: ${innermostMessage(error)}`;
      return { kind: 'wrong', reason } as const;
    }
  }

  async eject(member: Member, reason: string): Promise<void> {
    this.desk.doing(`#${member.number} is sent away: ${reason}`);
    const label = this.policy.requires.labels[0] ?? 'automerge';
    await atCodeHost.ejectPull.executeWithOptions({ summary: `#${member.number} leaves` }, [
      { ...this.step(reason), member, label },
    ]);
  }

  beginTrial(n: number, baseSha: string, members: readonly Member[], atMs: number) {
    const names = members.map(({ number }) => `#${number}`).join(', ');
    this.desk.doing(`try ${names}`);
    return withMirror.beginTrial.executeWithOptions({ summary: `try ${names}` }, [
      { ...this.step('everything is tried on the newest base'), n, baseSha, members, atMs },
    ]);
  }

  async endTrial(branch: string | null, sha: string): Promise<void> {
    if (branch === null) return;
    await atCodeHost.endTrial.executeWithOptions({ summary: `take ${branch} away` }, [
      { ...this.step('the trial is over'), branch, sha },
    ]);
  }

  updateBranch(member: Member): Promise<string | null> {
    const { number, headSha } = member;
    this.desk.doing(`bring the base into #${number}`);
    return atCodeHost.updatePullBranch.executeWithOptions({ summary: `update #${number}` }, [
      { ...this.step('protection wants the newest base in the head'), number, headSha },
    ]);
  }

  async tellOfWait(member: Member, owner: string, why: string, next: readonly string[]) {
    const summary = `tell ${owner} of #${member.number}`;
    await atCodeHost.tellOfWait.executeWithOptions({ summary }, [
      { ...this.step(why), member, owner, why, next },
    ]);
  }

  async endFreeze(issue: number, actor: string, reason: string, key: string): Promise<void> {
    await atCodeHost.endFreeze.executeWithOptions({ summary: 'merging goes on' }, [
      { ...this.step(reason), issue, actor, key },
    ]);
  }

  private async freeze(number: number, mergeSha: string, reason: string): Promise<void> {
    const { desk, policy } = this;
    const text = `#${number} was merged wrongly: ${reason}`;
    // Stopped before anybody is told: telling may take long when the host has trouble.
    desk.freeze = { reason: text, atMs: Date.now(), by: null, issue: null };
    desk.doing(text);
    const owner = policy.queue?.owner ?? null;
    const issue = await atCodeHost.tellOfFreeze.executeWithOptions(
      { summary: 'tell that merging is stopped' },
      [{ ...this.step(reason), number, mergeSha, owner }],
    );
    desk.freeze = { ...desk.freeze, issue };
  }

  private async deleteBranch(headRef: string, headSha: string): Promise<void> {
    const left = await atCodeHost.deleteMergedBranch.executeWithOptions(
      { summary: `delete ${headRef}, if nothing needs it` },
      [{ ...this.step('it is merged'), headRef, headSha }],
    );
    if (left !== null) this.desk.doing(`${headRef} stays: ${left}`);
  }

  private step(reason: string) {
    return { ...this.at, subject: this.desk.subject, reason };
  }
}
