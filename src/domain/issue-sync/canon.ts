/** One form for fields that mean the same: what both sides are compared by. */
import type { FieldName, IssueFields } from './shapes.js';

export const fieldNames = [
  'title',
  'body',
  'state',
  'reason',
  'labels',
  'assignees',
  'milestone',
] as const satisfies readonly FieldName[];

/** A whole line that is a marker of ours: domain/repository/marker.ts. */
const markerLine = /^[ \t]*(<!-- sluice:[A-Za-z0-9_.:/#%@+-]+ -->)[ \t]*$/;

/** LF only, without blank lines at its ends, and without the lines of markers that end it. */
export function canonicalBody(text: string): string {
  return split(text).lines.join('\n');
}

/** The markers that the body of an issue or comment ends with, whole and in order. */
export function markersIn(text: string): readonly string[] {
  return split(text).markers;
}

/** The body as it has to be written to the host, so that what is found by its marker stays found. */
export function hostBody(body: string, markers: readonly string[]): string {
  if (markers.length === 0) return body;
  return [...(body === '' ? [] : [body, '']), ...markers].join('\n');
}

/** One line, trimmed, single spaces where a line ended. */
export function canonicalTitle(text: string): string {
  // Line by line: blanks looked for before the end of a line take the square of their length.
  return wellFormed(text)
    .split(/[\r\n\u0085\u2028\u2029]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

/** Sorted, each once without regard to case; the first spelling stays. */
export function canonicalNames(names: readonly string[]): readonly string[] {
  const byKey = new Map<string, string>();
  for (const name of names) {
    const text = canonicalTitle(name);
    if (text !== '' && !byKey.has(nameKey(text))) byKey.set(nameKey(text), text);
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
}

/** What labels, logins and milestones are compared by. */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

export function canonicalFields(fields: IssueFields): IssueFields {
  const milestone = fields.milestone === null ? '' : canonicalTitle(fields.milestone);
  return {
    title: canonicalTitle(fields.title),
    body: canonicalBody(fields.body),
    state: fields.state,
    reason: fields.state === 'open' ? null : fields.reason,
    labels: canonicalNames(fields.labels),
    assignees: canonicalNames(fields.assignees),
    milestone: milestone === '' ? null : milestone,
  };
}

/** Labels, logins and milestones are the same in whatever letters. */
export function isSameField<Name extends FieldName>(
  name: Name,
  a: IssueFields[Name],
  b: IssueFields[Name],
): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    const [left, right] = [a, b].map((names: readonly string[]) => names.map(nameKey));
    return left?.length === right?.length && !!left?.every((key) => right?.includes(key));
  }
  return name === 'milestone' && typeof a === 'string' && typeof b === 'string'
    ? nameKey(a) === nameKey(b)
    : false;
}

/** In the order of {@link fieldNames}. */
export function changedFields(a: IssueFields, b: IssueFields): readonly FieldName[] {
  return fieldNames.filter((name) => !isSameField(name, a[name], b[name]));
}

/** `fields` with one of them replaced. */
export function withField<Name extends FieldName>(
  fields: IssueFields,
  name: Name,
  value: IssueFields[Name],
): IssueFields {
  return { ...fields, [name]: value };
}

function split(text: string): { readonly lines: readonly string[]; readonly markers: string[] } {
  const lines = wellFormed(text).replace(/\r\n?/g, '\n').split('\n');
  const markers: string[] = [];
  let end = lines.length;
  for (; end > 0; end -= 1) {
    const line = lines[end - 1] ?? '';
    const marker = markerLine.exec(line)?.[1];
    if (marker !== undefined) markers.unshift(marker);
    else if (!isBlank(line)) break;
  }
  let start = 0;
  while (start < end && isBlank(lines[start] ?? '')) start += 1;
  return { lines: lines.slice(start, end), markers };
}

function isBlank(line: string): boolean {
  return line.trim() === '';
}

/** Half of a character does not survive being written as UTF-8. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
