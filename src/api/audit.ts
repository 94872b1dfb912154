/** The ledger over HTTP: what was done, by whom and why, and all that is needed to verify it elsewhere. */
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
} from './schemas/audit.js';
import { noQuery } from './schemas/names.js';

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

export const auditOperations = [listEvents, readHead, listLines];
