/** Writes to a platform: capacity first, then traffic, then a look whether it holds. Each can run twice. */
import { activityInfo, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { Failure } from '../domain/failures.js';
import type { LedgerEvent } from '../domain/ledger-event.js';
import { type TargetKey, targetPath } from '../domain/names.js';
import type { Fence } from '../domain/rollout/fence.js';
import { type Revision, revisionName } from '../domain/rollout/revision.js';
import { type HeaderRoute, type Split, sameSplit, stableOnly } from '../domain/rollout/split.js';
import { readyInstances, type WorkloadSpec } from '../domain/rollout/workload.js';
import type { Platform } from '../ports/platform.js';
import type { Intent } from '../ports/workload.js';
import { type ActivityPorts, platformOf } from './ports.js';
import { requireFit } from './preflight.js';
import { eventOf, notForLong, recordAct } from './record.js';
import { turnFollowers } from './turn-followers.js';
import { waitUntilReady } from './wait-until-ready.js';

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
  /** Per cent of the requests that are copied to the candidate; absent: none. */
  readonly mirror?: number;
  /** More unexpected exits than this end the attempt for good. */
  readonly maxRestarts: number;
  /** A candidate that was not deployed before is looked over first; absent on the way back, which asks nothing. */
  readonly preflight?: boolean;
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

/** What is left behind was found wanting: soon, a part of the former capacity is better than all of it. */
const fullBackWithinMs = 3000;

/** All at first, then half of them, and from the second attempt on any one: an unready pod must not keep traffic where it is. */
function enoughToGoBack(all: number, waitedMs: number): number {
  if (activityInfo().attempt > 1) return 1;
  return waitedMs < fullBackWithinMs ? all : Math.ceil(all / 2);
}

export function createTrafficActivities(ports: ActivityPorts) {
  return {
    /**
     * Brings the candidate to its capacity, sets the split, reads it back.
     * @throws NotReady (asked again soon) until enough instances are ready; DeadlineExceeded saying what was not;
     * CandidateUnhealthy on a crash loop; PreflightFailed before anything was written; StaleWrite
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
        ...(input.mirror !== undefined && { mirror: input.mirror }),
      };
      const { split: before } = await platform.router.readSplit(input.target);
      // Copies end before anything else: the next step may need fewer instances than they do.
      if (before.mirror !== undefined && input.mirror === undefined) {
        const { mirror: _, ...unmirrored } = before;
        await writeSplit(platform, input, unmirrored);
      }
      const raises = input.weight >= before.weight;
      if (raises) {
        if (input.preflight) await requireFit(platform, input, input.instances);
        await platform.workload.applyRevision({
          ...capacity,
          target: input.target,
          intent: intentOf(input),
        });
        await waitUntilReady(platform.workload, {
          target: input.target,
          revision: name,
          // A platform gives more where stable runs at more than was asked for once.
          enough: (desired, waitedMs) => {
            const all = Math.max(input.instances, desired);
            return input.preflight === false ? enoughToGoBack(all, waitedMs) : all;
          },
          maxRestarts: input.maxRestarts,
        });
      }
      await writeSplit(platform, input, split);
      if (!raises)
        await platform.workload.applyRevision({
          ...capacity,
          target: input.target,
          intent: intentOf(input),
        });
      await recordAct(ports, input, 'trafficShifted', {
        ...change(before, split),
        instances: input.instances,
      });
    },

    /** The candidate becomes the stable revision; nothing is started or stopped. @throws StaleWrite */
    async promoteCandidate(input: PromoteCandidate): Promise<void> {
      const platform = platformOf(ports, input.platform);
      const revision = revisionName(input.candidate);
      const split = stableOnly(revision);
      const before = await writeSplit(platform, input, split);
      const { target } = input;
      const trouble = await turnFollowers(platform, { target, revision, intent: intentOf(input) });
      const data = {
        ...change(before, split),
        ...(trouble !== null && { followersNotTurned: trouble }),
      };
      await recordAct(ports, input, 'candidatePromoted', data);
    },

    /**
     * All traffic back to stable. Nothing is asked beforehand and no failure is final, except that a newer decision
     * already holds at the platform, which is an answer.
     */
    async restoreStable(input: RestoreStable): Promise<Restoration> {
      const split = stableOnly(input.stable && revisionName(input.stable));
      let before = split;
      try {
        before = await writeSplit(platformOf(ports, input.platform), input, split);
      } catch (error) {
        if (error instanceof Failure && error.code === 'StaleWrite') {
          return { overtaken: true, unrecorded: [] };
        }
        if (!(await isPlaceless(ports, input, split, error))) {
          const why = error instanceof Error ? error.message : String(error);
          throw ApplicationFailure.retryable(`traffic is not back yet: ${why}`, 'Unavailable');
        }
      }
      const event = eventOf(ports, input, 'stableRestored', change(before, split));
      try {
        await notForLong(ports.ledger.append([event]));
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
      const split = stableOnly(name);
      const found = running ? await writeSplit(platform, input, split) : null;
      if (stable && name && workload) {
        const { instances } = workload;
        await platform.workload.applyRevision({
          target,
          revision: stable,
          workload,
          instances,
          intent: intentOf(input),
        });
        const anyone = { enough: () => 1, maxRestarts: Number.POSITIVE_INFINITY };
        if (!running)
          await waitUntilReady(platform.workload, { target, revision: name, ...anyone });
      }
      const before = await writeSplit(platform, input, split);
      const turn = name && { target, revision: name, intent: intentOf(input) };
      const trouble = turn ? await turnFollowers(platform, turn) : null;
      const data = {
        ...{ stable: name, ...change(found ?? before, split) },
        ...(trouble !== null && { followersNotTurned: trouble }),
      };
      await recordAct(ports, input, 'targetRepaired', data);
    },
  };
}

function intentOf(input: Write): Intent {
  return { fence: input.fence, key: `${input.subject}/${input.fence.sequence}` };
}

/** There is no place to write the split to, nor was there one for traffic to go anywhere else: nothing is to be taken back. */
async function isPlaceless(
  ports: ActivityPorts,
  { platform, target }: Write,
  split: Split,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof Failure && error.code === 'NotFound')) return false;
  const reading = await platformOf(ports, platform).router.readSplit(target);
  return sameSplit(reading.split, split);
}

/** As the record has it. An attempt whose answer was lost has made the change already: what was before it is not known any more. */
function change(before: Split, split: Split) {
  return { before: sameSplit(before, split) ? null : before, split };
}

/** @returns the split before it */
async function writeSplit(platform: Platform, input: Write, split: Split): Promise<Split> {
  const { target } = input;
  const before = await platform.router.applySplit({ target, split, intent: intentOf(input) });
  const reading = await platform.router.readSplit(target);
  if (sameSplit(reading.split, split)) return before;
  throw new Failure('NotReady', `${targetPath(input.target)} does not show the new split yet`, {
    seen: JSON.stringify(reading.split),
    limit: JSON.stringify(split),
  });
}
