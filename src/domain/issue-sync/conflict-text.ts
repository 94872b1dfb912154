/** The file of an issue with both sides of what is open between markers, for the pull request that asks. */
import { printIssueFile, type WantedFile } from './issue-file.js';
import { splitMatter } from './front-matter.js';
import { editMatter, scalarText } from './front-matter-edit.js';
import { type LineEnd, lineEndOf } from './issue-text.js';
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
  const isOpen = (field: FieldPlan['name']): boolean => open.some(({ name }) => name === field);
  const { title, milestone } = wanted.fields;
  // Before any marker is in it: afterwards nobody can read it any more.
  if (isOpen('title')) text = onOneLine(text, 'title', title);
  if (isOpen('milestone')) text = onOneLine(text, 'milestone', milestone);
  if (isOpen('title')) text = withBoth(text, 'title', title, host.title);
  if (isOpen('milestone')) text = withBoth(text, 'milestone', milestone, host.milestone);
  return text;
}

function withBoth(text: string, key: string, file: string | null, host: string | null): string {
  const end = lineEndOf(text);
  const { bom, open, yaml, close, rest } = splitMatter(text);
  const line = (value: string | null): readonly string[] =>
    value === null ? [] : [`${key}: ${scalarText(value)}`];
  const both = conflictLines(null, line(file), line(host)).join(end);
  const written = new RegExp(`^[ \\t]*${key}[ \\t]*:[^\\r\\n]*`, 'm');
  if (written.test(yaml)) return bom + open + yaml.replace(written, () => both) + close + rest;
  if (key === 'title') {
    const heads = conflictLines(null, [`# ${file ?? ''}`], [`# ${host ?? ''}`]).join(end);
    return bom + open + yaml + close + rest.replace(/^ {0,3}#[ \t][^\r\n]*/m, () => heads);
  }
  return bom + open + yaml + both + end + close + rest;
}

/** A value that goes on below its key would stay behind when its line is marked. */
function onOneLine(text: string, key: string, value: string | null): string {
  const { bom, open, yaml, close, rest } = splitMatter(text);
  const goesOn = new RegExp(`^${key}[ \\t]*:[^\\r\\n]*\\r?\\n[ \\t]+\\S`, 'm');
  if (!goesOn.test(yaml)) return text;
  const end: LineEnd = lineEndOf(text);
  const line = editMatter(editMatter(yaml, key, null, end), key, value, end);
  return bom + open + line + close + rest;
}
