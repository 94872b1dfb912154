/** Targets, requests and results for the tests of targets, short to write. */
import { defaultHealthPolicy } from '../../../src/domain/analysis/health-policy.js';
import { Failure, type FailureCode } from '../../../src/domain/failures.js';
import type { RolloutOutcome } from '../../../src/domain/rollout/outcome.js';
import type { RolloutRequest } from '../../../src/domain/rollout/request.js';
import type { Revision } from '../../../src/domain/rollout/revision.js';
import type { RolloutResult } from '../../../src/domain/rollout/view.js';
import type { WorkloadSpec } from '../../../src/domain/rollout/workload.js';
import { beginNext, emptyTarget, finishCurrent } from '../../../src/domain/target/advance.js';
import type { QueuedRollout, TargetState } from '../../../src/domain/target/state.js';

export const nowMs = Date.parse('2030-01-01T00:00:00Z');
export const keepWarmMs = 600_000;
export const abortScaleDownDelayMs = 30_000;
export const target = { service: 'shop', environment: 'production', region: 'eu' };

/** One digest a version, unless another build is asked for. */
export function revision(version: string, build = 0): Revision {
  const hex = Buffer.from(`${version}/${build}`).toString('hex');
  return { version, digest: `sha256:${hex.padEnd(64, '0')}` };
}

export function workload(instances = 3): WorkloadSpec {
  return {
    command: ['serve'],
    env: {},
    artifact: null,
    directory: '/',
    instances,
    healthPath: '/health',
  };
}

export function request(version: string, changes: Partial<RolloutRequest> = {}): RolloutRequest {
  return {
    requestId: `release:shop:${version}:production:1`,
    releaseId: `release:shop:${version}`,
    candidate: revision(version),
    platform: 'local',
    workload: workload(),
    strategy: {
      kind: 'rolling',
      batches: 1,
      stepMs: 0,
      deadlineMs: 0,
      timing: { progressDeadlineMs: 600_000, keepWarmMs, abortScaleDownDelayMs },
    },
    health: defaultHealthPolicy,
    queuePolicy: 'queue',
    requestedBy: 'ann',
    reason: 'it is ready',
    allowOlder: false,
    ...changes,
  };
}

export function queued(
  n: number,
  version: string,
  kind: QueuedRollout['kind'] = 'rollout',
  changes: Partial<RolloutRequest> = {},
): QueuedRollout {
  return { n, kind, request: request(version, changes) };
}

export function targetWith(changes: Partial<TargetState> = {}): TargetState {
  return { ...emptyTarget(target, 'local'), ...changes };
}

/** A target where the version runs, installed by its own rollout. */
export function running(version: string, changes: Partial<TargetState> = {}): TargetState {
  return targetWith({
    stable: revision(version),
    stableWorkload: workload(),
    nextN: 2,
    ...changes,
  });
}

export function result(outcome: RolloutOutcome, lastSequence = 9): RolloutResult {
  return {
    rolloutId: 'rollout:shop:production:eu:1',
    requestId: 'one',
    outcome,
    reason: `it was ${outcome}`,
    evidence: [],
    evidenceRef: null,
    lastSequence,
    unrecorded: [],
  };
}

/** Runs a rollout through at once. */
export function runThrough(
  state: TargetState,
  version: string,
  outcome: RolloutOutcome,
  atMs = nowMs,
  kind: QueuedRollout['kind'] = 'rollout',
): TargetState {
  const next: QueuedRollout = queued(state.nextN, version, kind);
  const begun = beginNext({ ...state, nextN: state.nextN + 1, queue: [next, ...state.queue] });
  if (!begun) throw new Error('nothing begun');
  return finishCurrent(begun.state, result(outcome), atMs);
}

export function failing(code: FailureCode, ...words: readonly string[]) {
  return (error: unknown): boolean => {
    if (!(error instanceof Failure) || error.code !== code) return false;
    const text = [error.message, ...Object.values(error.details).map(String)].join('\n');
    return words.every((word) => text.includes(word));
  };
}
