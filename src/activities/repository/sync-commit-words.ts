/** What a commit of a pass is asked for, and what its message, its author and its audit say of what it settles. */
import type { AuditEntry } from '../../domain/issue-sync/audit.js';
import { changedFields } from '../../domain/issue-sync/canon.js';
import { digestOf } from '../../domain/issue-sync/digest.js';
import type { FieldChange } from '../../domain/issue-sync/issue-plan.js';
import { printRecord } from '../../domain/issue-sync/record.js';
import type { BaseRecord } from '../../domain/issue-sync/shapes.js';
import type { Decided } from './sync-decide.js';
import type { StepInput } from './sync-step.js';

export interface CommitSyncInput extends StepInput {
  /** Issues that this pass wrote or made. */
  readonly written: readonly number[];
  /** Of the whole pass, those that somebody writes as quickly as we do: they stay as they are until the next one. */
  readonly moving: readonly number[];
  /** Files are written on a branch of their own, which waits to be merged. */
  readonly isPull: boolean;
  /** Where an earlier commit of this pass left that branch; null: there was none. */
  readonly onto: string | null;
  /** This is the only commit of the pass. */
  readonly isWhole: boolean;
  /** Nothing is left of the pass after this: the next one begins where this one looked. */
  readonly isLast: boolean;
  readonly cursorMs: number | null;
  readonly faulty: readonly string[];
  /** So much was looked at that the next look is not to begin there again. */
  readonly isNoted: boolean;
  /** Version of the policy, for the record. */
  readonly policyVersion: string;
}

export interface Settled extends Decided {
  readonly record: BaseRecord | 'remove' | null;
}

export function runOf({ subject, pass }: CommitSyncInput): string {
  return `${subject}/${pass}`;
}

/** Which field came from where: what is the same by now was written by this pass, or alike on both sides. */
export function entryOf(
  call: CommitSyncInput,
  { plan, record, stored: old }: Settled,
): readonly AuditEntry[] {
  const { number } = plan;
  if (number === null || record === null) return [];
  const told = new Set<string>(plan.changes.map(({ field }) => field));
  const settledNow =
    old === null || record === 'remove'
      ? []
      : [
          ...new Set([
            ...changedFields(old.file, record.file),
            ...changedFields(old.host, record.host),
          ]),
        ];
  const how: FieldChange['how'] = call.written.includes(number) ? 'file' : 'merged';
  const more = settledNow.filter((field) => !told.has(field)).map((field) => ({ field, how }));
  const isMade = old === null && plan.changes.length === 0;
  const changes = [
    ...plan.changes.map(({ field, how: side }) => ({ field, how: side })),
    ...(isMade ? [{ field: 'issue' as const, how }] : more),
  ];
  const heard = call.heard.find((each) => each.number === number);
  const item = call.items.find((each) => each.number === number);
  const answer = call.answers.find((each) => each.number === number);
  const isFromFile = changes.some((change) => change.how === 'file');
  const { by = null } = item ?? {};
  const author = isFromFile && by !== null ? `${by.name} <${by.email}>` : null;
  const digest = (one: BaseRecord | null): string | null =>
    one === null ? null : digestOf(printRecord(one));
  return [
    {
      ...{ number, changes, event: heard?.delivery ?? null },
      actor: answer?.actor ?? author ?? heard?.actor ?? null,
      before: digest(old),
      after: record === 'remove' ? null : digest(record),
    },
  ];
}

/** The one who edited on the other side; several stand in the message. */
export function authorOf(call: CommitSyncInput, settled: readonly Settled[]) {
  const [only, ...more] = editorsOf(call, settled);
  return only === undefined || more.length > 0 ? null : only;
}

function editorsOf({ heard }: CommitSyncInput, settled: readonly Settled[]) {
  const numbers = new Set(
    settled.flatMap(({ plan }) => (plan.files.length > 0 ? (plan.number ?? []) : [])),
  );
  const logins = heard.flatMap(({ number, actor }) =>
    numbers.has(number) && actor !== null && !actor.endsWith('[bot]') ? [actor] : [],
  );
  return [...new Set(logins)].map((login) => ({
    name: login,
    email: `${login}@users.noreply.github.com`,
  }));
}

const namedIssues = 5;

export function messageOf(call: CommitSyncInput, settled: readonly Settled[]): string {
  const numbers = settled.flatMap(({ plan }) =>
    plan.files.length > 0 && plan.number !== null ? [`#${plan.number}`] : [],
  );
  const named = numbers.slice(0, namedIssues).join(', ');
  const subject = `Sync ${named}${numbers.length > namedIssues ? ', …' : ''}`;
  const editors = editorsOf(call, settled);
  const together = editors.length > 1 ? editors : [];
  const trailers = [
    `Sync-Run: ${runOf(call)}`,
    ...together.map(({ name, email }) => `Co-authored-by: ${name} <${email}>`),
  ];
  return `${subject}\n\n${call.reason.replaceAll(/\s+/g, ' ')}\n\n${trailers.join('\n')}\n`;
}
