/** Which events are asked for. */
import type { LedgerEvent } from '../ledger-event.js';

/** Null: any. */
export interface AuditFilter {
  /** Workflow id. */
  readonly subject: string | null;
  readonly kind: string | null;
  readonly actor: string | null;
  /** RFC 3339 in UTC with milliseconds; events of that time or later. */
  readonly since: string | null;
}

export function isWanted(event: LedgerEvent, filter: AuditFilter): boolean {
  const { subject, kind, actor, since } = filter;
  return (
    (subject === null || event.subject === subject) &&
    (kind === null || event.kind === kind) &&
    (actor === null || event.actor === actor) &&
    (since === null || event.at >= since)
  );
}
