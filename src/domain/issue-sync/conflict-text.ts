/** The file of an issue with both sides of what is open between markers, for the pull request that asks. */
import { printIssueFile, type WantedFile } from './issue-file.js';
import { scalarText } from './front-matter-edit.js';
import { conflictLines } from './merge-body.js';
import type { FieldPlan } from './merge-fields.js';
import type { IssueFields } from './shapes.js';

/**
 * @param wanted the file as it is to be otherwise
 * @param host the other side of what is open
 */
export function conflictFile(
  previous: string,
  wanted: WantedFile,
  host: IssueFields,
  open: readonly FieldPlan[],
): string {
  const body = open.find(({ name }) => name === 'body')?.conflict ?? wanted.fields.body;
  let text = printIssueFile(previous, { ...wanted, fields: { ...wanted.fields, body } });
  for (const { name } of open) {
    if (name === 'title') text = withBoth(text, 'title', wanted.fields.title, host.title);
    if (name === 'milestone') {
      text = withBoth(text, 'milestone', wanted.fields.milestone, host.milestone);
    }
  }
  return text;
}

function withBoth(text: string, key: string, file: string | null, host: string | null): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const line = (value: string | null): readonly string[] =>
    value === null ? [] : [`${key}: ${scalarText(value)}`];
  const both = conflictLines(null, line(file), line(host)).join(end);
  const written = new RegExp(`^${key}[ \\t]*:.*$`, 'm');
  const matter = /^\uFEFF?---[ \t]*\r?\n(?:(?!---[ \t]*\r?$).*\n)*/m.exec(text)?.[0] ?? '';
  if (written.test(matter)) {
    // A line may end in \r, which the pattern takes along.
    const marked = matter.replace(written, (old) => both + (old.endsWith('\r') ? '\r' : ''));
    return marked + text.slice(matter.length);
  }
  if (key === 'title') {
    const heads = conflictLines(null, [`# ${file ?? ''}`], [`# ${host ?? ''}`]).join(end);
    return text.replace(/^ {0,3}#[ \t].*$/m, (old) => heads + (old.endsWith('\r') ? '\r' : ''));
  }
  return `${matter}${both}${end}${text.slice(matter.length)}`;
}
