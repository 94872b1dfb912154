/** Short ways to say what a test is about: revisions, strategies, requests, pipelines. */
import { createHash } from 'node:crypto';
import { defaultHealthPolicy, type HealthPolicy } from '../../src/domain/analysis/health-policy.js';
import type { EnvironmentPlan } from '../../src/domain/release/release.js';
import type { ReleaseInput } from '../../src/domain/release/view.js';
import type { RolloutRequest } from '../../src/domain/rollout/request.js';
import type { Revision } from '../../src/domain/rollout/revision.js';
import type { CanaryStep, RolloutTiming, Strategy } from '../../src/domain/rollout/strategy.js';
import type { WorkloadSpec } from '../../src/domain/rollout/workload.js';

export function aRevision(version: string): Revision {
  return { version, digest: `sha256:${createHash('sha256').update(version).digest('hex')}` };
}

export const timing: RolloutTiming = {
  progressDeadlineMs: 5_000,
  keepWarmMs: 60_000,
  abortScaleDownDelayMs: 60_000,
};

/** Analysis of 150 ms at each weight, undecided after 3 s. */
export function aCanary(weights: readonly number[], forMs = 150): Strategy {
  const steps = weights.flatMap((weight): CanaryStep[] => [
    { kind: 'setWeight', weight },
    { kind: 'analysis', forMs, deadlineMs: 3_000 },
  ]);
  return { kind: 'canary', steps, timing };
}

export const health: HealthPolicy = { ...defaultHealthPolicy, intervalMs: 50 };

export const workload: WorkloadSpec = {
  command: ['node', 'server.mjs'],
  env: {},
  artifact: null,
  directory: '/srv',
  instances: 3,
  healthPath: '/healthz',
};

export function aRequest(version: string, change: Partial<RolloutRequest> = {}): RolloutRequest {
  return {
    requestId: `test:${version}:${Math.random()}`,
    releaseId: null,
    candidate: aRevision(version),
    platform: 'local',
    workload,
    strategy: aCanary([5, 25, 50]),
    health,
    queuePolicy: 'queue',
    requestedBy: 'ci',
    reason: 'test',
    allowOlder: false,
    ...change,
  };
}

export function anEnvironment(
  environment: string,
  change: Partial<EnvironmentPlan> = {},
): EnvironmentPlan {
  return {
    ...{ environment, workload, health, platform: 'local', strategy: aCanary([20, 50]) },
    promotion: 'auto',
    approvals: {
      required: 0,
      approvers: [],
      minimumWaitMs: 0,
      deadlineMs: null,
      acceptClaims: false,
    },
    soakMs: 0,
    verification: null,
    onFailure: 'rollBackAndStop',
    queuePolicy: 'queue',
    ...change,
  };
}

export function aRelease(
  service: string,
  version: string,
  environments: readonly EnvironmentPlan[],
  change: Partial<ReleaseInput> = {},
): ReleaseInput {
  return {
    ...{ service, ...aRevision(version) },
    gitSha: null,
    pipeline: { project: 'shop', service, environments, sha256: 'c'.repeat(64) },
    from: null,
    allowOlder: false,
    requestedBy: 'ci',
    reason: 'test',
    ...change,
  };
}
