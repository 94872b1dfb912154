/** The checks of one pull request: every change of it is looked at and told, many at once as one. */
import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { JudgedPull, PullChecksView } from '../../domain/pull-check/view.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import type { CheckPullInput } from './check-pull-messages.js';
import { PullDesk } from './pull-desk.js';

/** It begins again with the next event. */
const idleMs = 10 * 60_000;
/** After a refusal, which only people can mend. */
const troubledMs = 60 * 60_000;
const freshAfterEvents = 2_000;

/** Ends when nothing has come for a while, or the pull request is over; a dry run after one look. */
export async function checkPull(input: CheckPullInput): Promise<PullChecksView> {
  const desk = new PullDesk(input);
  // Events that it is begun with are heard in this very task.
  await Promise.resolve();
  if (!desk.hasHeard || input.dryRun) desk.wake();
  for (;;) {
    if (desk.hasNews()) await look(desk);
    if (input.dryRun) break;
    if (workflowInfo().historyLength > freshAfterEvents && !desk.hasNews()) {
      await settle(desk);
      if (!desk.hasNews()) await continueAsNew<typeof checkPull>(input);
    }
    const isDone = desk.isOver && !desk.hasNews();
    const forMs = desk.trouble === null ? idleMs : troubledMs;
    const isWoken = !isDone && (await desk.rest(forMs));
    if (isWoken) continue;
    if (desk.trouble !== null && !isDone) {
      desk.wake();
      continue;
    }
    await settle(desk);
    if (!desk.hasNews()) break;
  }
  await settle(desk);
  return desk.view();
}

async function settle(desk: PullDesk): Promise<void> {
  await desk.records.settle();
  await condition(allHandlersFinished);
}

/** A refusal is told to operators and tried again later; everything else is repeated by its activity. */
async function look(desk: PullDesk): Promise<void> {
  desk.attend();
  try {
    await judgeAndTell(desk);
    desk.trouble = null;
  } catch (error) {
    desk.trouble = innermostMessage(error);
    desk.enter('left', 'it could not be checked');
  }
  desk.passes += 1;
}

async function judgeAndTell(desk: PullDesk): Promise<void> {
  const { repository, number, dryRun } = desk.input;
  const { off } = await atCodeHost.readRepositoryPolicy.executeWithOptions(
    { summary: 'what is on here?' },
    [{ repository }],
  );
  if (off.pullChecks !== undefined) return desk.enter('left', off.pullChecks);
  const summary = `judge #${number}: ${desk.cause}`.slice(0, 200);
  const judged = await atCodeHost.judgePullRequest.executeWithOptions({ summary }, [
    { repository, number, notBeforeMs: desk.heard?.atMs ?? null },
  ]);
  if (judged.kind === 'left') {
    desk.isOver = judged.isOver;
    desk.report = null;
    return desk.enter('left', judged.reason);
  }
  desk.report = judged.report;
  if (dryRun) return desk.enter('planned', 'a dry run: nothing was written');
  if (desk.isOutdated()) return desk.enter('left', 'a newer head is looked at instead');
  await tell(desk, judged);
  desk.enter('told', desk.cause);
}

/** Beside each other: one that is refused holds up no other. */
async function tell(
  desk: PullDesk,
  { report, rules }: JudgedPull & { readonly kind: 'judged' },
): Promise<void> {
  const { repository, number } = desk.input;
  const telling = { repository, number, report, subject: desk.subject, cause: desk.cause };
  const groups = desk.groups;
  const shas = [report.sha, ...groups.filter((sha) => sha !== report.sha)];
  const { add, remove } = report.labels;
  desk.expectEcho(report);
  const told = await Promise.allSettled([
    atCodeHost.reportPullChecks.executeWithOptions(
      { summary: `${report.runs.length} check runs` },
      [{ ...telling, rules, shas }],
    ),
    add.length + remove.length > 0
      ? atCodeHost.labelPull.executeWithOptions({ summary: 'labels' }, [telling])
      : null,
    atCodeHost.commentOnPull.executeWithOptions({ summary: `comment: ${report.verdict}` }, [
      { ...telling, intentAtMs: Date.now() },
    ]),
  ]);
  for (const one of told) if (one.status === 'rejected') throw one.reason;
  desk.groups = desk.groups.filter((sha) => !groups.includes(sha));
}
