/** Alerts on their way into a rollout; one that is sent again has the id of the first and is answered as before. */
import { setHandler, workflowInfo } from '@temporalio/workflow';
import type { Command } from '../domain/command.js';
import {
  type AlertAction,
  alertActions,
  type AlertCommand,
  alertEvent,
  requireAlertCounts,
} from '../domain/rollout/alert.js';
import { Failure } from '../domain/failures.js';
import { rejecting, requireActorAndReason } from './refuse.js';
import type { RolloutEffects } from './rollout-effects.js';
import { alertUpdate } from './rollout-messages.js';
import type { RolloutRun } from './rollout-run.js';

const does: Readonly<Record<AlertAction, string>> = {
  rollback: 'all traffic goes back to stable',
  hold: 'it holds at the present weight',
  look: 'it is looked at every second for a while',
};

/** `record` is called for every alert that changes something. */
export function listenToAlerts(
  run: RolloutRun,
  effects: RolloutEffects,
  record: (command: string, by: Command) => void,
): void {
  let looks = 0;
  const startedAtMs = workflowInfo().startTime.getTime();
  setHandler(
    alertUpdate,
    (alert) => {
      const { actor, reason, action } = alert;
      run.note(`${action} by ${actor}: ${reason}`);
      const event = alertEvent(alert);
      if (event) run.hear(event);
      else {
        looks += 1;
        effects.lookClosely(`looked at because of alert ${alert.alert}`);
      }
      record('alert', { actor, reason });
      return { accepted: true, message: does[action] };
    },
    {
      description:
        'An alert that fires. Example: {"actor": "alert:HighErrorRate", "reason": "5 % of requests fail", "alert": "HighErrorRate", "fingerprint": "c3f1", "startsAtMs": 1767225600000, "action": "rollback"}',
      validator: (alert) =>
        rejecting(() => {
          requireActorAndReason(alert);
          requireAlertShape(alert);
          requireAlertCounts(run.state, alert, { startedAtMs, looks });
        }),
    },
  );
}

/** The Temporal UI sends whatever is typed. */
export function requireAlertShape({ alert, startsAtMs, action }: AlertCommand): void {
  const faulty = [
    ...(typeof alert === 'string' ? [] : ['alert']),
    ...(Number.isFinite(startsAtMs) ? [] : ['startsAtMs']),
    ...(alertActions.includes(action) ? [] : ['action']),
  ];
  const [where] = faulty;
  if (where === undefined) return;
  throw new Failure('InvalidInput', `"${where}" is missing or not what it has to be`, { where });
}
