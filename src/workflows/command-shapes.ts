/** Whether what somebody typed has the fields of its command: what passes here may not break the workflow that takes it. */
import type { EjectCommand, LockCommand } from '../domain/command.js';
import { Failure } from '../domain/failures.js';
import { planRollout } from '../domain/rollout/plan.js';
import type {
  RetryRolloutCommand,
  RollBackCommand,
  RolloutRequest,
} from '../domain/rollout/request.js';
import { requireActorAndReason } from './refuse.js';

/** The last moment that a Date can name. */
const lastMs = 8.64e15;

function requireField(where: string, isRight: boolean, limit: string): void {
  if (isRight) return;
  throw new Failure('InvalidInput', `"${where}" is missing or not what it has to be`, {
    where,
    limit,
  });
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

export function requireRetryShape(command: RetryRolloutCommand): void {
  requireActorAndReason(command);
  const isNumber = Number.isSafeInteger(command.n) && command.n > 0;
  requireField('n', isNumber, 'the number of an ended rollout, such as 7');
}

export function requireLockShape(command: LockCommand): void {
  requireActorAndReason(command);
  const { expiresAtMs } = command;
  const isTime = Number.isFinite(expiresAtMs) && Math.abs(expiresAtMs ?? 0) <= lastMs;
  requireField('expiresAtMs', expiresAtMs === null || isTime, 'epoch milliseconds, or null');
}

export function requireRollBackShape(command: RollBackCommand): void {
  requireActorAndReason(command);
  // In the Temporal UI they are mostly left out.
  const { version, only } = command as Partial<RollBackCommand>;
  const isVersion = version === undefined || version === null || isText(version);
  requireField('version', isVersion, 'a version such as 1.4.0, or null');
  const isOnly = only === undefined || (isObject(only) && isText(only.digest));
  requireField('only', isOnly, 'left out by people');
}

export function requireEjectShape(command: EjectCommand): void {
  requireActorAndReason(command);
  requireField('dryRun', typeof command.dryRun === 'boolean', 'true or false');
}

/** Releases ask with whole requests; whoever types one is told what would not make a plan. */
export function requireRequestShape(request: RolloutRequest): void {
  requireField('request', isObject(request), 'one JSON object');
  const { candidate, workload, health, strategy } = request;
  for (const field of ['requestId', 'platform', 'requestedBy', 'reason'] as const) {
    requireField(field, isText(request[field]), 'a text');
  }
  requireField('candidate', isText(candidate?.version) && isText(candidate.digest), 'a revision');
  requireField('workload', Number.isSafeInteger(workload?.instances), 'with its instances');
  requireField('health', isObject(health) && isObject(health.errorRate), 'a health policy');
  try {
    const { instances: fullScale, migration } = workload;
    planRollout({ strategy, fullScale, hasStable: true, migration });
  } catch {
    requireField('strategy', false, 'a strategy with its steps and timing');
  }
}
