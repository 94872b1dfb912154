/** The story of a target: one rollout at a time, for ever; it alone says what is stable here. */
import {
  CancellationScope,
  condition,
  continueAsNew,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { environmentPath, rolloutWorkflowId } from '../domain/names.js';
import { escapeMarkdown } from '../domain/rollout/describe.js';
import { planRollout, planSwitchBack } from '../domain/rollout/plan.js';
import type { RolloutResult } from '../domain/rollout/view.js';
import {
  beginNext,
  dropLapsedLock,
  dueRetirements,
  forgetRetired,
  hasRun,
  nextDeadline,
} from '../domain/target/advance.js';
import { rolloutHealth } from '../domain/target/rollout-health.js';
import type { QueuedRollout } from '../domain/target/state.js';
import { priorityKeys, taskQueues } from '../domain/wire-names.js';
import { actuateOn, rollBackOn, watchWith } from './activity-options.js';
import { adoptTarget } from './adopt-target.js';
import { innermostMessage } from './innermost-error.js';
import { metrics } from './metric-sinks.js';
import { runRollout } from './rollout-workflow.js';
import type { RolloutInput } from './rollout-messages.js';
import { environmentKey, serviceKey, strategyKey, versionKey } from './search-attributes.js';
import { handBack } from './target-ejection.js';
import { TargetDesk } from './target-desk.js';
import type { TargetInput } from './target-messages.js';

/** Long before the server asks for it, and only while nothing runs. */
const freshAfterEvents = 2_000;

/** Ends only when the target has been given back. */
export async function ownTarget(input: TargetInput): Promise<void> {
  const desk = new TargetDesk(input);
  if (input.carried === null) await adoptTarget(desk);
  desk.show();

  for (;;) {
    await somethingToDo(desk);
    desk.state = dropLapsedLock(desk.state, Date.now());
    if (desk.isHandingBack() && (await handBack(desk))) {
      await condition(() => desk.isAtRest());
      return;
    }
    if (desk.repairReason !== null) await repair(desk, desk.repairReason);
    await desk.dropOutdated();
    const begun = desk.mayBegin() ? beginNext(desk.state) : null;
    if (begun) {
      desk.state = begun.state;
      desk.show();
      await runChild(desk, begun.queued);
    }
    retireDue(desk);
    desk.show();
    if (isFull() && !desk.hasWork()) {
      await condition(() => desk.isAtRest() || desk.hasWork());
      if (!desk.hasWork()) await continueAsNew<typeof ownTarget>({ ...input, carried: desk.state });
    }
  }
}

function isFull(): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return historyLength > freshAfterEvents || continueAsNewSuggested;
}

/** A lock or a retirement that comes meanwhile brings a deadline of its own. */
async function somethingToDo(desk: TargetDesk): Promise<void> {
  const aDayMs = 86_400_000;
  const deadline = nextDeadline(desk.state);
  const forMs = deadline === null ? 30 * aDayMs : Math.max(1, deadline - Date.now());
  const ready = (): boolean => desk.hasWork() || isFull() || nextDeadline(desk.state) !== deadline;
  await condition(ready, forMs, { summary: deadline === null ? 'idle' : 'next deadline' });
}

/** The rollout is a workflow of its own, which outlives this run whatever happens to it. */
async function runChild(desk: TargetDesk, queued: QueuedRollout): Promise<void> {
  const { state } = desk;
  const input = rolloutInput(desk, queued);
  const { target } = state;
  const { candidate, requestedBy } = queued.request;
  const begunAtMs = Date.now();
  let result: RolloutResult;
  try {
    const child = await startChild(runRollout, {
      workflowId: rolloutWorkflowId({ target, n: queued.n }),
      args: [input],
      taskQueue: taskQueues.workflows,
      priority: { priorityKey: priorityKeys[queued.kind] },
      parentClosePolicy: 'ABANDON',
      // A worker that dies in the middle of a decision is missed after this.
      workflowTaskTimeout: '5s',
      staticSummary: `${candidate.version} → ${target.service}/${environmentPath(target)} (${input.plan.strategy})`,
      staticDetails: `requested by ${escapeMarkdown(requestedBy)}`,
      typedSearchAttributes: [
        { key: serviceKey, value: target.service },
        { key: environmentKey, value: environmentPath(target) },
        { key: versionKey, value: candidate.version },
        { key: strategyKey, value: input.plan.strategy },
      ],
    });
    desk.startedId = child.workflowId;
    result = await child.result();
  } catch (error) {
    result = await afterLostRollout(desk, queued, innermostMessage(error));
    const { outcome } = result;
    const tookMs = Date.now() - begunAtMs;
    // All others count their own end.
    metrics.ended({ target, outcome, tookMs, strategy: input.plan.strategy, rollback: null });
  }
  await desk.finish(queued, result);
  desk.track(learnUrl(desk));
}

/** Known only after the platform has taken the first write. */
async function learnUrl(desk: TargetDesk): Promise<void> {
  const { target, platform, url } = desk.state;
  if (url !== null) return;
  const look = watchWith(30_000).readPlatform.executeWithOptions(
    { summary: 'where is it reached?' },
    [{ target, platform }],
  );
  const reading = await look.catch(() => null);
  desk.state = { ...desk.state, url: reading?.url ?? null };
}

function rolloutInput(desk: TargetDesk, queued: QueuedRollout): RolloutInput {
  const { target, stable } = desk.state;
  const { request } = queued;
  const fullScale = request.workload.instances;
  const plan =
    queued.kind === 'switchBack'
      ? planSwitchBack(request.strategy, fullScale)
      : planRollout({
          strategy: request.strategy,
          fullScale,
          hasStable: stable !== null,
          migration: request.workload.migration,
        });
  const learnt = desk.state.dispersion ?? null;
  const health = rolloutHealth(request.health, plan.strategy, queued.kind, learnt);
  return {
    ...{ target, n: queued.n, stable, plan, health },
    requestId: request.requestId,
    releaseId: request.releaseId,
    platform: request.platform,
    candidate: request.candidate,
    fresh: !hasRun(desk.state, request.candidate),
    workload: request.workload,
    requestedBy: request.requestedBy,
    reason: request.reason,
  };
}

/** A rollout that was terminated left its traffic where it was: it is taken back here, at once. */
async function afterLostRollout(
  desk: TargetDesk,
  queued: QueuedRollout,
  reason: string,
): Promise<RolloutResult> {
  const { target, platform, stable } = desk.state;
  const rolloutId = rolloutWorkflowId({ target, n: queued.n });
  // Far beyond what any rollout counts to, and below what the target's own writes count on to.
  const lastSequence = 1_000_000_000;
  const { unrecorded } = await rollBackOn(platform).restoreStable.executeWithOptions(
    { summary: `rollout ${queued.n} was lost: traffic back to stable` },
    [
      {
        target,
        platform,
        stable,
        subject: rolloutId,
        fence: { rollout: queued.n, sequence: lastSequence },
        reason,
      },
    ],
  );
  desk.noteRepair(`rollout ${queued.n} was lost: ${reason}`);
  return {
    rolloutId,
    requestId: queued.request.requestId,
    outcome: 'aborted',
    reason: `the rollout was lost: ${reason}`,
    evidence: [],
    evidenceRef: null,
    lastSequence,
    unrecorded,
  };
}

/** Given up as soon as somebody wants to go back: that needs no repair. */
async function repair(desk: TargetDesk, reason: string): Promise<void> {
  desk.repairReason = null;
  const { target, platform, stable, stableWorkload } = desk.state;
  // Counted on from the last write: a number of its own would come after rollouts that already wait with theirs.
  const fence = { ...desk.state.fence, sequence: desk.state.fence.sequence + 1 };
  desk.state = { ...desk.state, fence };
  const scope = new CancellationScope();
  const mended = scope
    .run(() =>
      actuateOn(platform, 600_000).repairTarget.executeWithOptions(
        { summary: `repair: ${reason}` },
        [
          {
            target,
            platform,
            stable,
            workload: stableWorkload,
            subject: workflowInfo().workflowId,
            fence,
            reason,
          },
        ],
      ),
    )
    .then(
      () => desk.noteRepair(reason),
      (error: unknown) => desk.noteRepair(`not mended yet: ${reason} (${innermostMessage(error)})`),
    );
  await Promise.race([mended, condition(() => desk.wantsBack())]);
  scope.cancel();
}

/** Nobody waits for these: a late one is refused by its fence, a failed one is tried again. */
function retireDue(desk: TargetDesk): void {
  const subject = workflowInfo().workflowId;
  for (const { revision } of dueRetirements(desk.state, Date.now())) {
    desk.state = forgetRetired(desk.state, revision);
    const { target, platform, fence } = desk.state;
    const retirement = { target, platform, revision, subject, fence, reason: 'its time is over' };
    const retired = actuateOn(platform, 600_000)
      .retireRevision.executeWithOptions({ summary: `stop ${revision.version}` }, [retirement])
      .catch(() => desk.retireLater(revision));
    desk.track(retired);
  }
}
