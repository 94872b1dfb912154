/** Strategies as checked values: how a target's traffic moves from its stable revision to a candidate. */
import type { HeaderRoute } from './split.js';

export type Strategy = CanaryStrategy | BlueGreenStrategy | RollingStrategy;

/** What every strategy has; milliseconds throughout. */
export interface RolloutTiming {
  /** A step that has not reached its capacity by then is rolled back. */
  readonly progressDeadlineMs: number;
  /** The previous revision stays at full scale this long after promotion, ready to take all traffic back at once. */
  readonly keepWarmMs: number;
  /** Instances of a candidate that was rolled back stay this long, for inspection. */
  readonly abortScaleDownDelayMs: number;
}

export interface CanaryStrategy {
  readonly kind: 'canary';
  readonly steps: readonly CanaryStep[];
  readonly timing: RolloutTiming;
}

export type CanaryStep =
  /** Share of traffic for the candidate; capacity follows unless setScale fixed it. */
  | { readonly kind: 'setWeight'; readonly weight: number }
  /** Copies of so many per cent of the requests, judged for `forMs` as in an analysis; before any weight. */
  | {
      readonly kind: 'mirror';
      readonly percent: number;
      readonly forMs: number;
      readonly deadlineMs: number;
    }
  /** Hold for a time, or until somebody resumes (null). Health is watched all the while. */
  | { readonly kind: 'pause'; readonly forMs: number | null }
  /** Judge for at least `forMs`; undecided after `deadlineMs` the health policy decides. */
  | { readonly kind: 'analysis'; readonly forMs: number; readonly deadlineMs: number }
  /** Fix the candidate's instances; null lets them follow the weight again. */
  | { readonly kind: 'setScale'; readonly instances: number | null }
  /** Send testers to the candidate by header; null ends it. */
  | { readonly kind: 'headerRoute'; readonly route: HeaderRoute | null }
  | { readonly kind: 'smokeTest'; readonly smoke: SmokeTest }
  | { readonly kind: 'webhook'; readonly webhook: WebhookGate };

export interface BlueGreenStrategy {
  readonly kind: 'blueGreen';
  /** Run against the inactive side before any user's request reaches it; null leaves it out. */
  readonly smoke: SmokeTest | null;
  /** Requests sent to each inactive instance before the switch; null leaves it out. */
  readonly warmUp: SmokeTest | null;
  /** Weights of the switch in ascending order, the last is 100. */
  readonly weights: readonly number[];
  /** Live health is judged this long at each weight below 100. */
  readonly stepMs: number;
  /** Judged this long at 100 while the old side is still warm. */
  readonly postSwitchMs: number;
  /** Undecided after this long at one weight, the health policy decides. */
  readonly deadlineMs: number;
  readonly timing: RolloutTiming;
}

export interface RollingStrategy {
  readonly kind: 'rolling';
  /** Instances are replaced in this many batches; traffic follows their share. */
  readonly batches: number;
  readonly stepMs: number;
  readonly deadlineMs: number;
  readonly timing: RolloutTiming;
}

/** An HTTP check of instances directly, before or beside users' traffic. */
export interface SmokeTest {
  readonly path: string;
  readonly expectStatus: number;
  /** Text that the body must contain; null does not look at the body. */
  readonly expectBody: string | null;
  /** Requests to each instance; every one must pass. */
  readonly requests: number;
  /** A failed round is repeated this many times, `retryDelayMs` apart. */
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly timeoutMs: number;
}

/** A question to somebody else's HTTP service: only 200–202 lets the rollout go on. */
export interface WebhookGate {
  /** https, to a host of the project's allow list. */
  readonly url: string;
  /** Hosts the gate may call, copied from the configuration at the release's start. */
  readonly allowedHosts: readonly string[];
  /** Allow plain http and private addresses: for gates on the same machine only. */
  readonly allowInsecure: boolean;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly retryDelayMs: number;
}
