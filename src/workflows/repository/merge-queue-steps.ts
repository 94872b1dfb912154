/** The merge queue's decisions carried out, one at a time. */
import { describeAction } from '../../domain/merge/plan-merges.js';
import { nextQueueAction, type QueueAction } from '../../domain/merge/next-queue-action.js';
import type { Member, Trial } from '../../domain/merge/queue-state.js';
import {
  memberLeft,
  membersMerged,
  trialBegan,
  trialDiscarded,
  trialFailed,
} from '../../domain/merge/queue-steps.js';
import type { QueuePolicy } from '../../domain/merge/schema.js';
import type { MergeSurvey } from '../../domain/merge/view.js';
import type { MergeActs } from './merge-acts.js';
import type { MergeDesk } from './merge-desk.js';

/** What is ready and will not be merged by the host, however often it is asked, leaves. */
const mostRefusals = 3;

export function nextOf(desk: MergeDesk, survey: MergeSurvey, queue: QueuePolicy): QueueAction {
  const candidates = survey.pulls
    .filter(({ kind }) => kind === 'ready')
    .map(({ number, headSha, priority }) => ({
      ...{ number, headSha, priority },
      enteredAtMs: desk.seenOf(number)?.sinceMs ?? Date.now(),
    }));
  const { baseSha, verdict } = survey;
  const sight = { baseSha, candidates, verdict, nowMs: Date.now() };
  const { batch, maxWait: maxWaitMs, checkTimeout: checkTimeoutMs } = queue;
  return nextQueueAction(desk.queue, sight, { batch, maxWaitMs, checkTimeoutMs });
}

/** @returns false when there is nothing to do but wait */
export async function queueStep(
  desk: MergeDesk,
  acts: MergeActs,
  survey: MergeSurvey,
  queue: QueuePolicy,
): Promise<boolean> {
  const action = nextOf(desk, survey, queue);
  if (action.kind !== 'wait') desk.doing(describeAction(action));
  switch (action.kind) {
    case 'wait':
      return false;
    case 'try':
      await begin(desk, acts, action.members, action.baseSha);
      // The checks have only begun.
      return desk.queue.trial?.branch == null;
    case 'discard':
      desk.queue = trialDiscarded(desk.queue);
      await acts.endTrial(action.trial.branch, action.trial.sha);
      return true;
    case 'bisect':
      desk.queue = trialFailed(desk.queue, action.trial);
      await acts.endTrial(action.trial.branch, action.trial.sha);
      return true;
    case 'eject':
      await leave(desk, acts, action.member, action.reason);
      return true;
    case 'merge':
      return await mergeTrial(desk, acts, action.trial);
  }
}

async function begin(
  desk: MergeDesk,
  acts: MergeActs,
  members: readonly Member[],
  baseSha: string,
): Promise<void> {
  const n = desk.queue.nextTrial;
  const startedAtMs = Date.now();
  const begun = await acts.beginTrial(n, baseSha, members, startedAtMs);
  if (begun === null) {
    for (const member of members) await leave(desk, acts, member, 'it conflicts with the base');
    return;
  }
  const { sha, branch } = begun;
  const trial = { n, baseSha, members: begun.members, startedAtMs, branch, sha };
  desk.queue = trialBegan(desk.queue, trial);
  if (begun.conflicting.length > 0) {
    desk.doing(
      `${begun.conflicting.map(({ number }) => `#${number}`).join(', ')} conflict with those before them`,
    );
  }
}

async function leave(
  desk: MergeDesk,
  acts: MergeActs,
  member: Member,
  reason: string,
): Promise<void> {
  const { trial } = desk.queue;
  desk.queue = memberLeft(desk.queue, member);
  if (trial !== null && desk.queue.trial === null) await acts.endTrial(trial.branch, trial.sha);
  await acts.eject(member, reason);
}

/** In order, each with the base of the one before it; the first that does not get in ends it. */
async function mergeTrial(desk: MergeDesk, acts: MergeActs, trial: Trial): Promise<boolean> {
  let tip: string | null = trial.baseSha;
  let count = 0;
  for (const member of trial.members) {
    if (tip === null || desk.freeze !== null) break;
    const merged = await acts.merge(member, tip, true);
    if (merged.kind !== 'merged') break;
    count++;
    tip = merged.isOnTop ? merged.sha : null;
  }
  desk.queue = membersMerged(desk.queue, trial, count, tip);
  await acts.endTrial(trial.branch, trial.sha);
  const stuck = trial.members.find(
    ({ number }) => (desk.seenOf(number)?.balked ?? 0) >= mostRefusals,
  );
  if (stuck) await leave(desk, acts, stuck, 'the code host does not merge it');
  return count > 0 || stuck !== undefined;
}
