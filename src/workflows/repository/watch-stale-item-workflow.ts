/** The story of one stale issue or pull request: marked at its turn, watched for activity, closed when nobody answers. */
import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import { decideStaleItem, type StaleDecision } from '../../domain/stale-item/decide.js';
import type { StaleItemPolicy } from '../../domain/stale-item/policy.js';
import type { StaleItemResult } from '../../domain/stale-item/view.js';
import { atCodeHost } from '../activity-options.js';
import { innermostError, innermostMessage } from '../innermost-error.js';
import { currentItemPolicy } from './stale-item-policy.js';
import { StaleItemDesk, type Wish } from './stale-item-desk.js';
import type { StaleItemInput } from './watch-stale-item-messages.js';

const anHourMs = 3_600_000;

type End = StaleItemResult | null;

export async function watchStaleItem(input: StaleItemInput): Promise<StaleItemResult> {
  const desk = new StaleItemDesk(input);
  desk.show();
  const end = (await begin(desk)) ?? (await untilOver(desk));
  desk.move(end.outcome, end.reason);
  await desk.settle();
  await condition(allHandlersFinished);
  return end;
}

/** Up to the mark. */
async function begin(desk: StaleItemDesk): Promise<End> {
  const { carried, slotAtMs, marking, policy, dryRun } = desk.input;
  if (carried !== null) return null;
  const isTold = await desk.listenUntil(slotAtMs, 'its turn');
  if (isTold && marking !== null) {
    const wish = desk.takeWish();
    if (wish?.kind === 'close') return await close(desk, policy, wish);
    if (wish !== null) return left(`${wish.kind} by ${wish.actor}: ${wish.reason}`);
    const news = desk.takeNews();
    if (news?.kind === 'activity') return left(desk.tellActivity(news));
    if (news !== null) return left('it changed before it was marked');
  }
  if (marking === null || dryRun) return await look(desk, policy);
  return await mark(desk, marking);
}

async function mark(
  desk: StaleItemDesk,
  marking: NonNullable<StaleItemInput['marking']>,
): Promise<End> {
  const { repository, number, policy } = desk.input;
  const answer = await persist(desk, () =>
    atCodeHost.markStaleItem.executeWithOptions({ summary: `mark #${number}: ${marking.reason}` }, [
      { repository, number, policy, ...marking, dryRun: false },
    ]),
  );
  if (answer === null || answer.kind === 'moved') return left('it changed before it was marked');
  markedAt(desk, answer.atMs);
  desk.move('marked', marking.reason);
  return answer.kind === 'completed' ? await look(desk, policy) : null;
}

function markedAt(desk: StaleItemDesk, atMs: number): void {
  const { closeAfterMs } = desk.input.policy;
  desk.markedAtMs = atMs;
  desk.dueAtMs = closeAfterMs === null ? null : atMs + closeAfterMs;
}

/** Ends by activity, a person's word, or its being closed. */
async function untilOver(desk: StaleItemDesk): Promise<StaleItemResult> {
  for (;;) {
    desk.show();
    const isTold = await desk.listenUntil(desk.dueAtMs, 'grace');
    const end = isTold ? await heed(desk) : await whenDue(desk);
    if (end !== null) return end;
    if (workflowInfo().continueAsNewSuggested && !desk.hasNews()) {
      await desk.settle();
      await condition(allHandlersFinished);
      const { input } = desk;
      await continueAsNew<typeof watchStaleItem>({ ...input, carried: desk.carry() });
    }
  }
}

async function heed(desk: StaleItemDesk): Promise<End> {
  const { policy } = desk.input;
  const wish = desk.takeWish();
  if (wish?.kind === 'cancel') return left(`watched no more, by ${wish.actor}: ${wish.reason}`);
  if (wish?.kind === 'keep') return await unmark(desk, policy, wish.reason, wish.actor);
  if (wish?.kind === 'close') return await close(desk, policy, wish);
  const news = desk.takeNews();
  switch (news?.kind) {
    case undefined:
      return null;
    case 'ended':
      return left('it was closed by somebody');
    case 'unlabelled':
      return { outcome: 'unmarked', reason: `${news.by ?? 'somebody'} took the mark off` };
    case 'changed':
      return await look(desk, policy);
    case 'activity': {
      const { closeAfterMs, removeWhenUpdated } = policy;
      const what = desk.tellActivity(news);
      if (removeWhenUpdated) return await unmark(desk, policy, what, news.activity.by ?? 'unknown');
      desk.tell(what);
      desk.dueAtMs = closeAfterMs === null ? null : news.activity.atMs + closeAfterMs;
      return null;
    }
  }
}

/** By the rules of this moment, and only if they can be read. */
async function whenDue(desk: StaleItemDesk): Promise<End> {
  const current = await persist(desk, () => currentItemPolicy(desk.input));
  if (current === null) return left('the repository is gone');
  if (current.policy === null) {
    if (current.isOff) return left(current.reason);
    return waitInstead(desk, current.reason);
  }
  return await close(desk, current.policy, null);
}

async function close(
  desk: StaleItemDesk,
  policy: StaleItemPolicy,
  wish: Wish | null,
): Promise<End> {
  const { repository, number, dryRun } = desk.input;
  const forced = wish && { actor: wish.actor, reason: wish.reason };
  const summary = `close #${number}${forced === null ? ' if nobody has answered' : ''}`;
  // The same moment for every attempt of it.
  const nowMs = Date.now();
  const answer = await persist(desk, () =>
    atCodeHost.closeStaleItem.executeWithOptions({ summary }, [
      { repository, number, policy, nowMs, forced, dryRun },
    ]),
  );
  switch (answer?.kind) {
    case undefined:
    case 'gone':
      return left('it is gone');
    case 'ended':
      return left('it was closed by somebody');
    case 'closed': {
      const branch = answer.branch === null ? '' : `; branch ${answer.branch}`;
      const by = wish === null ? '' : ` by ${wish.actor}`;
      const reason = `${answer.reason}${by}${branch}`;
      return { outcome: dryRun ? 'planned' : 'closed', reason };
    }
    case 'not':
      return await follow(desk, policy, answer.decision);
  }
}

/** Reads everything anew. */
async function look(desk: StaleItemDesk, policy: StaleItemPolicy): Promise<End> {
  const { repository, number } = desk.input;
  const reading = await persist(desk, () =>
    atCodeHost.readStaleItem.executeWithOptions({ summary: `what is known of #${number}?` }, [
      { repository, number, policy },
    ]),
  );
  if (reading === null || reading.facts === null) return left('it is gone');
  const { facts } = reading;
  if (facts.history?.mark) markedAt(desk, facts.history.mark.atMs);
  const decision = decideStaleItem(facts, policy, Date.now());
  if (desk.input.dryRun) {
    return { outcome: 'planned', reason: `${decision.kind}: ${decision.reason}` };
  }
  return decision.kind === 'close'
    ? await close(desk, policy, null)
    : await follow(desk, policy, decision);
}

async function follow(
  desk: StaleItemDesk,
  policy: StaleItemPolicy,
  decision: StaleDecision,
): Promise<End> {
  switch (decision.kind) {
    case 'unmark':
      return await unmark(desk, policy, decision.reason, 'sluice');
    case 'leave':
      if (desk.markedAtMs === null) return left(decision.reason);
      desk.dueAtMs = decision.dueAtMs;
      desk.move('marked', decision.reason);
      return null;
    case 'unknown':
      return waitInstead(desk, decision.reason);
    case 'mark':
      return left('the mark is gone');
    case 'exempt':
      return left(decision.reason);
    case 'close':
      // It fell due between two looks.
      desk.dueAtMs = Date.now();
      return null;
  }
}

/** Nothing is done while it is not known whether it may be done. */
function waitInstead(desk: StaleItemDesk, reason: string): null {
  desk.dueAtMs = Date.now() + anHourMs;
  desk.move('stuck', reason);
  return null;
}

async function unmark(
  desk: StaleItemDesk,
  policy: StaleItemPolicy,
  reason: string,
  actor: string,
): Promise<StaleItemResult> {
  const { repository, number, dryRun } = desk.input;
  await persist(desk, () =>
    atCodeHost.unmarkStaleItem.executeWithOptions({ summary: `unmark #${number}: ${reason}` }, [
      { repository, number, policy, reason, actor, dryRun },
    ]),
  );
  return { outcome: dryRun ? 'planned' : 'unmarked', reason };
}

/** Again every hour after a refusal, which only people can mend; null when the item is gone. */
async function persist<T>(desk: StaleItemDesk, act: () => Promise<T>): Promise<T | null> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const innermost = innermostError(error);
      if (!(error instanceof ActivityFailure) || !(innermost instanceof ApplicationFailure))
        throw error;
      if (innermost.type === 'NotFound') return null;
      desk.move('stuck', innermostMessage(error));
      await condition(() => false, anHourMs, { summary: 'refused: tried again' });
    }
  }
}

function left(reason: string): StaleItemResult {
  return { outcome: 'left', reason };
}
