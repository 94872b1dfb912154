/** Writes to a platform: capacity first, then traffic, then a look whether it holds. Each can run twice. */
import { activityInfo, log, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { Failure } from '../domain/failures.js';
import type { LedgerEvent } from '../domain/ledger-event.js';
import { type TargetKey, targetPath } from '../domain/names.js';
import type { Fence } from '../domain/rollout/fence.js';
import { type Revision, revisionName } from '../domain/rollout/revision.js';
import { type HeaderRoute, type Split, sameSplit, stableOnly } from '../domain/rollout/split.js';
import {
  type RevisionStatus,
  readyInstances,
  type WorkloadSpec,
} from '../domain/rollout/workload.js';
import type { Platform } from '../ports/platform.js';
import type { Intent } from '../ports/workload.js';
import { type ActivityPorts, platformOf } from './ports.js';
import { eventOf, recordAct } from './record.js';

/** One attempt waits this long for readiness before it asks to be repeated, so that the queue stays free for rollbacks. */
const attemptMs = 8_000;
const pollMs = 50;
/** With less time than this before the step's deadline, the next attempt would not come to its end. */
const lastAttemptMs = 400;

interface Write {
  readonly target: TargetKey;
  readonly platform: string;
  /** Workflow id on whose behalf this is written. */
  readonly subject: string;
  readonly fence: Fence;
  readonly reason: string;
}

export interface ShiftTraffic extends Write {
  readonly stable: Revision | null;
  readonly candidate: Revision;
  readonly workload: WorkloadSpec;
  readonly instances: number;
  readonly weight: number;
  readonly headerRoute: HeaderRoute | null;
  /** More unexpected exits than this end the attempt for good. */
  readonly maxRestarts: number;
}

export interface PromoteCandidate extends Write {
  readonly candidate: Revision;
}

export interface RestoreStable extends Write {
  readonly stable: Revision | null;
}

export interface Restoration {
  /** A newer decision holds at the platform. */
  readonly overtaken: boolean;
  /** The way back does not wait for its record: what could not be written is handed to whoever can wait. */
  readonly unrecorded: readonly LedgerEvent[];
}

export interface RetireRevision extends Write {
  readonly revision: Revision;
}

export interface RepairTarget extends Write {
  readonly stable: Revision | null;
  /** Null when the target never started it itself: then only traffic is put right. */
  readonly workload: WorkloadSpec | null;
}

export function createTrafficActivities(ports: ActivityPorts) {
  return {
    /**
     * Brings the candidate to its capacity, sets the split, reads it back.
     * @throws NotReady (asked again soon) until enough instances are ready; DeadlineExceeded saying what was not;
     * CandidateUnhealthy on a crash loop; StaleWrite
     */
    async shiftTraffic(input: ShiftTraffic): Promise<void> {
      const platform = platformOf(ports, input.platform);
      const name = revisionName(input.candidate);
      const capacity = {
        revision: input.candidate,
        workload: input.workload,
        instances: input.instances,
      };
      const split: Split = {
        stable: input.stable && revisionName(input.stable),
        candidate: name,
        weight: input.weight,
        headerRoute: input.headerRoute,
      };
      const before = await platform.router.readSplit(input.target);
      const raises = input.weight >= before.split.weight;
      if (raises) {
        await platform.workload.applyRevision({
          ...capacity,
          target: input.target,
          intent: intentOf(input),
        });
        await waitUntilReady(platform, input.target, name, input.instances, input.maxRestarts);
      }
      await writeSplit(platform, input, split);
      if (!raises)
        await platform.workload.applyRevision({
          ...capacity,
          target: input.target,
          intent: intentOf(input),
        });
      await recordAct(ports, input, 'trafficShifted', { split, instances: input.instances });
    },

    /** The candidate becomes the stable revision; nothing is started or stopped. @throws StaleWrite */
    async promoteCandidate(input: PromoteCandidate): Promise<void> {
      const split = stableOnly(revisionName(input.candidate));
      await writeSplit(platformOf(ports, input.platform), input, split);
      await recordAct(ports, input, 'candidatePromoted', { split });
    },

    /**
     * All traffic back to stable. Nothing is asked beforehand and no failure is final, except that a newer decision
     * already holds at the platform, which is an answer.
     */
    async restoreStable(input: RestoreStable): Promise<Restoration> {
      const split = stableOnly(input.stable && revisionName(input.stable));
      try {
        await writeSplit(platformOf(ports, input.platform), input, split);
      } catch (error) {
        if (error instanceof Failure && error.code === 'StaleWrite') {
          return { overtaken: true, unrecorded: [] };
        }
        const why = error instanceof Error ? error.message : String(error);
        throw ApplicationFailure.retryable(`traffic is not back yet: ${why}`, 'Unavailable');
      }
      const event = eventOf(ports, input, 'stableRestored', { split });
      try {
        await ports.ledger.append([event]);
        return { overtaken: false, unrecorded: [] };
      } catch (error) {
        log.warn('rollback not recorded yet', { error });
        return { overtaken: false, unrecorded: [event] };
      }
    },

    /** Stops a revision that gets no traffic any more. @throws PolicyDenied while the split names it; StaleWrite */
    async retireRevision(input: RetireRevision): Promise<void> {
      const revision = revisionName(input.revision);
      const { workload } = platformOf(ports, input.platform);
      await workload.removeRevision({ target: input.target, revision, intent: intentOf(input) });
      await recordAct(ports, input, 'revisionRetired', { revision });
    },

    /** Traffic to stable at once; then stable to full scale and everything else away. */
    async repairTarget(input: RepairTarget): Promise<void> {
      const platform = platformOf(ports, input.platform);
      const { target, stable, workload } = input;
      const name = stable && revisionName(stable);
      const there = await platform.workload.readRevisions(target);
      const running = readyInstances(there.find((revision) => revision.name === name)) > 0;
      if (running) await writeSplit(platform, input, stableOnly(name));
      if (stable && name && workload) {
        const { instances } = workload;
        await platform.workload.applyRevision({
          target,
          revision: stable,
          workload,
          instances,
          intent: intentOf(input),
        });
        if (!running) await waitUntilReady(platform, target, name, 1, Number.POSITIVE_INFINITY);
      }
      await writeSplit(platform, input, stableOnly(name));
      await recordAct(ports, input, 'targetRepaired', { stable: name });
    },
  };
}

function intentOf(input: Write): Intent {
  return { fence: input.fence, key: `${input.subject}/${input.fence.sequence}` };
}

async function writeSplit(platform: Platform, input: Write, split: Split): Promise<void> {
  await platform.router.applySplit({ target: input.target, split, intent: intentOf(input) });
  const reading = await platform.router.readSplit(input.target);
  if (sameSplit(reading.split, split)) return;
  throw new Failure('NotReady', `${targetPath(input.target)} does not show the new split yet`, {
    seen: JSON.stringify(reading.split),
    limit: JSON.stringify(split),
  });
}

async function waitUntilReady(
  platform: Platform,
  target: TargetKey,
  name: string,
  wanted: number,
  maxRestarts: number,
): Promise<void> {
  const startedAtMs = performance.now();
  const leftMs = untilDeadlineMs() - lastAttemptMs;
  let status: RevisionStatus | undefined;
  let waitedMs = 0;
  do {
    if (waitedMs > 0) await sleep(pollMs);
    const revisions = await platform.workload.readRevisions(target);
    status = revisions.find((revision) => revision.name === name);
    if (readyInstances(status) >= wanted) return;
    requireNoCrashLoop(status, maxRestarts);
    waitedMs = performance.now() - startedAtMs;
  } while (waitedMs < Math.min(attemptMs, leftMs));
  // Temporal's own word for the deadline does not say what was waited for.
  const isLast = waitedMs >= leftMs;
  const until = isLast ? ' within the progress deadline' : '';
  throw new Failure(
    isLast ? 'DeadlineExceeded' : 'NotReady',
    `${name} is not ready${until}${reasonOf(status)}`,
    {
      where: targetPath(target),
      seen: `${readyInstances(status)} instances`,
      limit: `${wanted} instances`,
    },
  );
}

/** By the server's clock up to this attempt, so that clocks that differ do not matter. */
function untilDeadlineMs(): number {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs, scheduleToCloseTimeoutMs } =
    activityInfo();
  return scheduleToCloseTimeoutMs - (currentAttemptScheduledTimestampMs - scheduledTimestampMs);
}

function requireNoCrashLoop(status: RevisionStatus | undefined, maxRestarts: number): void {
  if (!status || status.restarts <= maxRestarts) return;
  throw new Failure('CandidateUnhealthy', `${status.name} keeps exiting${reasonOf(status)}`, {
    seen: `${status.restarts} restarts`,
    limit: `${maxRestarts} restarts`,
    next: 'read its output, mend it and release a new version',
  });
}

function reasonOf(status: RevisionStatus | undefined): string {
  const reason = status?.instances.find((instance) => instance.reason !== null)?.reason;
  return reason ? `: ${reason}` : '';
}
