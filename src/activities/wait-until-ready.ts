/** Waits for a revision's instances within one attempt, and says why they are not ready. */
import { sleep } from '@temporalio/activity';
import { Failure } from '../domain/failures.js';
import { type TargetKey, targetPath } from '../domain/names.js';
import { type RevisionStatus, readyInstances } from '../domain/rollout/workload.js';
import type { Workload } from '../ports/workload.js';
import { attemptTime } from './attempt-time.js';

/** Looks come ever more seldom: a cluster that hundreds of targets wait at is asked many things already. */
const firstLookMs = 50;
const slowestLookMs = 500;

export interface Readiness {
  readonly target: TargetKey;
  /** Revision name. */
  readonly revision: string;
  /** How many of those that the platform was told to run are enough, after waiting so long in this attempt. */
  readonly enough: (desired: number, waitedMs: number) => number;
  /** More unexpected exits than this end the attempt for good. */
  readonly maxRestarts: number;
}

/** @throws NotReady to be asked again; DeadlineExceeded in the step's last attempt; CandidateUnhealthy on a crash loop */
export async function waitUntilReady(workload: Workload, wanted: Readiness): Promise<void> {
  const { target, revision, enough, maxRestarts } = wanted;
  const startedAtMs = performance.now();
  const { forMs, isLast } = attemptTime();
  let status: RevisionStatus | undefined;
  let waitedMs = 0;
  let nextLookMs = firstLookMs;
  do {
    if (waitedMs > 0) {
      await sleep(nextLookMs);
      nextLookMs = Math.min(slowestLookMs, nextLookMs * 1.5);
    }
    const revisions = await workload.readRevisions(target);
    status = revisions.find(({ name }) => name === revision);
    if (status && readyInstances(status) >= enough(status.desiredInstances, waitedMs)) return;
    requireNoCrashLoop(status, maxRestarts);
    waitedMs = performance.now() - startedAtMs;
  } while (waitedMs < forMs);
  // Temporal's own word for the deadline does not say what was waited for.
  const until = isLast ? ' within the progress deadline' : '';
  throw new Failure(
    isLast ? 'DeadlineExceeded' : 'NotReady',
    `${revision} is not ready${until}${reasonOf(status)}`,
    {
      where: targetPath(target),
      seen: `${readyInstances(status)} instances`,
      limit: `${enough(status?.desiredInstances ?? 0, waitedMs)} instances`,
    },
  );
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
