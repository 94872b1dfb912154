/** The ledger over HTTP: what was done, by whom and why, and all that is needed to verify it elsewhere. */
import { createHash } from 'node:crypto';
import { lossNoted } from '../domain/ledger/read-model.js';
import type { LedgerEvent } from '../domain/ledger-event.js';
import { Failure } from '../domain/failures.js';
import { parseRolloutWorkflowId, parseTargetWorkflowId } from '../domain/names.js';
import { readTargetQuery } from '../workflows/target-messages.js';
import type { ApiDeps } from './deps.js';
import { defineOperation } from './operation.js';
import {
  type AuditEvents,
  type AuditHead,
  type AuditLines,
  auditEvents,
  auditEventsQuery,
  auditHead,
  auditLines,
  auditLinesQuery,
  type LossesNoted,
  lossesBody,
  lossesNoted,
  type Loss,
} from './schemas/audit.js';
import { noQuery } from './schemas/names.js';
import { describeWorkflow, readView } from './temporal.js';
import { type Bearer, requireEnvironment } from './tokens.js';

const listEvents = defineOperation({
  id: 'listAuditEvents',
  method: 'get',
  path: '/v1/audit/events',
  tag: 'audit',
  summary: 'List what was done, newest first',
  scope: 'read',
  lane: 'read',
  params: noQuery,
  query: auditEventsQuery,
  body: null,
  success: { status: 200, description: 'One page.', schema: auditEvents },
  failures: [],
  async handle({ query }, { audit }) {
    const { subject = null, kind = null, actor = null, since = null, cursor = null, limit } = query;
    const filter = { subject, kind, actor, since };
    const { events, older } = await audit.find(filter, { before: cursor, limit });
    const body: AuditEvents = {
      items: events.map((event) => ({ ...event, data: { ...event.data } })),
      nextCursor: older,
    };
    return { body };
  },
});

const readHead = defineOperation({
  id: 'getAuditHead',
  method: 'get',
  path: '/v1/audit/head',
  tag: 'audit',
  summary: 'Number and hash of the newest row',
  description:
    'Kept elsewhere it shows later whether rows are missing at the end or were all written anew.',
  scope: 'read',
  lane: 'read',
  params: noQuery,
  query: noQuery,
  body: null,
  success: { status: 200, description: 'The head.', schema: auditHead },
  failures: [],
  async handle(_asked, { audit }) {
    const found = await audit.head();
    const body: AuditHead = {
      project: found?.project ?? null,
      head: found && { seq: found.seq, hash: found.hash },
    };
    return { body };
  },
});

const listLines = defineOperation({
  id: 'listAuditLines',
  method: 'get',
  path: '/v1/audit/lines',
  tag: 'audit',
  summary: 'The ledger as it is stored, oldest first, to verify and to keep',
  description:
    'Whoever verifies need not trust this API: `sluice audit verify` recomputes every hash by itself.',
  scope: 'read',
  lane: 'read',
  params: noQuery,
  query: auditLinesQuery,
  body: null,
  success: { status: 200, description: 'One page.', schema: auditLines },
  failures: [],
  async handle({ query }, { audit }) {
    const { lines, next } = await audit.lines({ after: query.cursor ?? null, limit: query.limit });
    const body: AuditLines = { lines: [...lines], nextCursor: next };
    return { body };
  },
});

const noteLosses = defineOperation({
  id: 'noteLosses',
  method: 'post',
  path: '/v1/audit/losses',
  tag: 'audit',
  summary: 'Note that releases, rollouts or locks are known to the record alone',
  description:
    'After Temporal has lost its database: from then on the record does not call them unfinished. `sluice audit lost` ' +
    'finds them. What Temporal still knows is refused, and then nothing is noted.',
  scope: 'operate',
  lane: 'write',
  params: noQuery,
  query: noQuery,
  body: lossesBody,
  success: { status: 200, description: 'All of them are noted.', schema: lossesNoted },
  failures: ['Conflict'],
  async handle({ body: { items, reason }, bearer }, deps) {
    for (const { subject } of items) await requireLost(deps, subject, bearer);
    const at = new Date(deps.clock()).toISOString();
    await deps.ledger.append(items.map((item) => eventOf(item, at, bearer.owner, reason)));
    const body: LossesNoted = { noted: items.length };
    return { body };
  },
});

/** Of a target it is the lock that is meant. */
async function requireLost(deps: ApiDeps, subject: string, bearer: Bearer): Promise<void> {
  if (subject.startsWith('rollout:')) {
    requireEnvironment(bearer, parseRolloutWorkflowId(subject).target.environment);
  }
  if (subject.startsWith('target:')) {
    requireEnvironment(bearer, parseTargetWorkflowId(subject).environment);
  }
  if ((await describeWorkflow(deps, subject)) === null) return;
  if (subject.startsWith('target:')) {
    const { lock } = await readView(deps, subject, readTargetQuery);
    if (lock === null) return;
  }
  throw new Failure('Conflict', `Temporal knows ${subject}`, {
    where: subject,
    next: 'see what is lost: sluice audit lost',
  });
}

/** Noted twice, it is the same event. */
function eventOf({ subject, since }: Loss, at: string, actor: string, reason: string): LedgerEvent {
  const hash = createHash('sha256').update(`${subject}\n${since}`).digest('hex');
  return { id: `loss/${hash}`, at, kind: lossNoted, subject, actor, reason, data: { since } };
}

export const auditOperations = [listEvents, readHead, listLines, noteLosses];
