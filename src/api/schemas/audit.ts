/** The ledger over HTTP: events, the chain's head, and its lines as they stand. */
import { z } from 'zod';
import type { ChainHead } from '../../domain/ledger/chain.js';
import type { LedgerEvent } from '../../domain/ledger-event.js';
import { namePattern, versionPattern } from '../../domain/names.js';
import { documents } from './documents.js';
import { reasonText } from './names.js';

export const ledgerEventSchema = documents<LedgerEvent>()(
  z
    .object({
      id: z.string(),
      at: z.string(),
      kind: z.string(),
      subject: z.string(),
      actor: z.string(),
      reason: z.string(),
      data: z.record(z.string(), z.unknown()),
    })
    .meta({ id: 'LedgerEvent' }),
);

const cursor = z
  .string()
  .regex(/^\d{1,15}$/, { error: 'the nextCursor of an earlier answer' })
  .optional();

const filterText = z.string().min(1).max(500);

export const auditEventsQuery = z.strictObject({
  subject: filterText
    .optional()
    .meta({ description: 'Workflow id.', example: 'release:checkout:1.4.0' }),
  kind: filterText.optional().meta({ example: 'trafficShifted' }),
  actor: filterText.optional().meta({ description: 'Who did it.', example: 'ci' }),
  since: z.iso
    .datetime({ offset: true, error: 'a time such as 2026-01-31T08:00:00Z' })
    .transform((text) => new Date(text).toISOString())
    .optional()
    .meta({ description: 'Of that time or later.' }),
  limit: z.coerce.number<string>().int().min(1).max(200).default(50),
  cursor,
});

export const auditLinesQuery = z.strictObject({
  limit: z.coerce.number<string>().int().min(1).max(1000).default(500),
  cursor,
});

const nextCursor = z.string().nullable();

export const auditEvents = z
  .object({ items: z.array(ledgerEventSchema), nextCursor })
  .meta({ id: 'AuditEvents' });
export type AuditEvents = z.output<typeof auditEvents>;

export const chainHeadSchema = documents<ChainHead>()(
  z
    .object({
      seq: z.int().meta({ description: 'Number of the row, from 1 without gaps.' }),
      hash: z.string().meta({ description: 'SHA-256, hex.' }),
    })
    .meta({ id: 'ChainHead' }),
);

export const auditHead = z
  .object({
    project: z.string().nullable(),
    head: chainHeadSchema
      .nullable()
      .meta({ description: 'The newest row; null before the first.' }),
  })
  .meta({ id: 'AuditHead' });
export type AuditHead = z.output<typeof auditHead>;

export const auditLines = z
  .object({
    lines: z.array(z.string()).meta({
      description:
        'Canonical JSON (RFC 8785) of `{event, hash, previous, project, seq}`, in the order in which they are stored; `hash` ' +
        'is SHA-256 of the same without it. Lines from before the ledger was a chain are covered by `previous` of row 1.',
    }),
    nextCursor,
  })
  .meta({ id: 'AuditLines' });
export type AuditLines = z.output<typeof auditLines>;

const namePart = namePattern.source.slice(1, -1);
const targetPart = `${namePart}(:${namePart}){1,2}`;
/** As `names.ts` prints them. */
const lostPattern = new RegExp(
  `^(target:${targetPart}|rollout:${targetPart}:[1-9][0-9]{0,8}|release:${namePart}:${versionPattern.source.slice(1, -1)})$`,
);

const loss = z.strictObject({
  subject: z
    .string()
    .max(300)
    .regex(lostPattern, { error: 'the id of a release, a rollout or a target' })
    .meta({ description: 'Of a target, its lock is meant.', example: 'release:checkout:1.4.0' }),
  since: z.iso.datetime().meta({ description: 'When the record says that it began.' }),
});
export type Loss = z.output<typeof loss>;

export const lossesBody = z
  .strictObject({ items: z.array(loss).min(1).max(100), reason: reasonText })
  .meta({ id: 'Losses' });

export const lossesNoted = z.object({ noted: z.int() }).meta({ id: 'LossesNoted' });
export type LossesNoted = z.output<typeof lossesNoted>;
