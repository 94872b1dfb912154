/** The story of merging into one base: look, merge what is ready, wait with an owner and an end, and stop when wrong. */
import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { planMerges } from '../../domain/merge/plan-merges.js';
import type { MergePolicy } from '../../domain/merge/schema.js';
import type { MergeResult, MergeSurvey } from '../../domain/merge/view.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { MergeActs } from './merge-acts.js';
import { MergeDesk } from './merge-desk.js';
import type { MergePullsInput } from './merge-messages.js';
import { nextOf, queueStep } from './merge-queue-steps.js';

const anHourMs = 3_600_000;
const settlingMs = 2_000;
const freshAfterEvents = 2_000;

/** Ends when nobody waits to be merged; the next pull request that may be merged begins it anew. */
export async function mergePulls(input: MergePullsInput): Promise<MergeResult> {
  const desk = new MergeDesk(input);
  for (;;) {
    desk.attend();
    const look = await lookAt(desk, input);
    if (input.dryRun) return { steps: planOf(desk, look), merged: 0 };
    if (look.kind === 'seen') await passOrRest(desk, input, look);
    else if (look.kind === 'unknown') await restInTrouble(desk, look.reason);
    if (look.kind === 'nothing' || isOver(desk)) {
      await settle(desk);
      if (!desk.isWoken && desk.freeze === null) return { steps: [], merged: desk.merged };
    }
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (historyLength > freshAfterEvents || continueAsNewSuggested) {
      await settle(desk);
      await continueAsNew<typeof mergePulls>({ ...input, memory: desk.memory() });
    }
  }
}

async function settle(desk: MergeDesk): Promise<void> {
  await desk.records.settle();
  await condition(allHandlersFinished);
}

/** Nobody waits, nothing is under way, nobody has called since the look. */
function isOver({ survey, queue, freeze, isWoken, trouble }: MergeDesk): boolean {
  const isIdle = survey?.pulls.length === 0 && queue.trial === null;
  return isIdle && freeze === null && trouble === null && !isWoken;
}

interface Seen {
  readonly kind: 'seen';
  readonly policy: MergePolicy;
  readonly survey: MergeSurvey;
}

type Look =
  | Seen
  /** The policy wants nothing merged here. */
  | { readonly kind: 'nothing'; readonly reason: string }
  /** Nothing is known for certain: then nothing is done. */
  | { readonly kind: 'unknown'; readonly reason: string };

async function lookAt(desk: MergeDesk, input: MergePullsInput): Promise<Look> {
  const { repository, base } = input;
  try {
    const reading = await atCodeHost.readRepositoryPolicy.executeWithOptions(
      { summary: 'what does the policy say?' },
      [{ repository }],
    );
    if (reading.policy === null) {
      return { kind: 'unknown', reason: 'sluice.yaml of the repository has faults' };
    }
    const policy = reading.policy.merge;
    if (policy === undefined) return { kind: 'nothing', reason: 'the policy merges nothing' };
    const off = reading.off.autoMerge ?? (policy.queue && reading.off.mergeQueue);
    if (off !== undefined) return { kind: 'nothing', reason: off };
    const bases = policy.bases.length > 0 ? policy.bases : [reading.defaultBranch];
    if (!bases.includes(base)) {
      return { kind: 'nothing', reason: `the policy merges into ${bases.join(', ')} only` };
    }
    const seen = await atCodeHost.surveyMerges.executeWithOptions(
      { summary: `what waits for ${base}?` },
      [{ repository, base, policy, trialSha: desk.queue.trial?.sha ?? null }],
    );
    const survey = desk.take(seen);
    desk.show();
    return { kind: 'seen', policy, survey };
  } catch (error) {
    return { kind: 'unknown', reason: `it cannot be read: ${innermostMessage(error)}` };
  }
}

function planOf(desk: MergeDesk, look: Look): readonly string[] {
  if (look.kind !== 'seen') return [`leave everything: ${look.reason}`];
  const { policy, survey } = look;
  return planMerges(survey, policy, policy.queue ? nextOf(desk, survey, policy.queue) : null);
}

async function restInTrouble(desk: MergeDesk, reason: string): Promise<void> {
  desk.trouble = reason;
  await desk.rest({ what: reason, owner: 'repository', untilMs: Date.now() + anHourMs }, anHourMs);
}

/** What is refused for good, such as a missing permission, is shown and asked again much later. */
async function passOrRest(desk: MergeDesk, input: MergePullsInput, look: Seen): Promise<void> {
  try {
    await pass(desk, input, look);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    await restInTrouble(desk, innermostMessage(error));
  }
}

async function pass(desk: MergeDesk, input: MergePullsInput, { policy, survey }: Seen) {
  const acts = new MergeActs(desk, input, policy);
  if (desk.freeze !== null) {
    await thaw(desk, acts, policy);
    return;
  }
  await tellOverdue(desk, acts, policy, survey);
  const isDone = policy.queue
    ? await queueStep(desk, acts, survey, policy.queue)
    : await mergeReady(desk, acts, survey);
  if (isDone || desk.freeze !== null || (await updateBehind(desk, acts, survey))) return;
  await restUntilLook(desk, policy, survey);
}

async function thaw(desk: MergeDesk, acts: MergeActs, policy: MergePolicy): Promise<void> {
  const { freeze, resumed } = desk;
  if (freeze === null) return;
  if (resumed === null) {
    const owner = freeze.by ?? policy.queue?.owner ?? 'repository';
    const untilMs = Date.now() + 24 * anHourMs;
    await desk.rest({ what: `resume: ${freeze.reason}`, owner, untilMs }, 24 * anHourMs);
    return;
  }
  const { actor, reason } = resumed;
  if (freeze.issue !== null) await acts.endFreeze(freeze.issue, actor, reason, `${freeze.atMs}`);
  desk.freeze = null;
  desk.resumed = null;
  desk.doing(`goes on by ${actor}`);
}

/** @returns true when something was merged, so that all must be looked at anew */
async function mergeReady(
  desk: MergeDesk,
  acts: MergeActs,
  { baseSha, pulls }: MergeSurvey,
): Promise<boolean> {
  let tip = baseSha;
  let isMerged = false;
  for (const { number, headSha, kind } of pulls) {
    if (kind !== 'ready' || isStopped(desk)) continue;
    const merged = await acts.merge({ number, headSha }, tip, false);
    if (merged.kind !== 'merged') continue;
    isMerged = true;
    tip = merged.sha;
  }
  return isMerged;
}

/** As it is by now: a person or a wrong merge may have stopped it in the middle. */
function isStopped(desk: MergeDesk): boolean {
  return desk.freeze !== null;
}

/** One at a time, and only when no other is on its way: each merge leaves all others behind again. */
async function updateBehind(
  desk: MergeDesk,
  acts: MergeActs,
  { pulls }: MergeSurvey,
): Promise<boolean> {
  const isUnderWay = pulls.some(
    ({ kind, number }) =>
      kind === 'ready' ||
      (kind === 'waits' && Date.now() - (desk.seenOf(number)?.sinceMs ?? 0) < anHourMs),
  );
  const behind = pulls.find(({ kind }) => kind === 'behind');
  if (isUnderWay || behind === undefined) return false;
  const { number, headSha } = behind;
  const trouble = await acts.updateBranch({ number, headSha });
  if (trouble !== null) await acts.eject({ number, headSha }, trouble);
  return true;
}

/** Nothing is waited for in silence for longer than the policy allows. */
async function tellOverdue(
  desk: MergeDesk,
  acts: MergeActs,
  policy: MergePolicy,
  { pulls }: MergeSurvey,
): Promise<void> {
  for (const { number, headSha, kind, why, next, author } of pulls) {
    const seen = desk.seenOf(number);
    if (kind === 'ready' || seen === undefined || seen.isTold) continue;
    if (Date.now() - seen.sinceMs < policy.maxWait) continue;
    const owner = kind === 'blocked' ? author : (policy.queue?.owner ?? author);
    await acts.tellOfWait({ number, headSha }, owner, why, next);
    desk.mark({ number, headSha }, { isTold: true });
  }
}

async function restUntilLook(
  desk: MergeDesk,
  policy: MergePolicy,
  { pulls }: MergeSurvey,
): Promise<void> {
  const { trial } = desk.queue;
  const owner = policy.queue?.owner ?? pulls[0]?.author ?? 'repository';
  if (trial !== null && policy.queue) {
    const untilMs = trial.startedAtMs + policy.queue.checkTimeout;
    await desk.rest({ what: `checks of trial ${trial.n}`, owner, untilMs });
    return;
  }
  if (pulls.length === 0) return;
  const due = pulls.flatMap(({ number }) => {
    const seen = desk.seenOf(number);
    return seen === undefined || seen.isTold ? [] : [seen.sinceMs + policy.maxWait];
  });
  const untilMs = Math.max(Date.now() + settlingMs, Math.min(Date.now() + anHourMs, ...due));
  const what = pulls.map(({ number }) => `#${number}`).join(', ');
  const isSettling = pulls.some((pull) => pull.isSettling);
  await desk.rest({ what, owner, untilMs }, isSettling ? settlingMs : undefined);
}
