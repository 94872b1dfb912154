/** Views of releases, rollouts and targets for tests, in the middle of a canary. */
import type { ReleaseView, StageView } from '../../src/domain/release/view.js';
import type { RolloutView } from '../../src/domain/rollout/view.js';
import type { TargetView } from '../../src/domain/target/view.js';

const digest = `sha256:${'a'.repeat(64)}`;

export function aStage(given: Partial<StageView> = {}): StageView {
  return {
    environment: 'staging',
    strategy: 'rolling',
    phase: 'Promoted',
    attempt: 1,
    rolloutId: 'rollout:checkout:staging:2',
    approvals: [],
    approvalsRequired: 0,
    reason: null,
    evidenceRef: null,
    startedAtMs: 0,
    endedAtMs: 12_000,
    ...given,
  };
}

/** At production, 25 %, second of four steps. */
export function aRelease(given: Partial<ReleaseView> = {}): ReleaseView {
  return {
    releaseId: 'release:checkout:1.1.0',
    service: 'checkout',
    version: '1.1.0',
    digest,
    gitSha: null,
    requestedBy: 'ci',
    phase: 'Analysing',
    environment: 'production',
    stages: [
      aStage(),
      aStage({
        environment: 'production',
        strategy: 'canary',
        phase: 'Analysing',
        rolloutId: 'rollout:checkout:production:3',
        approvalsRequired: 1,
        startedAtMs: 12_000,
        endedAtMs: null,
      }),
    ],
    outcome: null,
    reason: null,
    pipelineSha256: 'c'.repeat(64),
    startedAtMs: 0,
    endedAtMs: null,
    timeline: [],
    commands: ['abort'],
    ...given,
  };
}

export function aRollout(given: Partial<RolloutView> = {}): RolloutView {
  const window = { minimumMs: 60_000, maximumMs: null, until: 'judged' } as const;
  const shift = (weight: number, instances: number) =>
    ({
      kind: 'shift',
      title: `traffic to ${weight} % on ${instances} instances`,
      instances,
      weight,
      headerRoute: null,
      window,
    }) as const;
  return {
    rolloutId: 'rollout:checkout:production:3',
    target: { service: 'checkout', environment: 'production' },
    n: 3,
    releaseId: 'release:checkout:1.1.0',
    candidate: { version: '1.1.0', digest },
    stable: { version: '1.0.0', digest },
    phase: 'Analysing',
    plan: {
      strategy: 'canary',
      steps: [
        shift(5, 1),
        shift(25, 1),
        shift(100, 3),
        { kind: 'promote', title: 'the candidate becomes stable' },
      ],
      timing: { progressDeadlineMs: 1, keepWarmMs: 1, abortScaleDownDelayMs: 1 },
      fullScale: 3,
    },
    position: 1,
    weight: 25,
    paused: null,
    holding: null,
    verdict: {
      kind: 'pass',
      undecided: null,
      reason: 'errors 0.2 %, limit 5 %',
      evidence: [],
      atMs: 0,
      looks: 12,
      missedLooks: 0,
    },
    evidenceRef: null,
    outcome: null,
    reason: null,
    startedAtMs: 12_000,
    endedAtMs: null,
    timeline: [],
    commands: ['pause', 'abort'],
    ...given,
  };
}

export function aTarget(given: Partial<TargetView> = {}): TargetView {
  return {
    target: { service: 'checkout', environment: 'production' },
    platform: 'local',
    stable: { version: '1.0.0', digest },
    previous: null,
    current: {
      rolloutId: 'rollout:checkout:production:3',
      n: 3,
      candidate: { version: '1.1.0', digest },
    },
    queue: [],
    lock: null,
    history: [
      { n: 2, version: '1.0.0', digest, outcome: 'promoted', reason: 'all well', endedAtMs: 0 },
    ],
    url: null,
    repaired: null,
    handingBack: null,
    commands: ['lock', 'rollBack'],
    ...given,
  };
}
