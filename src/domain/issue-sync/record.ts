/** The base in its ref: a record for each issue, and what holds for all of them. */
import { canonicalJson } from '../canonical-json.js';
import { Failure } from '../failures.js';
import type { BaseRecord } from './shapes.js';

/** `state.json`: what all records belong to. */
export interface PassState {
  readonly version: 1;
  /** Commit of the tracked branch. */
  readonly head: string;
  /** Greatest time of change seen at the host, by its clock; null: nothing was ever seen. */
  readonly cursorMs: number | null;
  /** Records there are. */
  readonly count: number;
  /** Issues with a question that is open: looked at by every pass. */
  readonly open?: readonly number[];
  /** Files that cannot be read, likewise. */
  readonly faulty?: readonly string[];
  /** Where the branch with files that wait was left by us, and the head it was made on; null: nothing waits. */
  readonly waiting?: { readonly tip: string; readonly head: string } | null;
}

export const statePath = 'state.json';

/** @example recordPath(1234) === 'issues/12/1234.json' */
export function recordPath(number: number): string {
  return `issues/${Math.floor(number / 100)}/${number}.json`;
}

/** The number in a path of {@link recordPath}; null for any other. */
export function recordNumber(path: string): number | null {
  const number = Number(/^issues\/\d+\/(\d{1,12})\.json$/.exec(path)?.[1] ?? Number.NaN);
  return Number.isSafeInteger(number) && recordPath(number) === path ? number : null;
}

/** One text for equal records, a field a line so that git shows what changed. */
export function printRecord(record: BaseRecord | PassState): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(record)), null, 1)}\n`;
}

/** @throws Failure InvalidInput for what was not written by {@link printRecord} */
export function parseRecord(path: string, text: string): BaseRecord {
  const value = parse(path, text) as Partial<BaseRecord>;
  const fits =
    value.version === 1 &&
    typeof value.number === 'number' &&
    typeof value.id === 'string' &&
    isFields(value.file) &&
    isFields(value.host) &&
    isMap(value.questions) &&
    Array.isArray(value.comments);
  if (!fits || recordPath(value.number ?? 0) !== path) throw unreadable(path);
  return value as BaseRecord;
}

/** @throws Failure InvalidInput */
export function parseState(text: string): PassState {
  const value = parse(statePath, text) as Partial<PassState>;
  if (value.version !== 1 || typeof value.head !== 'string' || typeof value.count !== 'number') {
    throw unreadable(statePath);
  }
  return value as PassState;
}

/** Equal but for the time at which the issue was looked at: no reason to write it anew. */
export function isSameRecord(a: BaseRecord, b: BaseRecord): boolean {
  return canonicalJson(withoutTimes(a)) === canonicalJson(withoutTimes(b));
}

function withoutTimes(record: BaseRecord): BaseRecord {
  return { ...record, updatedAtMs: 0, commentsAtMs: 0 };
}

function parse(path: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (isMap(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw unreadable(path);
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFields(value: unknown): boolean {
  return isMap(value) && 'title' in value && 'body' in value && 'labels' in value;
}

function unreadable(path: string): Failure {
  return new Failure('InvalidInput', 'A record of the sync cannot be read', {
    where: `refs/sync/issues:${path}`,
    next: 'put back the commit of refs/sync/issues before it was changed by hand',
  });
}
