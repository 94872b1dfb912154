/** Follows releases and rollouts from phase to phase, for those who show them elsewhere. */
import { Context, heartbeat, sleep } from '@temporalio/activity';
import { Failure } from '../domain/failures.js';
import type { ReleaseView } from '../domain/release/view.js';
import type { RolloutView } from '../domain/rollout/view.js';
import type { PhaseReading } from '../domain/deployment-mirror/mirror.js';
import type { PhaseLog } from '../ports/phase-log.js';
import type { ActivityPorts } from './ports.js';

const beatMs = 1_000;
const pauseMs = 500;

export function createPhaseActivities(ports: ActivityPorts) {
  return {
    /** Until the next phase or the end, for `forMs` at most; 0 only reads. What has not begun yet is waited for. */
    async awaitPhases(query: {
      readonly workflowId: string;
      readonly runId: string | null;
      readonly afterEventId: number;
      readonly forMs: number;
      readonly mayBegin: boolean;
    }): Promise<PhaseReading> {
      const { mayBegin, ...asked } = query;
      const untilMs = Date.now() + query.forMs;
      const nothing = { changes: [], lastEventId: query.afterEventId, isEnded: false };
      const beats = setInterval(() => heartbeat(), beatMs);
      try {
        for (;;) {
          const forMs = Math.max(0, untilMs - Date.now());
          const signal = Context.current().cancellationSignal;
          try {
            return await phaseLogOf(ports).readPhases({ ...asked, forMs, signal });
          } catch (error) {
            Context.current().cancellationSignal.throwIfAborted();
            const isMissing = error instanceof Failure && error.code === 'NotFound';
            if (!mayBegin || !isMissing) throw error;
            if (Date.now() >= untilMs) return nothing;
            await sleep(pauseMs);
          }
        }
      } finally {
        clearInterval(beats);
      }
    },

    async readReleaseView(input: {
      readonly releaseId: string;
      readonly runId: string | null;
    }): Promise<ReleaseView | null> {
      return phaseLogOf(ports).readRelease(input.releaseId, input.runId);
    },

    async readRolloutView(input: {
      readonly rolloutId: string;
      readonly runId: string | null;
    }): Promise<RolloutView | null> {
      return phaseLogOf(ports).readRollout(input.rolloutId, input.runId);
    },

    async findReleaseOf(
      gitSha: string,
    ): Promise<{ readonly releaseId: string; readonly runId: string } | null> {
      return phaseLogOf(ports).findRelease(gitSha);
    },
  };
}

/** @throws NotFound when this worker cannot read histories */
function phaseLogOf({ phaseLog }: ActivityPorts): PhaseLog {
  if (phaseLog) return phaseLog;
  throw new Failure('NotFound', 'this worker cannot read histories', { where: 'phaseLog' });
}
