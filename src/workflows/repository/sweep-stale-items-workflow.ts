/** The story of a repository's sweep for stale items: find what is due, give each its turn, sleep until the next is due. */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Command, CommandReceipt } from '../../domain/command.js';
import { repositoryPath, repositoryWorkflowId } from '../../domain/repository/names.js';
import { decideStaleItem } from '../../domain/stale-item/decide.js';
import { describeStaleSweep } from '../../domain/stale-item/describe.js';
import { policyOf, type StaleItemPolicies } from '../../domain/stale-item/policy.js';
import { adoptable, planPass, type PlannedPass } from '../../domain/stale-item/sweep.js';
import type { StaleSweepView } from '../../domain/stale-item/view.js';
import { taskQueues } from '../../domain/wire-names.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { CommandRecords } from '../record-command.js';
import { rejecting, requireActorAndReason } from '../refuse.js';
import { needsAttentionKey, phaseKey, repositoryKey } from '../search-attributes.js';
import { type Current, currentPolicies } from './stale-item-policy.js';
import {
  cancelSweepUpdate,
  readStaleSweepQuery,
  type StaleSweepInput,
  sweepItemsNowUpdate,
} from './sweep-stale-items-messages.js';
import { watchStaleItem } from './watch-stale-item-workflow.js';

const anHourMs = 3_600_000;
const aDayMs = 24 * anHourMs;
/** What one pass begins with: few enough that its history stays small. */
const passLimit = 100;
/** More, because each look for them is a list of all that carry the mark. */
const strayLimit = 400;

export async function sweepStaleItems(input: StaleSweepInput): Promise<StaleSweepView> {
  const { repository, dryRun, once = false } = input;
  const records = new CommandRecords();
  let wanted: 'pass' | 'end' | null = null;
  let view = input.carried?.view ?? emptyView(input);
  let watched = input.carried?.watched ?? [];
  let adoptedAtMs = input.carried?.adoptedAtMs ?? 0;

  const take =
    (wish: 'pass' | 'end', message: string) =>
    (command: Command): CommandReceipt => {
      wanted = wish;
      records.add(workflowInfo().workflowId, wish === 'pass' ? 'sweepNow' : 'cancel', command);
      return { accepted: true, message };
    };
  const validator = (command: Command): void => rejecting(() => requireActorAndReason(command));
  const example = 'One object: {"actor": "ann", "reason": "the rules are new"}';
  setHandler(sweepItemsNowUpdate, take('pass', 'it begins now'), {
    validator,
    description: `Go through the list now. ${example}`,
  });
  setHandler(cancelSweepUpdate, take('end', 'no further pass; what is watched goes on'), {
    validator,
    description: `End the sweep. ${example}`,
  });
  setHandler(readStaleSweepQuery, () => view);

  const show = (next: StaleSweepView, isOff = false): void => {
    view = next;
    setCurrentDetails(describeStaleSweep(view));
    const needsHelp = view.trouble !== null && !isOff;
    upsertSearchAttributes([
      { key: repositoryKey, value: repositoryPath(repository) },
      { key: phaseKey, value: needsHelp ? 'NeedsHelp' : 'Holding' },
      { key: needsAttentionKey, value: needsHelp ? (view.trouble?.slice(0, 200) ?? null) : null },
    ]);
  };

  const nowMs = Date.now();
  const current = await policiesNow(input).catch(
    (error: unknown) => ({ policy: null, isOff: false, reason: innermostMessage(error) }) as const,
  );
  if (current.policy === null) {
    const { isOff, reason } = current;
    const nextAtMs = nowMs + (isOff ? 6 * anHourMs : anHourMs);
    show({ ...view, plan: [], trouble: reason, passAtMs: nowMs, nextAtMs }, isOff);
  } else {
    const { policy: policies } = current;
    try {
      const pass = await look(input, policies, { nowMs, watched, adoptedAtMs });
      const { marked } = pass;
      if (marked !== null) {
        const stillThere = new Set(marked.map(({ number }) => number));
        watched = watched.filter((number) => stillThere.has(number));
        if (!pass.planned.hasMoreStrays) adoptedAtMs = nowMs;
      }
      show(
        viewOf(input, pass, {
          nowMs,
          watched: watched.length,
          nextAdoptionMs: adoptedAtMs + aDayMs,
        }),
      );
      if (!dryRun) watched = [...watched, ...(await begin(input, policies, pass))];
      show({ ...view, watched: watched.length });
    } catch (error) {
      // A list that could not be read to its end is no list: nothing of it is used.
      const trouble = `it cannot be read: ${innermostMessage(error)}`;
      show({ ...view, trouble, passAtMs: nowMs, nextAtMs: nowMs + anHourMs });
    }
  }
  if (!once) {
    const forMs = Math.max(1, (view.nextAtMs ?? 0) - Date.now());
    await condition(() => wanted !== null, forMs, { summary: 'until the next is due' });
  }
  await records.settle();
  await condition(allHandlersFinished);
  if (once || wanted === 'end') return view;
  return await continueAsNew<typeof sweepStaleItems>({
    ...input,
    carried: { watched, adoptedAtMs, view },
  });
}

async function policiesNow(input: StaleSweepInput): Promise<Current<StaleItemPolicies>> {
  const fixed = input.policies ?? null;
  return fixed === null ? await currentPolicies(input.repository, 0) : { policy: fixed };
}

interface Memory {
  readonly nowMs: number;
  readonly watched: readonly number[];
  readonly adoptedAtMs: number;
}

interface Pass {
  readonly planned: PlannedPass;
  readonly marked: readonly { readonly number: number }[] | null;
  readonly ownLogin: string;
}

/** Only reads. */
async function look(
  { repository, dryRun }: StaleSweepInput,
  policies: StaleItemPolicies,
  { nowMs, watched, adoptedAtMs }: Memory,
): Promise<Pass> {
  const listing = await atCodeHost.listStaleItems.executeWithOptions(
    { summary: 'what is due?', startToCloseTimeout: '30m' },
    [{ repository, policies, nowMs, limit: passLimit }],
  );
  const isAdopting = nowMs - adoptedAtMs >= aDayMs;
  const marked = isAdopting
    ? await atCodeHost.listMarkedItems.executeWithOptions(
        { summary: 'what carries the mark?', startToCloseTimeout: '30m' },
        [{ repository, policies }],
      )
    : null;
  const strays = adoptable(marked ?? [], policies, { watched, nowMs, limit: strayLimit });
  const planned = planPass(listing, strays, policies, nowMs);
  const plan = dryRun ? await judged(repository, policies, planned, nowMs) : planned;
  return { planned: plan, marked, ownLogin: listing.ownLogin };
}

/** What would be done about those that carry the mark already is told only by their histories. */
async function judged(
  repository: StaleSweepInput['repository'],
  policies: StaleItemPolicies,
  planned: PlannedPass,
  nowMs: number,
): Promise<PlannedPass> {
  const items = [];
  for (const item of planned.items) {
    const policy = policyOf(policies, item.isPull);
    if (item.marking === null) {
      const { number } = item;
      const { facts } = await atCodeHost.readStaleItem({ repository, number, policy });
      if (facts === null) continue;
      items.push({ ...item, decision: decideStaleItem(facts, policy, nowMs) });
    } else items.push(item);
  }
  return { ...planned, items };
}

/** @returns numbers of those that are watched from now on */
async function begin(
  { repository, policies: fixed }: StaleSweepInput,
  policies: StaleItemPolicies,
  { planned, ownLogin }: Pass,
): Promise<readonly number[]> {
  const marks = planned.items.filter(({ marking }) => marking !== null);
  const labels = [...new Set(marks.map(({ isPull }) => policyOf(policies, isPull).label))];
  if (labels.length > 0) {
    await atCodeHost.ensureStaleLabels.executeWithOptions({ summary: 'the labels exist' }, [
      { repository, labels },
    ]);
  }
  const begun: number[] = [];
  for (const { number, isPull, marking, slotAtMs } of planned.items) {
    begun.push(number);
    try {
      await startChild(watchStaleItem, {
        workflowId: repositoryWorkflowId('item', repository, number),
        args: [
          {
            ...{ repository, number, isPull, ownLogin, slotAtMs, marking },
            policy: policyOf(policies, isPull),
            isPolicyFixed: (fixed ?? null) !== null,
            dryRun: false,
            carried: null,
          },
        ],
        taskQueue: taskQueues.workflows,
        parentClosePolicy: 'ABANDON',
        staticSummary: `stale ${isPull ? 'pull request' : 'issue'} ${repositoryPath(repository)}#${number}`,
        typedSearchAttributes: [{ key: repositoryKey, value: repositoryPath(repository) }],
      });
    } catch (error) {
      // It is watched already.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
  return begun;
}

function viewOf(
  { repository, dryRun }: StaleSweepInput,
  { planned }: Pass,
  at: { readonly nowMs: number; readonly watched: number; readonly nextAdoptionMs: number },
): StaleSweepView {
  const { items, isCut, looked, exempt, endMs, nextDueAtMs } = planned;
  const soonest = Math.min(nextDueAtMs ?? Infinity, at.nextAdoptionMs, at.nowMs + aDayMs);
  const next = isCut ? Math.max(endMs, at.nowMs + 60_000) : Math.max(soonest, at.nowMs + anHourMs);
  return {
    repository,
    isDryRun: dryRun,
    passAtMs: at.nowMs,
    nextAtMs: next,
    plan: items.map(({ number, isPull, decision, slotAtMs }) => ({
      ...{ number, isPull, decision, slotAtMs },
    })),
    ...{ isCut, looked, exempt },
    watched: at.watched,
    trouble: null,
    commands: ['sweepNow', 'cancel'],
  };
}

function emptyView({ repository, dryRun }: StaleSweepInput): StaleSweepView {
  return {
    ...{ repository, isDryRun: dryRun, passAtMs: null, nextAtMs: null, plan: [], isCut: false },
    ...{ looked: 0, exempt: {}, watched: 0, trouble: null, commands: ['sweepNow', 'cancel'] },
  };
}
