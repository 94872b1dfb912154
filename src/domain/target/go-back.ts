/** The requests behind going back to the previous revision and behind repeating a rollout. */
import { Failure } from '../failures.js';
import { environmentPath, rolloutWorkflowId, targetPath } from '../names.js';
import type {
  OnlyFrom,
  RetryRolloutCommand,
  RollBackCommand,
  RolloutRequest,
} from '../rollout/request.js';
import type { RolloutTiming } from '../rollout/strategy.js';
import { defaultHealthPolicy } from '../analysis/health-policy.js';
import type { QueuedRollout, TargetState } from './state.js';

const timing: RolloutTiming = {
  progressDeadlineMs: 600_000,
  keepWarmMs: 0,
  abortScaleDownDelayMs: 30_000,
};

/** What going back means for one rollout and its artifact. */
export type WayBack =
  | { readonly kind: 'turnBack' }
  | { readonly kind: 'withdraw'; readonly queued: QueuedRollout }
  | { readonly kind: 'switchBack' };

/**
 * @example it runs                 → turnBack
 * @example it waits behind another → withdraw; the other goes on
 * @example its artifact is stable  → switchBack, through whatever has begun on top of it
 * @throws CommandRejected when it is neither
 */
export function wayBackFrom(state: TargetState, only: OnlyFrom): WayBack {
  const { rolloutId, digest, version = state.stable?.version } = only;
  const isIt = ({ n }: QueuedRollout): boolean =>
    rolloutWorkflowId({ target: state.target, n }) === rolloutId;
  if (state.current && isIt(state.current)) return { kind: 'turnBack' };
  const queued = state.queue.find(isIt);
  if (queued) return { kind: 'withdraw', queued };
  const isStable = state.stable?.digest === digest && state.stable.version === version;
  if (isStable) return { kind: 'switchBack' };
  const where = targetPath(state.target);
  throw new Failure('CommandRejected', `neither runs nor waits at ${where}, nor is it stable`, {
    where,
    seen: digest,
    ...(state.stable ? { limit: state.stable.digest } : {}),
  });
}

/** @throws CommandRejected when nothing ran before, or another version is wanted than the one that did */
export function switchBackOf(state: TargetState, command: RollBackCommand): RolloutRequest {
  const { previous, platform } = state;
  const where = targetPath(state.target);
  const release = `sluice release ${state.target.service}@<version> --digest <sha256:…> --from ${environmentPath(state.target)} --allow-older`;
  if (!previous) {
    throw new Failure(
      'CommandRejected',
      `nothing ran at ${where} before ${state.stable?.version ?? 'now'}`,
      {
        where,
        next: `release the version you want: ${release}`,
      },
    );
  }
  // Typed into the Temporal UI, it may be left out altogether.
  if (command.version != null && command.version !== previous.revision.version) {
    throw new Failure('CommandRejected', `only the previous revision can be switched back to`, {
      where,
      seen: command.version,
      limit: previous.revision.version,
      next: `release the version you want: ${release}`,
    });
  }
  return {
    requestId: `${where}:back:${state.nextN}`,
    releaseId: null,
    candidate: previous.revision,
    platform,
    workload: previous.workload,
    strategy: { kind: 'rolling', batches: 1, stepMs: 0, deadlineMs: 0, timing },
    health: defaultHealthPolicy,
    queuePolicy: 'queue',
    requestedBy: command.actor,
    reason: command.reason,
    allowOlder: true,
  };
}

/** The last rollout that did not promote, once more. @throws CommandRejected for any other number */
export function retryOf(state: TargetState, command: RetryRolloutCommand): RolloutRequest {
  const failed = state.lastFailed;
  if (!failed || failed.n !== command.n) {
    const last = failed
      ? `the last one that can be repeated is ${failed.n}`
      : 'no rollout here waits to be repeated';
    throw new Failure('CommandRejected', `rollout ${command.n} cannot be repeated: ${last}`, {
      where: rolloutWorkflowId({ target: state.target, n: command.n }),
      seen: command.n,
      ...(failed ? { limit: failed.n } : {}),
    });
  }
  return {
    ...failed.request,
    requestId: `${failed.request.requestId}:retry:${state.nextN}`,
    requestedBy: command.actor,
    reason: command.reason,
  };
}
