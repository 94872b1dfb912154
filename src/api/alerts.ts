/** Alerts over HTTP, as Alertmanager sends them: one that names a target turns its running rollout at once. */
import { createHash } from 'node:crypto';
import { Failure } from '../domain/failures.js';
import { scrubSecrets } from '../domain/secret-text.js';
import {
  environmentPath,
  namePattern,
  releaseWorkflowId,
  type TargetKey,
  targetWorkflowId,
} from '../domain/names.js';
import { type AlertAction, alertActions } from '../domain/rollout/alert.js';
import { alertReleaseUpdate } from '../workflows/release-messages.js';
import { alertUpdate } from '../workflows/rollout-messages.js';
import { readTargetQuery } from '../workflows/target-messages.js';
import type { AlertRules, ApiDeps } from './deps.js';
import { defineOperation } from './operation.js';
import { type AlertAnswer, alertsAnswer, alertsBody, type ReceivedAlert } from './schemas/alert.js';
import { noQuery } from './schemas/names.js';
import { signatureHeader } from './signature.js';
import { readView, sendCommand } from './temporal.js';
import { type Bearer, requireEnvironment, requireService } from './tokens.js';

const longestReason = 500;

const postAlerts = defineOperation({
  id: 'postAlerts',
  method: 'post',
  path: '/v1/alerts',
  tag: 'alerts',
  summary: "Turn running rollouts by Alertmanager's alerts",
  description:
    'An alert that fires and whose labels name a target acts once on the rollout that runs there: by its label ' +
    '`sluice_action` it rolls back (`rollback`, the default), stays where it is (`hold`) or looks at once (`look`). ' +
    `With a token, or signed: \`${signatureHeader}: t=<unix seconds>,v1=<hex of HMAC-SHA256 over "<t>.<body>">\`.`,
  scope: 'alert',
  lane: 'rescue',
  signed: true,
  narrows: true,
  params: noQuery,
  query: noQuery,
  body: alertsBody,
  success: { status: 202, description: 'What became of each alert.', schema: alertsAnswer },
  failures: [],
  async handle({ body, bearer }, deps) {
    const rules = await deps.alerts();
    const taken = await Promise.allSettled(
      body.alerts.map((alert) => takeAlert(alert, rules, bearer, deps)),
    );
    // The others have acted; whoever sent them asks again, and they do nothing more then.
    const lost = taken.find((each) => each.status === 'rejected');
    if (lost) throw lost.reason;
    return {
      body: { alerts: taken.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])) },
    };
  },
});

type Outcome = Pick<AlertAnswer, 'result' | 'message' | 'rolloutId'>;

async function takeAlert(
  alert: ReceivedAlert,
  rules: AlertRules,
  bearer: Bearer,
  deps: ApiDeps,
): Promise<AlertAnswer> {
  const named = { alert: nameOf(alert), fingerprint: alert.fingerprint };
  const target = targetOf(alert, rules);
  if (typeof target === 'string') {
    return { ...named, result: 'notOurs', message: target, rolloutId: null };
  }
  const outcome = await outcomeFor(alert, target, rules, bearer, deps);
  await record(alert, target, outcome, deps);
  return { ...named, ...outcome };
}

async function outcomeFor(
  alert: ReceivedAlert,
  target: TargetKey,
  rules: AlertRules,
  bearer: Bearer,
  deps: ApiDeps,
): Promise<Outcome> {
  if (alert.status === 'resolved') return without('resolved', 'it does not fire any more');
  const action = actionOf(alert, rules);
  if (action === null) {
    const message = `${rules.labels.action} is none of ${alertActions.join(', ')}`;
    return without('refused', message);
  }
  let rolloutId: string | null = null;
  try {
    requireService(bearer, target.service);
    requireEnvironment(bearer, target.environment);
    const { current, stable } = await readView(deps, targetWorkflowId(target), readTargetQuery);
    if (current === null) {
      if (stable === null) return without('nothingToDo', 'no rollout runs there');
      return without('acted', await tellSoak(target, stable.version, alert, action, deps));
    }
    rolloutId = current.rolloutId;
    const { message } = await tell(rolloutId, alert, action, deps);
    return { result: 'acted', message, rolloutId };
  } catch (error) {
    return { ...refusedBy(error), rolloutId };
  }
}

function tell(rolloutId: string, alert: ReceivedAlert, action: AlertAction, deps: ApiDeps) {
  const { command, updateId } = commandOf(alert, action);
  return sendCommand(deps, rolloutId, alertUpdate, command, updateId);
}

/** Without a rollout there may be a release that watches what it has promoted. */
async function tellSoak(
  target: TargetKey,
  version: string,
  alert: ReceivedAlert,
  action: AlertAction,
  deps: ApiDeps,
): Promise<string> {
  const release = releaseWorkflowId({ service: target.service, version });
  const { command, updateId } = commandOf(alert, action);
  const environment = environmentPath(target);
  const told = { ...command, environment };
  const id = `${updateId}:${environment}`;
  try {
    return (await sendCommand(deps, release, alertReleaseUpdate, told, id)).message;
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'NotFound')) throw error;
    throw new Failure('CommandRejected', 'no rollout runs there', { where: environment }, error);
  }
}

/** The same alert has the same id, so whoever hears it hears it once and answers the same. */
function commandOf(alert: ReceivedAlert, action: AlertAction) {
  const { fingerprint, startsAt } = alert;
  const name = nameOf(alert);
  const startsAtMs = Date.parse(startsAt);
  const command = {
    ...{ actor: `alert:${name}`, reason: reasonOf(alert), alert: name },
    ...{ fingerprint, startsAtMs, action },
  };
  return { command, updateId: `alert:${fingerprint}:${startsAtMs}` };
}

function refusedBy(error: unknown): Pick<Outcome, 'result' | 'message'> {
  if (!(error instanceof Failure)) throw error;
  switch (error.code) {
    case 'NotFound':
    case 'CommandRejected':
      return { result: 'nothingToDo', message: error.message };
    case 'Forbidden':
      return { result: 'refused', message: error.message };
    default:
      throw error;
  }
}

function without(result: Outcome['result'], message: string): Outcome {
  return { result, message, rolloutId: null };
}

/** Why it has none, where its labels do not name one. */
function targetOf({ labels }: ReceivedAlert, rules: AlertRules): TargetKey | string {
  const { service, environment, region } = rules.labels;
  const parts = [service, environment, ...(labels[region] === undefined ? [] : [region])];
  for (const label of parts) {
    const value = labels[label];
    if (value === undefined) return `it has no label ${label}`;
    if (!namePattern.test(value)) return `its label ${label} is not a name`;
  }
  const key = { service: labels[service] ?? '', environment: labels[environment] ?? '' };
  const inRegion = labels[region];
  return inRegion === undefined ? key : { ...key, region: inRegion };
}

function actionOf({ labels }: ReceivedAlert, rules: AlertRules): AlertAction | null {
  const written = labels[rules.labels.action] ?? rules.action;
  return alertActions.find((action) => action === written) ?? null;
}

function nameOf({ labels }: ReceivedAlert): string {
  return oneLine(labels.alertname ?? '').slice(0, 200) || 'unnamed';
}

function reasonOf(alert: ReceivedAlert): string {
  const { summary, description, message } = alert.annotations;
  const said = oneLine(summary ?? description ?? message ?? '').slice(0, longestReason);
  return said || `${nameOf(alert)} fires`;
}

/** An alert is heard whatever it says, and what it says is kept. */
function oneLine(text: string): string {
  return scrubSecrets(text.replace(/[\s\p{Cc}]+/gu, ' ')).trim();
}

/** After it has acted: a full disk must not keep traffic on a failing candidate. */
async function record(
  alert: ReceivedAlert,
  target: TargetKey,
  { result, message, rolloutId }: Outcome,
  { ledger, logger, clock }: ApiDeps,
): Promise<void> {
  const { fingerprint, startsAt, status } = alert;
  const subject = targetWorkflowId(target);
  const said = [subject, fingerprint, startsAt, status, result, rolloutId].join('\n');
  const event = {
    // Sent again with the same effect, it is the same event.
    id: `alert/${createHash('sha256').update(said).digest('hex')}`,
    at: new Date(clock()).toISOString(),
    kind: 'alertReceived',
    subject,
    actor: `alert:${nameOf(alert)}`,
    reason: reasonOf(alert),
    data: { fingerprint, startsAt, status, result, message, rolloutId },
  };
  await ledger
    .append([event])
    .catch((err: unknown) => logger.error({ err, subject }, 'an alert could not be recorded'));
}

export const alertOperations = [postAlerts];
