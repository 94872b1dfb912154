/** What an alert from outside does to a rollout, and when it does nothing. */
import type { Command } from '../command.js';
import { Failure } from '../failures.js';
import { refusal } from './commands.js';
import type { RolloutEvent, RolloutState } from './state.js';

export const alertActions = ['rollback', 'hold', 'look'] as const;

/** `rollback`: at once; `hold`: stay at the present weight; `look`: look every second for a short while. */
export type AlertAction = (typeof alertActions)[number];

/** One alert that fires, told to a rollout; the actor is `alert:<name>`. */
export interface AlertCommand extends Command {
  readonly alert: string;
  readonly fingerprint: string;
  readonly startsAtMs: number;
  readonly action: AlertAction;
}

/** One alert that fires, told to the release that soaks in the environment. */
export interface SoakAlertCommand extends AlertCommand {
  readonly environment: string;
}

/** An environment that is watched after its promotion. */
export interface Soak {
  readonly environment: string;
  readonly startedAtMs: number;
}

/** Why the alert does not take the environment back; null when it does. */
export function soakAlertRefusal(
  soak: Soak | null,
  { environment, action, startsAtMs }: SoakAlertCommand,
): string | null {
  if (soak === null || soak.environment !== environment) return `${environment} does not soak`;
  if (action !== 'rollback') return 'all traffic is on it already, and it is looked at';
  return startsAtMs < soak.startedAtMs - clocksApartMs ? 'it began before the soak did' : null;
}

/** What an alert meets at a rollout, besides where that stands. */
export interface AlertedRollout {
  readonly startedAtMs: number;
  /** Alerts that made it look already. */
  readonly looks: number;
}

/** Clocks of whoever alerts and of Temporal may differ by so much. */
const clocksApartMs = 30_000;
/** Every further look is another chance of a false alarm. */
const mostLooks = 3;

/**
 * Why the alert changes nothing here; null when it does.
 * @example it began an hour before the rollout → the candidate did not cause it, and may be what mends it
 * @example the rollout takes a former revision back → aborting that would bring the trouble back
 */
export function alertRefusal(
  state: RolloutState,
  { action, startsAtMs }: AlertCommand,
  { startedAtMs, looks }: AlertedRollout,
): string | null {
  const own = refusal(state, action === 'hold' ? 'pause' : 'abort');
  if (own !== null) return own;
  if (state.plan.strategy === 'switchBack') return 'the rollout is itself a way back';
  if (startsAtMs < startedAtMs - clocksApartMs) return 'it began before the rollout did';
  if (action === 'look' && looks >= mostLooks) return `${looks} alerts made it look already`;
  return null;
}

/** Throws CommandRejected with the reason. */
export function requireAlertCounts(
  state: RolloutState,
  alert: AlertCommand,
  rollout: AlertedRollout,
): void {
  const why = alertRefusal(state, alert, rollout);
  if (why === null) return;
  throw new Failure('CommandRejected', `the alert ${alert.alert} changes nothing: ${why}`, {
    next: 'nothing has to be done',
  });
}

/** Null: it does not move the rollout by itself. */
export function alertEvent({ action, alert, actor, reason }: AlertCommand): RolloutEvent | null {
  switch (action) {
    case 'rollback':
      return { kind: 'turnBack', cause: { kind: 'alert', alert, reason } };
    case 'hold':
      return { kind: 'pause', actor, reason };
    case 'look':
      return null;
  }
}
