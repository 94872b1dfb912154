/** Events as tests tell them to a rollout, and its answers in a few words. */
import {
  defaultHealthPolicy,
  type UndecidedPolicy,
} from '../../../src/domain/analysis/health-policy.js';
import { beginRollout, decide } from '../../../src/domain/rollout/decide.js';
import type {
  RolloutDecision,
  RolloutEvent,
  Transition,
} from '../../../src/domain/rollout/state.js';
import type { RolloutPlan } from '../../../src/domain/rollout/step.js';

/** An event that answers what was begun under the epoch; commands have none. */
export type Said = (epoch: number) => RolloutEvent;

type Verdict = Extract<RolloutEvent, { kind: 'judged' }>;
const verdict =
  (kind: Verdict['verdict'], undecided: Verdict['undecided'] = null): Said =>
  (epoch) => ({
    kind: 'judged',
    epoch,
    verdict: kind,
    undecided,
    reason: `seen: ${undecided ?? kind}`,
    evidenceRef: 'sha256:evidence',
  });

export const written: Said = (epoch) => ({ kind: 'written', epoch });
export const pass = verdict('pass');
export const fail = verdict('fail');
export const doubt = verdict('inconclusive', 'doubt');
export const noData = verdict('inconclusive', 'noData');
export const yes: Said = (epoch) => ({ kind: 'answered', epoch, passed: true, reason: '200' });
export const no: Said = (epoch) => ({ kind: 'answered', epoch, passed: false, reason: '503' });
export const broken: Said = (epoch) => ({
  kind: 'failed',
  epoch,
  deadline: false,
  reason: 'digest is another',
});
export const tooLate: Said = (epoch) => ({
  kind: 'failed',
  epoch,
  deadline: true,
  reason: 'no capacity after 10m',
});
export const pauseIt: Said = () => ({ kind: 'pause', actor: 'ann', reason: 'lunch' });
export const resume: Said = () => ({ kind: 'resume' });
export const promote: Said = () => ({ kind: 'promote' });
export const promoteFull: Said = () => ({ kind: 'promoteFull' });
export const abort: Said = () => ({
  kind: 'turnBack',
  cause: { kind: 'aborted', actor: 'ann', reason: 'no' },
});
export const supersede: Said = () => ({
  kind: 'turnBack',
  cause: { kind: 'superseded', by: 'release:shop:2.0.0' },
});
export const restored: Said = () => ({ kind: 'restored' });

/** The same answer to whatever was begun before the present. */
export const late =
  (said: Said): Said =>
  (epoch) =>
    said(epoch - 1);

export function tell(transition: Transition, ...events: readonly Said[]): Transition {
  return events.reduce((now, said) => decide(now.state, said(now.state.epoch)), transition);
}

export function begin(
  plan: RolloutPlan,
  policies: { onInconclusive?: UndecidedPolicy; onNoData?: UndecidedPolicy } = {},
): Transition {
  return beginRollout(plan, { ...defaultHealthPolicy, ...policies });
}

/** `perform 1@25`, `watch resumed`, `rollBack verdict`, `end promoted`, `wait`. */
export function briefDecision(decision: RolloutDecision): string {
  switch (decision.kind) {
    case 'perform': {
      const { step } = decision;
      const what = step.kind === 'shift' ? `${step.instances}@${step.weight}` : step.kind;
      return `perform ${what}`;
    }
    case 'watch':
      return `watch ${decision.window.until}`;
    case 'rollBack':
      return `rollBack ${decision.cause.kind}`;
    case 'end':
      return `end ${decision.outcome}`;
    case 'wait':
      return 'wait';
  }
}
